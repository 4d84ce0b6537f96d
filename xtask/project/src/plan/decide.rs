//! Makes the plan.

use anyhow::Result;

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::{Platform, RunsOn};

use super::commands::{BuildCommand, commands};
use super::compile::Compile;
use super::delivery::Delivery;
use super::dockerfile::Dockerfile;
use super::flags::BuildFlags;
use super::image::Image;
use super::linkers;
use super::matrix::{Matrix, PlannedCell};
use super::stage::Stage;
use super::toolchain::Toolchain;
use super::ui::Ui;
use crate::machine::Machine;
use crate::prebuilt::{self, Download};
use crate::project::Project;
use crate::toolchain::cargo_settings::Used;

/// Everything that is decided about a build. `Display` prints it as text, `Serialize` as JSON.
#[derive(Debug)]
pub struct Plan {
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
        let targets = linkers::choose(project, &cells, machine)?;
        let (dockerfile, only_buildx) = Dockerfile::read(project, &platforms)?;
        let matrix = Matrix::new(project, &platforms, &cells, &targets);
        let ui = Ui::new(project, lookup.offline);
        let compile = |is_backend: bool| {
            let is_asked = |cell: &PlannedCell| (cell.os == RunsOn::Vm) == is_backend;
            Compile::new(project, flags, &targets, &matrix.cells, machine, is_asked)
        };
        let filled: Vec<_> = matrix.cells.iter().map(PlannedCell::cell).collect();
        Ok(Self {
            settings: machine.settings.used(&targets),
            compile: compile(false)?,
            compile_backend: compile(true)?,
            commands: commands(project, cells.iter())?,
            downloads: prebuilt::downloads(project, &platforms, &machine.cached)?,
            stage: Stage::new(project, &platforms, &filled, ui.as_ref(), machine)?,
            delivery: Delivery::choose(flags, only_buildx)?,
            image: Image::new(project, flags, platforms, dockerfile, machine.times)?,
            matrix,
            toolchain: Toolchain::new(project, targets, machine)?,
            ui,
            lookup,
        })
    }
}

/// The configured platforms and those of the flags: metadata.json stays the same when only some of them are built.
fn all_platforms(project: &Project, asked: &[Platform]) -> Vec<Platform> {
    let mut all = [project.config.platforms.as_slice(), asked].concat();
    all.sort();
    all.dedup();
    all
}
