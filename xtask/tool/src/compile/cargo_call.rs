//! The call of cargo: its arguments, flags and environment.

use std::process::Command;

use anyhow::Result;
use camino::Utf8Path;

use sixfold_base::cargo;
use sixfold_model::matrix::{HostOs, Target};
use sixfold_project::plan::{Compile, Toolchain};
use sixfold_project::toolchain::linker_choice::{Linked, Linker, rust_lld_flags};
use sixfold_project::toolchain::wrapper::Wrapper;

use super::cargo_output;
use super::system_libraries::SystemLibraries;
use crate::toolchain::zig_environment::ZigEnvironment;

/// True if `SDKROOT` tells rustc what to link darwin binaries against. Without the variable, rustc looks for Xcode, and
/// warns. Unlike a flag, it leaves no trace in the symbols of the binary. A Mac has Xcode, and build scripts there must not
/// see the stubs.
const SDK_BY_VARIABLE: bool = !cfg!(target_os = "macos");

pub(super) fn command(
    toolchain: &Toolchain,
    compile: &Compile,
    libraries: &SystemLibraries,
    zig: Option<&ZigEnvironment>,
    failure_reports: &Utf8Path,
) -> Result<Command> {
    let mut cargo = cargo::command();
    cargo.current_dir(&toolchain.folder).args(&compile.args).arg(cargo_output::format());
    // Relative to the folder that the user is in, not to the project.
    cargo.env("CARGO_TARGET_DIR", &compile.target_dir);
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("MACOSX_DEPLOYMENT_TARGET", &toolchain.macos_deployment_target);
    if let Some(sdk) = libraries.sdk().filter(|_| SDK_BY_VARIABLE) {
        cargo.env("SDKROOT", sdk);
    }
    let wrapper = wrapper(toolchain, compile, failure_reports)?;
    cargo.envs(wrapper.variables()?);
    cargo.envs(compile.c_flags.iter().map(|(name, author)| (name, c_flags(&wrapper, author))));
    for (target, author) in &compile.author_flags {
        let linked = toolchain.targets.iter().find(|linked| linked.target == *target);
        let mut flags = linked
            .map(|linked| target_flags(linked, toolchain, libraries, zig))
            .transpose()?
            .unwrap_or_default();
        flags.extend(author.iter().cloned());
        add_flags(&mut cargo, *target, flags);
    }
    if let Some(zig) = zig {
        zig.apply(&mut cargo, &toolchain.targets);
    }
    Ok(cargo)
}

/// The flags that the tool itself sets for a target.
fn target_flags(
    linked: &Linked,
    toolchain: &Toolchain,
    libraries: &SystemLibraries,
    zig: Option<&ZigEnvironment>,
) -> Result<Vec<String>> {
    let mut flags = Vec::new();
    if linked.linker == Linker::RustLld {
        let by_variable = linked.target.os == HostOs::Darwin && SDK_BY_VARIABLE;
        let libraries = libraries.of(linked.target).filter(|_| !by_variable);
        flags.extend(rust_lld_flags(linked, libraries, &toolchain.sysroot));
    }
    flags.extend(zig.map(|zig| zig.cpp_flag(linked)).transpose()?.flatten());
    Ok(flags)
}

/// Adds flags to those that cargo's configuration files have for a target.
fn add_flags(cargo: &mut Command, target: Target, flags: Vec<String>) {
    if flags.iter().any(|flag| flag.contains(char::is_whitespace)) {
        // Only an array can hold a flag with spaces, and cargo cannot join an array to a string in a file.
        let value = toml::Value::from(flags);
        cargo.arg("--config").arg(format!("target.{target}.rustflags={value}"));
        return;
    }
    let name = format!("CARGO_TARGET_{}_RUSTFLAGS", target.variable_name());
    let author = std::env::var(&name).ok();
    cargo.env(name, author.into_iter().chain(flags).collect::<Vec<_>>().join(" "));
}

/// The wrapper around rustc, which keeps the directories of this machine out of the binaries.
fn wrapper(toolchain: &Toolchain, compile: &Compile, failure_reports: &Utf8Path) -> Result<Wrapper> {
    let mut directories = vec![
        (toolchain.folder.to_string(), "/workspace".to_owned()),
        (compile.target_dir.to_string(), "/target".to_owned()),
    ];
    directories.extend(cargo::home()?.map(|home| (home.into_string(), "/cargo".to_owned())));
    Ok(Wrapper {
        directories,
        next: compile.rustc_wrapper.clone(),
        failure_reports: failure_reports.to_owned(),
    })
}

/// The author's flags for a native C compiler, and those that keep the directories of this machine out of what it makes. zig gets
/// them from its own wrapper. A directory with a space would be two flags.
fn c_flags(wrapper: &Wrapper, author: &str) -> String {
    let named = wrapper.directories.iter().filter(|(from, _)| !from.contains(char::is_whitespace));
    let maps = named.map(|(from, to)| format!("-ffile-prefix-map={from}={to}"));
    let author = Some(author.to_owned()).filter(|flags| !flags.is_empty());
    author.into_iter().chain(maps).collect::<Vec<_>>().join(" ")
}
