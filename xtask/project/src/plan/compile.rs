//! The one call of cargo that compiles all binaries for all targets.

use anyhow::Result;
use camino::Utf8PathBuf;
use serde::Serialize;

use sixfold_model::matrix::Target;

use super::flags::BuildFlags;
use super::matrix::PlannedCell;
use crate::machine::Machine;
use crate::project::Project;
use crate::toolchain::c_code::CCompiler;
use crate::toolchain::linker_choice::Linked;

/// The call of cargo.
#[derive(Clone, Debug, Serialize)]
pub struct Compile {
    /// The arguments after `cargo`, without the flags of single targets.
    pub args: Vec<String>,
    /// Every binary that cargo has to make, with its target.
    #[serde(skip)]
    pub binaries: Vec<(String, Target)>,
    /// By target: the author's flags that have to be passed on.
    #[serde(skip)]
    pub author_flags: Vec<(Target, Vec<String>)>,
    /// For each target whose C code a native compiler compiles: the variables with that compiler's flags, and the author's flags.
    #[serde(skip)]
    pub c_flags: Vec<(String, String)>,
    /// Where cargo writes, absolute.
    #[serde(skip)]
    pub target_dir: Utf8PathBuf,
    /// The author's own wrapper around rustc.
    #[serde(skip)]
    pub rustc_wrapper: Option<String>,
}

impl Compile {
    /// `None` when no binary is built from source.
    pub(super) fn new(
        project: &Project,
        flags: &BuildFlags,
        targets: &[Linked],
        cells: &[PlannedCell],
        machine: &Machine,
    ) -> Result<Option<Self>> {
        if project.packages.is_empty() {
            return Ok(None);
        }
        let from_source = cells.iter().filter(|cell| cell.source.is_cargo());
        let author_flags =
            targets.iter().map(|linked| Ok((linked.target, machine.settings.ignored_flags(linked.target)?)));
        let is_native = |linked: &&Linked| linked.c.as_ref().is_some_and(|c| c.compiler == CCompiler::Native);
        let native = targets.iter().filter(is_native);
        Ok(Some(Self {
            args: args(project, flags, targets),
            binaries: from_source.map(|cell| (cell.binary.clone(), cell.target)).collect(),
            author_flags: author_flags.collect::<Result<_>>()?,
            c_flags: native.flat_map(|linked| machine.settings.c_flags(linked.target)).collect(),
            target_dir: project.workspace.target_directory.clone(),
            rustc_wrapper: machine.settings.rustc_wrapper().map(|setting| setting.value),
        }))
    }
}

fn args(project: &Project, flags: &BuildFlags, targets: &[Linked]) -> Vec<String> {
    let mut args = vec!["build".to_owned(), "--profile".to_owned(), flags.common.profile.clone()];
    args.extend(flags.common.lookup().flags());
    let mut packages: Vec<_> = project.packages.values().collect();
    packages.dedup();
    args.extend(packages.into_iter().flat_map(|package| ["--package".to_owned(), package.clone()]));
    args.extend(project.packages.keys().flat_map(|bin| ["--bin".to_owned(), bin.to_string()]));
    args.extend(project.features().into_iter().flat_map(|feature| ["--features".to_owned(), feature]));
    args.extend(targets.iter().flat_map(|linked| ["--target".to_owned(), linked.target.to_string()]));
    args
}
