//! Makes the plan.

use anyhow::Result;

use sixfold_base::lookup::Lookup;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Platform, RunsOn};

use super::commands::{BuildCommand, commands};
use super::compile::Compile;
use super::crates::Crates;
use super::delivery::{Delivery, Engine};
use super::dockerfile::Dockerfile;
use super::flags::BuildFlags;
use super::image::Image;
use super::linkers;
use super::machines;
use super::matrix::{Matrix, PlannedCell};
use super::sbom::Sbom;
use super::signing;
use super::stage::Stage;
use super::toolchain::Toolchain;
use super::ui::Ui;
use crate::machine::Machine;
use crate::machines::digest;
use crate::prebuilt::{self, Download};
use crate::project::Project;
use crate::toolchain::cargo_settings::Used;

/// Everything that is decided about a build. `Display` prints it as text, `Serialize` as JSON.
#[derive(Debug)]
pub struct Plan {
    /// What several machines have to agree about. Present with `--only` and `--from`.
    pub digest: Option<Digest>,
    pub matrix: Matrix,
    /// `None` when cargo builds nothing.
    pub toolchain: Option<Toolchain>,
    /// The author's settings of cargo that affect the build.
    pub settings: Vec<Used>,
    /// `None` when no host binary is built from source.
    pub compile: Option<Compile>,
    /// The call of cargo after that. `None` when there is no backend, or when cargo does not build it.
    pub compile_backend: Option<Compile>,
    /// The commands of the author that build binaries.
    pub commands: Vec<BuildCommand>,
    /// The downloads of prebuilt binaries.
    pub downloads: Vec<Download>,
    /// `None` when the extension has no UI.
    pub ui: Option<Ui>,
    pub stage: Stage,
    pub image: Image,
    pub delivery: Delivery,
    /// How cargo and downloads may use the network.
    pub lookup: Lookup,
}

impl Plan {
    /// Decides everything.
    ///
    /// Fails when metadata.json and the build disagree, when a label cannot be made, when the version cannot be a tag, when
    /// Rust lacks its linker, when a setting of the author would break a binary, and when the Dockerfile has a mistake.
    pub fn new(project: &Project, flags: &BuildFlags, machine: &Machine) -> Result<Self> {
        let platforms = flags.platforms(project);
        let lookup = flags.common.lookup();
        let cells = project.cells(&platforms);
        project.metadata.agrees_with(&project.cells(&all_platforms(project, &platforms)))?;
        let mut targets = linkers::choose(project, &cells, machine)?;
        let (dockerfile, only_buildx) = Dockerfile::read(project, &platforms)?;
        let mut matrix = Matrix::new(project, &platforms, &cells, &targets);
        signing::mark(&mut matrix.cells, project, flags);
        let all = matrix.cells.clone();
        let is_whole = flags.only.is_empty();
        if !is_whole {
            machines::choose(&mut matrix.cells, &flags.only)?;
        }
        let is_shared = !is_whole || !flags.from.is_empty();
        let digest =
            is_shared.then(|| digest(project, machine, &flags.common.profile, &flags.from)).transpose()?;
        digest.iter().try_for_each(|digest| machines::take(&mut matrix.cells, &flags.from, digest))?;
        let is_compiled =
            |target| matrix.cells.iter().any(|cell| cell.is_compiled() && cell.target == target);
        targets.retain(|linked| is_compiled(linked.target));
        let ui = Ui::new(project, lookup.offline).filter(|_| is_whole);
        let compile = |is_backend: bool| {
            let is_asked = |cell: &PlannedCell| (cell.os == RunsOn::Vm) == is_backend;
            Compile::new(project, flags, &targets, (&all, &matrix.cells), machine, is_asked)
        };
        let filled: Vec<_> = matrix.cells.iter().map(PlannedCell::cell).collect();
        let here: Vec<_> =
            matrix.cells.iter().filter(|cell| cell.from.is_none()).map(PlannedCell::cell).collect();
        let platforms_here = if is_whole { platforms.as_slice() } else { &[] };
        let sbom = Sbom::new(project, flags, ui.as_ref())?;
        Ok(Self {
            digest,
            settings: machine.settings.used(&targets),
            compile: compile(false)?,
            compile_backend: compile(true)?,
            commands: commands(project, here.iter())?,
            downloads: prebuilt::downloads(project, platforms_here, &machine.cached)?,
            stage: Stage::new(
                project,
                &platforms,
                (&filled, &matrix.cells),
                ui.as_ref(),
                Crates::new(project, &all, machine, lookup)?,
                machine,
            )?,
            delivery: Delivery::choose(flags, only_buildx)?,
            image: Image::new(project, flags, platforms, dockerfile, machine.times, sbom)?,
            matrix,
            toolchain: Toolchain::new(project, targets, machine)?,
            ui,
            lookup,
        })
    }
}

impl Plan {
    /// True if BuildKit makes the image of the stage.
    pub fn is_built_by_buildx(&self) -> bool {
        match self.delivery {
            Delivery::Archive { engine } => engine == Engine::Buildx,
            Delivery::Registry { .. } => !self.image.sbom.is_own() || self.image.is_written_first(),
            Delivery::Engine => true,
            Delivery::Cells { .. } => false,
        }
    }
}

/// The configured platforms and those of the flags: metadata.json stays the same when only some of them are built.
fn all_platforms(project: &Project, asked: &[Platform]) -> Vec<Platform> {
    let mut all = [project.config.platforms.as_slice(), asked].concat();
    all.sort();
    all.dedup();
    all
}
