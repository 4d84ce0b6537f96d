//! The wrappers around zig, written by the crate cargo-zigbuild. A process of its own, because that crate is told
//! through the environment which zig to use and where to write, and answers there too.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_zigbuild::Build;
use cargo_zigbuild::zig::prepare_zig_linker;
use serde::{Deserialize, Serialize};

use sixfold_base::cache;
use sixfold_base::outcome::Outcome;

/// What cargo has to be told to use zig for one target.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Wrappers {
    /// `zig cc`, called as a linker.
    pub linker: Utf8PathBuf,
    /// As zig names the target: `aarch64-macos.11.0`.
    pub zig_target: String,
    /// Of this process and its children: for build scripts that compile C. Empty where none does.
    pub variables: BTreeMap<String, String>,
}

/// By target triple.
pub(crate) type All = BTreeMap<String, Wrappers>;

/// What build scripts read; cargo-zigbuild sets more, which would change the build of this machine's own crates.
const READ: [&str; 6] = ["CC_", "CXX_", "AR_", "RANLIB_", "CMAKE_TOOLCHAIN_FILE_", "CARGO_ZIGBUILD_TARGET_"];
/// Set in this process instead of in the command.
const BINDGEN: &str = "BINDGEN_EXTRA_CLANG_ARGS_";

/// Writes the wrappers of the targets and prints where they are. `c` are the targets that C is compiled for.
pub(crate) fn run(root: &Utf8Path, targets: &[String], c: &[String]) -> Result<Outcome> {
    let config =
        cargo_config2::Config::load_with_cwd(root).context("cargo's configuration cannot be read")?;
    let variables = if c.is_empty() { BTreeMap::new() } else { variables(c)? };
    let mut all = All::new();
    for target in targets {
        let made =
            prepare_zig_linker(target, &config).with_context(|| format!("the zig wrapper of {target}"))?;
        let name = target.replace('-', "_");
        let own = variables.iter().filter(|(key, _)| key.ends_with(&name) || key.ends_with(target));
        let wrappers = Wrappers {
            linker: made.cc.try_into()?,
            zig_target: made.target,
            variables: own.map(|(key, value)| (key.clone(), value.clone())).collect(),
        };
        all.insert(target.clone(), wrappers);
    }
    println!("{}", serde_json::to_string(&all)?);
    Ok(Outcome::Success)
}

/// What cargo-zigbuild would set for a build of these targets. A variable that the author has set is not among them.
fn variables(targets: &[String]) -> Result<BTreeMap<String, String>> {
    let mut build = Build::new(None);
    build.cargo.common.target = targets.to_vec();
    // It writes stubs of its own beside the programs; ours know more.
    build.cargo.common.target_dir = Some(cache::dir()?.join("cargo-zigbuild").join("target").into());
    build.enable_zig_ar = true;
    let command = build.build_command().context("the environment in which zig compiles C")?;
    let bindgen = std::env::vars().filter(|(name, _)| name.starts_with(BINDGEN));
    Ok(set_by(&command).chain(bindgen).collect())
}

fn set_by(command: &Command) -> impl Iterator<Item = (String, String)> {
    let set = command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    set.filter(|(name, _)| READ.iter().any(|start| name.starts_with(start)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}
