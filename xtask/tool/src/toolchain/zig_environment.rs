//! The environment in which cargo uses zig: as the linker of some targets, and as the C compiler of build scripts.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;

use sixfold_base::lookup::Lookup;
use sixfold_base::{cache, process};
use sixfold_model::matrix::Target;
use sixfold_project::companion::Companion;
use sixfold_project::plan::Toolchain;
use sixfold_project::toolchain::linker_choice::{Linked, Linker};
use sixfold_project::toolchain::zig::{WrapperSet, Zig, cpp_library_dir};

/// The wrappers around zig, and the variables that cargo needs to use them.
#[derive(Debug)]
pub(crate) struct ZigEnvironment {
    wrappers: WrapperSet,
    /// Which zig the wrappers call, and where zig keeps what it compiles.
    settings: Vec<(&'static str, String)>,
    /// The `PATH` of build scripts that compile Windows resources.
    path: Option<OsString>,
    zig: Zig,
}

impl ZigEnvironment {
    /// Writes the wrappers for the targets that need zig.
    pub(crate) fn prepare(toolchain: &Toolchain, zig: &Zig, lookup: Lookup) -> Result<Self> {
        let cache = cache::dir()?;
        let settings = vec![
            ("CARGO_ZIGBUILD_CACHE_DIR", cache.to_string()),
            ("CARGO_ZIGBUILD_ZIG_COMMAND", which::which(&zig.program)?.display().to_string()),
            ("CARGO_ZIGBUILD_ZIG_COMMAND_ARGS", zig.args.join(" ")),
            ("CARGO_ZIGBUILD_ZIG_VERSION", zig.version.to_string()),
            ("CARGO_ZIGBUILD_RUSTC_VERSION", toolchain.rustc.clone()),
            ("ZIG_GLOBAL_CACHE_DIR", cache.join("zig").into_string()),
        ];
        let triples = |needs_zig: fn(&Linked) -> bool| {
            toolchain
                .targets
                .iter()
                .filter(move |linked| needs_zig(linked))
                .map(|linked| linked.target.triple())
        };
        let mut command = Companion { name: "zig", what: "the program that runs zig" }.command(lookup)?;
        command.arg("wrappers").args(triples(Linked::needs_zig));
        command.args(triples(Linked::has_zig_c).flat_map(|triple| ["--c", triple]));
        command.args(triples(Linked::has_zig_resources).flat_map(|triple| ["--resources", triple]));
        command.current_dir(&toolchain.folder).envs(settings.clone());
        command.env("MACOSX_DEPLOYMENT_TARGET", &toolchain.macos_deployment_target);
        let json = process::read(command, "write the zig wrappers")?;
        let wrappers =
            serde_json::from_str(&json).context("cannot parse the description of the zig wrappers")?;
        let path = path(&wrappers)?;
        Ok(Self { wrappers, settings, path, zig: zig.clone() })
    }

    /// Adds what cargo and its build scripts need to build `targets`.
    pub(crate) fn apply(&self, command: &mut Command, targets: &[Linked]) {
        for linked in targets.iter().filter(|linked| linked.linker == Linker::Zig) {
            if let Some(linker) = self.linker(linked.target) {
                command.env(format!("CARGO_TARGET_{}_LINKER", linked.target.variable_name()), linker);
            }
        }
        let variables = self.wrappers.values().flat_map(|wrappers| &wrappers.variables);
        command.envs(self.settings.clone()).envs(variables);
        command.envs(self.path.iter().map(|path| ("PATH", path)));
    }

    /// Adds only what the wrappers themselves need.
    pub(crate) fn apply_settings(&self, command: &mut Command) {
        command.envs(self.settings.clone());
    }

    pub(crate) fn linker(&self, target: Target) -> Option<&Utf8PathBuf> {
        self.wrappers.get(target.triple()).map(|wrappers| &wrappers.linker)
    }

    /// The flag that makes rust-lld find the C++ library of a target whose C++ code zig compiles.
    pub(crate) fn cpp_flag(&self, linked: &Linked) -> Result<Option<String>> {
        let wrappers = self.wrappers.get(linked.target.triple());
        match wrappers.filter(|_| linked.has_zig_c() && linked.linker == Linker::RustLld) {
            Some(wrappers) => Ok(Some(format!(
                "-Lnative={}",
                cpp_library_dir(&self.zig.version.to_string(), &wrappers.zig_target)?
            ))),
            None => Ok(None),
        }
    }

    pub(crate) fn zig(&self) -> &Zig {
        &self.zig
    }
}

/// The `PATH` of this process, after the folder in which build scripts find windres.
fn path(wrappers: &WrapperSet) -> Result<Option<OsString>> {
    let Some(folder) = wrappers.values().find_map(|wrappers| wrappers.windres.as_ref()) else {
        return Ok(None);
    };
    let current = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.into()).chain(std::env::split_paths(&current));
    Ok(Some(std::env::join_paths(all)?))
}
