//! The plan: everything that `dist` will do, decided before anything is done.
//!
//! [`Plan::new`] makes it of the project, the flags and the machine, and writes nothing. `plan` prints the value, `dist`
//! executes that same value.

mod cells;
mod delivery;
mod flags;
mod linking;
mod machine;
pub mod prebuilt;
mod text;
mod times;

use anyhow::Result;
use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use crate::Project;
use crate::toolchain::author::Used;
use crate::toolchain::linker::{Linked, Linker};
use crate::toolchain::zig;
use sixfold_model::labels::Labels;
use sixfold_model::macos::Extra;
use sixfold_model::matrix::{Platform, Target};
use sixfold_model::place::wrong_key;
use sixfold_model::reference::Tag;
use sixfold_model::values::CommandLine;

pub use cells::PlannedCell;
pub use delivery::{Delivery, Engine};
pub use flags::{BuildFlags, CommonFlags};
pub use machine::Machine;
pub use prebuilt::{Download, Place, Skipped, Source};

#[derive(Debug, Serialize)]
pub struct Plan {
    /// The first of `names`.
    pub image: String,
    /// Every `repository:tag` that the image gets.
    pub names: Vec<String>,
    pub platforms: Vec<Platform>,
    pub cells: Vec<PlannedCell>,
    pub rustc: String,
    pub targets: Vec<Linked>,
    /// Those whose standard library is not installed yet.
    pub missing_targets: Vec<Target>,
    /// Present when a target needs zig.
    #[serde(serialize_with = "described")]
    pub zig: Option<zig::Source>,
    pub macos_deployment_target: String,
    /// What the author adds to our lists of what macOS has.
    #[serde(skip)]
    pub macos: Extra,
    /// The author's own SDK for macOS.
    pub sdk: Option<Utf8PathBuf>,
    /// The author's settings that have an effect on the build.
    pub settings: Vec<Used>,
    pub compile: Option<Compile>,
    /// Of prebuilt programs.
    pub downloads: Vec<Download>,
    pub skipped: Vec<Skipped>,
    pub ui: Option<Ui>,
    pub labels: Labels,
    /// The time of the image, in seconds since 1970.
    pub created: u64,
    /// The time of every file in it, in seconds since 1970.
    pub file_time: u64,
    /// The author's, absolute.
    #[serde(skip)]
    pub dockerfile: Utf8PathBuf,
    /// The Dockerfile only copies: what buildx will make of it is known beforehand.
    #[serde(skip)]
    pub only_copies: bool,
    /// The archive's file name in the dist folder, where one is written.
    pub archive: String,
    pub delivery: Delivery,
}

/// The one call of cargo that compiles everything.
#[derive(Clone, Debug, Serialize)]
pub struct Compile {
    /// The arguments after `cargo`, without the flags of single targets.
    pub args: Vec<String>,
    /// Flags of the author that have to be handed on, by target.
    #[serde(skip)]
    pub author_flags: Vec<(Target, Vec<String>)>,
}

/// How the page is built.
#[derive(Clone, Debug, Serialize)]
pub struct Ui {
    /// The folder, absolute.
    #[serde(skip)]
    pub dir: Utf8PathBuf,
    #[serde(serialize_with = "words")]
    pub install: Option<CommandLine>,
    #[serde(serialize_with = "word")]
    pub build: CommandLine,
    /// The folder that the build fills, absolute.
    #[serde(skip)]
    pub output: Utf8PathBuf,
    pub offline: bool,
}

impl Plan {
    /// Decides everything. Fails when metadata.json and the build disagree, when a label cannot be made, when the version
    /// is no tag, when Rust lacks its linker, and when nobody can build the Dockerfile.
    pub fn new(project: &Project, flags: &BuildFlags, machine: &Machine) -> Result<Self> {
        let repository = flags.common.repository(project);
        let platforms = flags.platforms(project);
        let cells = project.cells(&platforms);
        project.metadata.agrees_with(&project.cells(&all_platforms(project, &platforms)))?;
        let targets = linking::choose(project, &cells, machine)?;
        if targets.iter().any(|linked| linked.linker == Linker::RustLld) {
            machine.rust.rust_lld()?;
        }
        let refusal = delivery::only_for_buildx(project, &platforms)?;
        let mut names = vec![];
        for name in tags(project, flags)?.iter().map(|tag| repository.tagged(tag)) {
            // A tag that is given twice is meant once.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(Self {
            image: names[0].clone(),
            names,
            cells: cells::planned(project, &cells, &targets),
            rustc: machine.rust.version.clone(),
            missing_targets: missing(&targets, machine),
            zig: targets.iter().any(linking::needs_zig).then(|| machine.zig.clone()),
            macos_deployment_target: machine.author.macos_deployment_target()?.to_owned(),
            macos: project.config.macos.clone(),
            sdk: machine.author.variable("SDKROOT").map(Into::into),
            settings: machine.author.used(&targets),
            compile: Compile::new(project, flags, &targets, machine)?,
            downloads: prebuilt::downloads(project, &platforms, &machine.cached)?,
            skipped: prebuilt::skipped(project, &platforms),
            ui: Ui::new(project, flags.common.offline),
            labels: project.labels()?,
            created: machine.times.created,
            file_time: machine.times.files,
            dockerfile: project.dockerfile(),
            only_copies: refusal.is_none(),
            archive: format!("{}-{}.oci.tar", repository.name(), project.version()?),
            delivery: delivery::choose(flags, refusal)?,
            platforms,
            targets,
        })
    }

    /// The linker of a target of this plan.
    pub fn linker(&self, target: Target) -> Option<Linker> {
        self.targets.iter().find(|linked| linked.target == target).map(|linked| linked.linker)
    }
}

impl Compile {
    /// `None` when no binary is built from source.
    fn new(
        project: &Project,
        flags: &BuildFlags,
        targets: &[Linked],
        machine: &Machine,
    ) -> Result<Option<Self>> {
        if project.programs.is_empty() {
            return Ok(None);
        }
        let mut args = vec!["build".to_owned(), "--profile".to_owned(), flags.common.profile.clone()];
        args.extend(flags.common.lookup().flags());
        let mut packages: Vec<_> = project.programs.values().collect();
        packages.dedup();
        args.extend(packages.into_iter().flat_map(|package| ["--package".to_owned(), package.clone()]));
        args.extend(project.programs.keys().flat_map(|bin| ["--bin".to_owned(), bin.to_string()]));
        args.extend(targets.iter().flat_map(|linked| ["--target".to_owned(), linked.target.to_string()]));
        let author_flags =
            targets.iter().map(|linked| Ok((linked.target, machine.author.lost_flags(linked.target)?)));
        Ok(Some(Self { args, author_flags: author_flags.collect::<Result<_>>()? }))
    }
}

impl Ui {
    /// `None` where there is no page.
    pub fn new(project: &Project, offline: bool) -> Option<Self> {
        let ui = project.config.ui.as_ref()?;
        let dir = project.root.join(ui.dir.as_path());
        // Exactly what the lock file says, no code of packages run while installing, and no time for a report that
        // nobody would see.
        let npm = || CommandLine::try_from("npm ci --ignore-scripts --no-audit".to_owned()).ok();
        let has_lock = dir.join("package-lock.json").is_file();
        Some(Self {
            install: ui.install.clone().or_else(|| npm().filter(|_| has_lock)),
            build: ui.build.clone(),
            output: dir.join(ui.output.as_path()),
            offline,
            dir,
        })
    }
}

fn tags(project: &Project, flags: &BuildFlags) -> Result<Vec<Tag>> {
    if !flags.tags.is_empty() {
        return Ok(flags.tags.clone());
    }
    let tag = Tag::of_version(project.version()?)
        .map_err(|error| wrong_key(&project.root, &["workspace", "package", "version"], error.to_string()))?;
    Ok(vec![tag])
}

fn missing(targets: &[Linked], machine: &Machine) -> Vec<Target> {
    targets
        .iter()
        .map(|linked| linked.target)
        .filter(|target| !machine.rust.installed.contains(target))
        .collect()
}

/// Those of the configuration, and those asked for: metadata.json is the same whichever part of them is built.
fn all_platforms(project: &Project, asked: &[Platform]) -> Vec<Platform> {
    let mut all = [project.config.platforms.as_slice(), asked].concat();
    all.sort();
    all.dedup();
    all
}

fn described<S: Serializer>(zig: &Option<zig::Source>, serializer: S) -> Result<S::Ok, S::Error> {
    zig.as_ref().map(zig::Source::describe).serialize(serializer)
}

fn word<S: Serializer>(line: &CommandLine, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(line)
}

fn words<S: Serializer>(line: &Option<CommandLine>, serializer: S) -> Result<S::Ok, S::Error> {
    line.as_ref().map(ToString::to_string).serialize(serializer)
}
