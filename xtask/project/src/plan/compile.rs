//! The calls of cargo: one compiles all host binaries for all targets, and a second one the backend, for Linux only. One call for
//! both would build the backend for every target, and enable its features in packages that both use.

use std::collections::BTreeSet;

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

/// A call of cargo.
#[derive(Clone, Debug, Serialize)]
pub struct Compile {
    /// The arguments after `cargo`, without the flags of single targets.
    pub args: Vec<String>,
    /// True if the call goes through cargo-auditable.
    pub auditable: bool,
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
    /// The binaries, each once.
    pub fn what(&self) -> String {
        let names: BTreeSet<_> = self.binaries.iter().map(|(name, _)| name.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// The targets, each once.
    pub fn targets(&self) -> BTreeSet<Target> {
        self.binaries.iter().map(|(_, target)| *target).collect()
    }

    /// The call for the cells that `is_asked` is true for. `None` when cargo builds none of them `here`. It has the bins of `all`
    /// cells, because they decide about the features of packages that they share.
    pub(super) fn new(
        project: &Project,
        flags: &BuildFlags,
        targets: &[Linked],
        (all, here): (&[PlannedCell], &[PlannedCell]),
        machine: &Machine,
        is_asked: impl Fn(&PlannedCell) -> bool,
    ) -> Result<Option<Self>> {
        let binaries = here.iter().filter(|cell| cell.is_compiled() && is_asked(cell));
        let binaries: Vec<_> = binaries.map(|cell| (cell.binary.clone(), cell.target)).collect();
        if binaries.is_empty() {
            return Ok(None);
        }
        let bins = all.iter().filter(|cell| cell.source.is_cargo() && is_asked(cell));
        let bins: BTreeSet<_> = bins.map(|cell| cell.binary.as_str()).collect();
        let is_compiled = |linked: &&Linked| binaries.iter().any(|(_, target)| *target == linked.target);
        let targets: Vec<_> = targets.iter().filter(is_compiled).collect();
        let author_flags =
            targets.iter().map(|linked| Ok((linked.target, machine.settings.ignored_flags(linked.target)?)));
        let is_native =
            |linked: &&&Linked| linked.c.as_ref().is_some_and(|c| c.compiler == CCompiler::Native);
        let native = targets.iter().filter(is_native);
        Ok(Some(Self {
            auditable: project.config.auditable,
            args: args(project, flags, &targets, &bins),
            author_flags: author_flags.collect::<Result<_>>()?,
            c_flags: native.flat_map(|linked| machine.settings.c_flags(linked.target)).collect(),
            target_dir: project.workspace.target_directory.clone(),
            rustc_wrapper: machine.settings.rustc_wrapper().map(|setting| setting.value),
            binaries,
        }))
    }
}

fn args(project: &Project, flags: &BuildFlags, targets: &[&Linked], bins: &BTreeSet<&str>) -> Vec<String> {
    // The documented way: cargo-auditable calls cargo with the same arguments, and with itself as a wrapper around rustc.
    let auditable = Some("auditable".to_owned()).filter(|_| project.config.auditable);
    let build = ["build".to_owned(), "--profile".to_owned(), flags.common.profile.clone()];
    let mut args: Vec<_> = auditable.into_iter().chain(build).collect();
    args.extend(flags.common.lookup().flags());
    args.extend(project.cargo_arguments(|bin| bins.contains(bin.as_str())));
    args.extend(targets.iter().flat_map(|linked| ["--target".to_owned(), linked.target.to_string()]));
    args
}
