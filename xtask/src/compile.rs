//! Compiling: all programs for all targets in one call of cargo.
//!
//! One call builds host crates once and shares one job server. The executables are taken from cargo's own messages, so
//! that `CARGO_TARGET_DIR` and `build.target-dir` need no special care.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;
use xshell::{Cmd, Shell, cmd};

use crate::commands::zig_wrappers::All as ZigWrappers;
use crate::matrix::{HostOs, Target};
use crate::plan::{Compile, Plan};
use crate::toolchain::linker::{Linked, Linker, rust_lld_flags};
use crate::toolchain::zig::Zig;
use crate::toolchain::{cache, darwin};
use crate::{process, terminal};

/// Where cargo put each program: by name and target.
pub type Executables = BTreeMap<(String, Target), Utf8PathBuf>;

/// Compiles what the plan says. `zig` is needed where a target is linked by it.
///
/// Fails with the list of targets when cargo fails; cargo has said why by then.
pub fn run(sh: &Shell, plan: &Plan, compile: &Compile, zig: Option<&Zig>) -> Result<Executables> {
    let start = Instant::now();
    terminal::step("Compiling", format_args!("for {} targets", plan.targets.len()));
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let args = &compile.args;
    let mut cargo = cmd!(sh, "{cargo} {args...} --message-format=json-render-diagnostics")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("MACOSX_DEPLOYMENT_TARGET", &plan.macos_deployment_target);
    let sdk = sdk(plan)?;
    if let Some(sdk) = &sdk
        && !cfg!(target_os = "macos")
    {
        // Without it rustc looks for Xcode, and warns. A Mac has one, and build scripts there must not see the stubs.
        cargo = cargo.env("SDKROOT", sdk);
    }
    for (target, flags) in target_flags(plan, compile, sdk.as_deref())? {
        // An array, unlike the variable CARGO_TARGET_…_RUSTFLAGS, keeps paths with spaces whole.
        let value = toml::Value::from(flags);
        cargo = cargo.arg("--config").arg(format!("target.{target}.rustflags={value}"));
    }
    if let Some(zig) = zig {
        cargo = with_zig(sh, cargo, plan, zig)?;
    }
    let found = executables(cargo, plan)?;
    complete(plan, found)
        .inspect(|_| terminal::step("Compiled", format_args!("in {}", terminal::elapsed(start))))
}

/// What rust-lld links macOS programs against: the author's `SDKROOT`, or our stubs. `None` when it links none.
fn sdk(plan: &Plan) -> Result<Option<Utf8PathBuf>> {
    let on_darwin = |linked: &Linked| linked.target.os == HostOs::Darwin && linked.linker == Linker::RustLld;
    if !plan.targets.iter().any(on_darwin) {
        return Ok(None);
    }
    match std::env::var("SDKROOT") {
        Ok(sdk) if !sdk.is_empty() => Ok(Some(sdk.into())),
        _ => darwin::stubs::write(&cache::dir()?, &darwin::Extra::default()).map(Some),
    }
}

/// The flags of each target: ours, then the author's.
fn target_flags(
    plan: &Plan,
    compile: &Compile,
    sdk: Option<&Utf8Path>,
) -> Result<Vec<(Target, Vec<String>)>> {
    let remap = remap()?;
    let flags = |(target, author): &(Target, Vec<String>)| {
        let mut flags = match plan.linker(*target) {
            Some(Linker::RustLld) => rust_lld_flags(*target, sdk),
            _ => Vec::new(),
        };
        flags.extend(remap.clone());
        flags.extend(author.iter().cloned());
        (*target, flags)
    };
    Ok(compile.author_flags.iter().map(flags).collect())
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

/// Lets cargo link through zig's wrappers, which keep what zig compiles once in the tool's own cache.
fn with_zig<'a>(sh: &'a Shell, mut cargo: Cmd<'a>, plan: &Plan, zig: &Zig) -> Result<Cmd<'a>> {
    let cache = cache::dir()?;
    let targets = plan
        .targets
        .iter()
        .filter(|linked| linked.linker == Linker::Zig)
        .map(|linked| linked.target.triple());
    let own = std::env::current_exe().context("the tool cannot find its own program")?;
    let settings = [
        ("CARGO_ZIGBUILD_CACHE_DIR", cache.to_string()),
        ("CARGO_ZIGBUILD_ZIG_COMMAND", which::which(&zig.program)?.display().to_string()),
        ("CARGO_ZIGBUILD_ZIG_COMMAND_ARGS", zig.args.join(" ")),
        ("CARGO_ZIGBUILD_ZIG_VERSION", zig.version.to_string()),
        ("CARGO_ZIGBUILD_RUSTC_VERSION", plan.rustc.clone()),
        ("ZIG_GLOBAL_CACHE_DIR", cache.join("zig").into_string()),
    ];
    let json =
        process::read(cmd!(sh, "{own} zig-wrappers {targets...}").envs(settings.clone()), "prepare zig")?;
    let wrappers: ZigWrappers =
        serde_json::from_str(&json).context("the zig wrappers are not described as expected")?;
    for (triple, wrapper) in &wrappers {
        let name = triple.to_uppercase().replace('-', "_");
        cargo = cargo.env(format!("CARGO_TARGET_{name}_LINKER"), &wrapper.cc);
    }
    Ok(cargo.envs(settings))
}

/// Runs cargo and collects the programs that it reports.
fn executables(cargo: Cmd<'_>, plan: &Plan) -> Result<Executables> {
    let wanted: BTreeSet<_> = plan.cells.iter().map(|cell| cell.binary.as_str()).collect();
    let mut found = Executables::new();
    let status = process::stream(cargo, "compile", |line| {
        if let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_str(line)
            && let Some(path) = artifact.executable
            && wanted.contains(artifact.target.name.as_str())
            && let Some(target) = target_of(&path)
        {
            found.insert((artifact.target.name, target), path);
        }
        Ok(())
    })?;
    if !status.success() {
        let names: Vec<_> = plan.targets.iter().map(|linked| linked.target.triple()).collect();
        bail!("cargo could not compile for {}; its messages are above", names.join(", "));
    }
    Ok(found)
}

/// The target of a program that cargo reports: the message names it only as a folder of the path.
fn target_of(path: &Utf8Path) -> Option<Target> {
    path.components().rev().find_map(|part| Target::from_triple(part.as_str()))
}

/// Every cell must have its program.
fn complete(plan: &Plan, found: Executables) -> Result<Executables> {
    for cell in &plan.cells {
        if !found.contains_key(&(cell.binary.clone(), cell.target)) {
            bail!("cargo reports no program {} for {}", cell.binary, cell.target);
        }
    }
    Ok(found)
}
