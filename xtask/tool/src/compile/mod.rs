//! Compiling: all programs for all targets in one call of cargo.
//!
//! One call builds host crates once and shares one job server. The executables are taken from cargo's own messages, so
//! that `CARGO_TARGET_DIR` and `build.target-dir` need no special care.

mod absent;
mod messages;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::{Cmd, Shell, cmd};

use crate::toolchain::zig_environment::ZigEnvironment;
use crate::toolchain::zig_warm_up::{self, WarmUp};
use sixfold_base::cache;
use sixfold_base::terminal;
use sixfold_model::matrix::{HostOs, Target};
use sixfold_project::plan::{Compile, Plan};
use sixfold_project::toolchain::linker::{Linked, Linker, rust_lld_flags};
use sixfold_project::toolchain::zig::Zig;

use absent::Asked;
pub(crate) use messages::{Heard, Said};

/// Whether rustc is told by `SDKROOT` what to link macOS programs against: without it rustc looks for Xcode, and warns.
/// Unlike a flag, the variable leaves no trace in the program's symbols. A Mac has Xcode, and build scripts there must
/// not see the stubs.
const SDK_BY_VARIABLE: bool = !cfg!(target_os = "macos");

/// Where cargo put each program, and which crates had which libraries linked.
#[derive(Debug, Default)]
pub(crate) struct Executables {
    paths: BTreeMap<(String, Target), Utf8PathBuf>,
    asked: Asked,
}

impl Executables {
    pub(crate) fn get(&self, binary: &str, target: Target) -> Option<&Utf8PathBuf> {
        self.paths.get(&(binary.to_owned(), target))
    }

    /// The crates whose build scripts had a library linked that a program needs, where they said so.
    pub(crate) fn wanting(&self, library: &str) -> Vec<&str> {
        self.asked.wanting(library)
    }
}

/// Compiles what the plan says. `zig` is needed where the plan names it.
///
/// Fails with the targets in question when cargo fails, and with what a failed link misses; cargo has said the rest by
/// then.
pub(crate) fn run(sh: &Shell, plan: &Plan, compile: &Compile, zig: Option<&Zig>) -> Result<Executables> {
    let start = Instant::now();
    let heard = attempt(sh, plan, compile, zig)?;
    if !heard.success {
        return Err(messages::failure(plan, &heard));
    }
    complete(plan, heard.executables)
        .inspect(|_| terminal::step("Compiled", format_args!("in {}", terminal::elapsed(start))))
}

/// The same, and a failure of the compiler is part of the answer.
pub(crate) fn attempt(sh: &Shell, plan: &Plan, compile: &Compile, zig: Option<&Zig>) -> Result<Heard> {
    terminal::step("Compiling", format_args!("for {} targets", plan.targets.len()));
    let cross = zig
        .map(|zig| {
            ZigEnvironment::prepare(sh, &plan.targets, &plan.rustc, &plan.macos_deployment_target, zig)
        })
        .transpose()?;
    let sdk = sdk(plan)?;
    let command = command(sh, plan, compile, sdk.as_deref(), cross.as_ref())?;
    let warming = cross.as_ref().map(|cross| zig_warm_up::start(sh, &plan.targets, cross)).transpose()?;
    let heard = messages::listen(command, plan)?;
    if heard.success {
        warming.into_iter().for_each(WarmUp::finish);
    }
    Ok(heard)
}

/// The one call of cargo.
fn command<'a>(
    sh: &'a Shell,
    plan: &Plan,
    compile: &Compile,
    sdk: Option<&Utf8Path>,
    cross: Option<&ZigEnvironment>,
) -> Result<Cmd<'a>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let (args, format) = (&compile.args, messages::format());
    let mut cargo = cmd!(sh, "{cargo} {args...} {format}")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("MACOSX_DEPLOYMENT_TARGET", &plan.macos_deployment_target);
    if let Some(sdk) = sdk.filter(|_| SDK_BY_VARIABLE) {
        cargo = cargo.env("SDKROOT", sdk);
    }
    for (target, flags) in target_flags(plan, compile, sdk, cross)? {
        cargo = with_flags(cargo, target, flags);
    }
    Ok(match cross {
        Some(cross) => cross.apply(cargo, &plan.targets),
        None => cargo,
    })
}

/// Adds flags to those that the files of cargo's configuration have for a target.
fn with_flags(cargo: Cmd<'_>, target: Target, flags: Vec<String>) -> Cmd<'_> {
    if flags.iter().any(|flag| flag.contains(char::is_whitespace)) {
        // Only an array keeps words with spaces whole, and cargo cannot join it to a string in a file.
        let value = toml::Value::from(flags);
        return cargo.arg("--config").arg(format!("target.{target}.rustflags={value}"));
    }
    let name = format!("CARGO_TARGET_{}_RUSTFLAGS", target.variable_name());
    let author = std::env::var(&name).ok();
    cargo.env(name, author.into_iter().chain(flags).collect::<Vec<_>>().join(" "))
}

/// What rust-lld links macOS programs against: the author's `SDKROOT`, or our stubs. `None` when it links none.
fn sdk(plan: &Plan) -> Result<Option<Utf8PathBuf>> {
    let on_darwin = |linked: &Linked| linked.target.os == HostOs::Darwin && linked.linker == Linker::RustLld;
    if !plan.targets.iter().any(on_darwin) {
        return Ok(None);
    }
    match &plan.sdk {
        Some(sdk) => Ok(Some(sdk.clone())),
        None => sixfold_stubs::stubs::write(&cache::dir()?, &plan.macos).map(Some),
    }
}

/// The flags of each target: ours, then the author's.
fn target_flags(
    plan: &Plan,
    compile: &Compile,
    sdk: Option<&Utf8Path>,
    cross: Option<&ZigEnvironment>,
) -> Result<Vec<(Target, Vec<String>)>> {
    let remap = remap()?;
    let flags = |(target, author): &(Target, Vec<String>)| {
        let mut flags = Vec::new();
        for linked in plan.targets.iter().filter(|linked| linked.target == *target) {
            if linked.linker == Linker::RustLld {
                flags.extend(rust_lld_flags(*target, sdk.filter(|_| !SDK_BY_VARIABLE)));
            }
            flags.extend(cross.map(|cross| cross.cpp_flag(linked)).transpose()?.flatten());
        }
        flags.extend(remap.clone());
        flags.extend(author.iter().cloned());
        Ok((*target, flags))
    };
    compile.author_flags.iter().map(flags).collect()
}

/// Keeps the folder of cargo's packages out of the programs (panic messages name source files), so that they are the
/// same on every machine.
fn remap() -> Result<Option<String>> {
    let home = match std::env::var("CARGO_HOME") {
        Ok(home) if !home.is_empty() => Utf8PathBuf::from(home),
        _ => match dirs::home_dir() {
            Some(home) => Utf8PathBuf::try_from(home)?.join(".cargo"),
            None => return Ok(None),
        },
    };
    Ok(Some(format!("--remap-path-prefix={home}=/cargo")))
}

/// Every cell must have its program.
fn complete(plan: &Plan, found: Executables) -> Result<Executables> {
    for cell in plan.cells.iter().filter(|cell| cell.source.is_cargo()) {
        if found.get(&cell.binary, cell.target).is_none() {
            bail!("cargo reports no program {} for {}", cell.binary, cell.target);
        }
    }
    Ok(found)
}
