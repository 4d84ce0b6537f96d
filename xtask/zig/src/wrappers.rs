//! Writes the wrapper scripts around zig, with the crate cargo-zigbuild. This runs in a process of its own, because
//! cargo-zigbuild reads its settings from the environment and also writes results there.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_zigbuild::Build;
use cargo_zigbuild::zig::prepare_zig_linker;
use sixfold_base::cache;
use sixfold_project::toolchain::zig::{WrapperSet, Wrappers};

use crate::windres;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target triples
    targets: Vec<String>,
    /// The targets for which C is compiled
    #[arg(long)]
    c: Vec<String>,
    /// The targets for which Windows resources are compiled
    #[arg(long)]
    resources: Vec<String>,
}

impl Args {
    /// Writes the wrappers for the project in the current directory, and prints a [`WrapperSet`] as JSON.
    pub(crate) fn run(self) -> Result<()> {
        println!("{}", serde_json::to_string(&self.write()?)?);
        Ok(())
    }

    fn write(&self) -> Result<WrapperSet> {
        let config = cargo_config2::Config::load().context("cannot read cargo's configuration")?;
        let variables = if self.c.is_empty() { BTreeMap::new() } else { variables(&self.c)? };
        let mut all = WrapperSet::new();
        for target in &self.targets {
            let written = prepare_zig_linker(target, &config)
                .with_context(|| format!("cannot write the zig wrapper for {target}"))?;
            let name = target.replace('-', "_");
            let own = variables.iter().filter(|(key, _)| key.ends_with(&name) || key.ends_with(target));
            let wrappers = Wrappers {
                linker: written.cc.try_into()?,
                zig_target: written.target,
                variables: own.map(|(key, value)| (key.clone(), value.clone())).collect(),
                windres: self.resources.contains(target).then(windres::folder).transpose()?,
            };
            all.insert(target.clone(), wrappers);
        }
        Ok(all)
    }
}

/// Prefixes of the variables that build scripts read. cargo-zigbuild sets more, which would affect crates that are built
/// for this machine.
const READ_BY_BUILD_SCRIPTS: [&str; 6] =
    ["CC_", "CXX_", "AR_", "RANLIB_", "CMAKE_TOOLCHAIN_FILE_", "CARGO_ZIGBUILD_TARGET_"];
/// cargo-zigbuild sets this one in its own process instead of in the command.
const BINDGEN: &str = "BINDGEN_EXTRA_CLANG_ARGS_";

/// The variables that cargo-zigbuild would set for a build of these targets, except those that the author has set.
fn variables(targets: &[String]) -> Result<BTreeMap<String, String>> {
    let mut build = Build::new(None);
    build.cargo.common.target = targets.to_vec();
    // cargo-zigbuild writes its own stubs into the target directory; ours are more complete, so keep them apart.
    build.cargo.common.target_dir = Some(cache::dir()?.join("cargo-zigbuild").join("target").into());
    build.enable_zig_ar = true;
    let command = build.build_command().context("cannot prepare the environment in which zig compiles C")?;
    let bindgen = std::env::vars().filter(|(name, _)| name.starts_with(BINDGEN));
    Ok(for_build_scripts(&command).chain(bindgen).collect())
}

fn for_build_scripts(command: &Command) -> impl Iterator<Item = (String, String)> {
    let set = command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    set.filter(|(name, _)| READ_BY_BUILD_SCRIPTS.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}
