//! Zig in cargo's hands: as the linker of some targets, and as the C compiler of those that need one.

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use xshell::{Cmd, Shell, cmd};

use super::cxx;
use crate::commands::zig_wrappers::All as Wrappers;
use sixfold_base::cache;
use sixfold_base::process;
use sixfold_model::matrix::Target;
use sixfold_project::plan::Plan;
use sixfold_project::toolchain::linker::{Linked, Linker};
use sixfold_project::toolchain::zig::Zig;

/// What cargo has to be told.
#[derive(Debug)]
pub(crate) struct Cross {
    wrappers: Wrappers,
    /// Which zig the wrappers call, and where it keeps what it compiles.
    settings: Vec<(&'static str, String)>,
    zig: Zig,
}

impl Cross {
    /// Writes the wrappers around zig for the targets of the plan that need it.
    pub(crate) fn prepare(sh: &Shell, plan: &Plan, zig: &Zig) -> Result<Self> {
        let cache = cache::dir()?;
        let own = std::env::current_exe().context("the tool cannot find its own program")?;
        let settings = vec![
            ("CARGO_ZIGBUILD_CACHE_DIR", cache.to_string()),
            ("CARGO_ZIGBUILD_ZIG_COMMAND", which::which(&zig.program)?.display().to_string()),
            ("CARGO_ZIGBUILD_ZIG_COMMAND_ARGS", zig.args.join(" ")),
            ("CARGO_ZIGBUILD_ZIG_VERSION", zig.version.to_string()),
            ("CARGO_ZIGBUILD_RUSTC_VERSION", plan.rustc.clone()),
            ("ZIG_GLOBAL_CACHE_DIR", cache.join("zig").into_string()),
        ];
        let triples = |wanted: fn(&Linked) -> bool| {
            plan.targets.iter().filter(move |linked| wanted(linked)).map(|linked| linked.target.triple())
        };
        let targets = triples(|linked| linked.linker == Linker::Zig || linked.has_zig_c());
        let c = triples(Linked::has_zig_c).flat_map(|triple| ["--c", triple]);
        let made = cmd!(sh, "{own} zig-wrappers {targets...} {c...}")
            .envs(settings.clone())
            .env("MACOSX_DEPLOYMENT_TARGET", &plan.macos_deployment_target);
        let json = process::read(made, "prepare zig")?;
        let wrappers =
            serde_json::from_str(&json).context("the zig wrappers are not described as expected")?;
        Ok(Self { wrappers, settings, zig: zig.clone() })
    }

    /// Adds to a call of cargo, or of rustc, what it and its build scripts need.
    pub(crate) fn apply<'a>(&self, mut command: Cmd<'a>, plan: &Plan) -> Cmd<'a> {
        for linked in plan.targets.iter().filter(|linked| linked.linker == Linker::Zig) {
            if let Some(linker) = self.linker(linked.target) {
                command =
                    command.env(format!("CARGO_TARGET_{}_LINKER", linked.target.variable_name()), linker);
            }
        }
        let variables = self.wrappers.values().flat_map(|wrappers| &wrappers.variables);
        command.envs(self.settings.clone()).envs(variables)
    }

    /// Only what the wrappers themselves need.
    pub(crate) fn apply_settings<'a>(&self, command: Cmd<'a>) -> Cmd<'a> {
        command.envs(self.settings.clone())
    }

    pub(crate) fn linker(&self, target: Target) -> Option<&Utf8PathBuf> {
        self.wrappers.get(target.triple()).map(|wrappers| &wrappers.linker)
    }

    /// Where rust-lld finds the C++ library of a target that zig compiles C++ for.
    pub(crate) fn cxx_flag(&self, linked: &Linked) -> Result<Option<String>> {
        let wrappers = self.wrappers.get(linked.target.triple());
        match wrappers.filter(|_| linked.has_zig_c() && linked.linker == Linker::RustLld) {
            Some(wrappers) => Ok(Some(format!(
                "-Lnative={}",
                cxx::dir(&self.zig.version.to_string(), &wrappers.zig_target)?
            ))),
            None => Ok(None),
        }
    }

    pub(crate) fn zig(&self) -> &Zig {
        &self.zig
    }
}
