//! Runs cargo, shows its messages as cargo would, and reads binaries and errors from them.

use std::collections::{BTreeSet, HashSet};
use std::io::{IsTerminal as _, Write as _};
use std::process::Command;

use anyhow::Result;
use camino::Utf8Path;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{Artifact, CompilerMessage, Message};
use serde::Serialize;

use sixfold_base::process;
use sixfold_model::matrix::Target;

use super::cargo_progress::{self, CargoProgress};
use super::executables::Executables;
use super::failed_targets::FailedScript;

/// The flag that makes cargo print the compiler's messages as JSON. Cargo itself cannot both show and report them.
pub(super) fn format() -> &'static str {
    let is_coloured =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    if is_coloured { "--message-format=json-diagnostic-rendered-ansi" } else { "--message-format=json" }
}

/// What cargo reported.
#[derive(Debug, Default)]
pub(crate) struct CargoOutput {
    pub executables: Executables,
    pub errors: Vec<CompileError>,
    /// True once cargo has reported anything about a package. Before that, it may reject its arguments.
    pub started: bool,
    /// The targets for which rustc or a build script failed.
    pub failed: BTreeSet<Target>,
    pub(super) failed_scripts: Vec<FailedScript>,
    /// True if OpenSSL is built from source, by a crate that is compiled for this machine.
    pub(super) vendors_openssl: bool,
    pub success: bool,
}

/// An error of the compiler.
#[derive(Debug, Serialize)]
pub(crate) struct CompileError {
    pub package: String,
    /// The message and its notes. One of the notes is the linker's output.
    pub text: String,
}

/// Runs cargo, and collects the paths of these binaries and all errors.
pub(super) fn run(mut cargo: Command, binaries: &[(String, Target)]) -> Result<CargoOutput> {
    let mut output = CargoOutput::default();
    let mut shown = HashSet::new();
    let progress = cargo_progress::attach(&mut cargo)?;
    let status = process::stream_reporting_itself(cargo, "", "compile", |line| {
        match serde_json::from_str(line) {
            Ok(Message::CompilerArtifact(artifact)) => {
                output.started = true;
                output.vendors_openssl |= artifact.target.name == "openssl_src";
                add_binary(&mut output.executables, artifact, binaries);
            }
            Ok(Message::CompilerMessage(message)) => {
                output.started = true;
                output.errors.extend(show_message(message, &mut shown));
            }
            Ok(Message::BuildScriptExecuted(script)) => {
                let libraries = script.linked_libs.iter().map(|library| library.as_str());
                output.executables.libraries.add(package_name(&script.package_id.repr), libraries);
            }
            _ => {}
        }
        Ok(())
    })?;
    progress.into_iter().for_each(CargoProgress::finish);
    output.success = status.success();
    Ok(output)
}

fn add_binary(executables: &mut Executables, artifact: Artifact, binaries: &[(String, Target)]) {
    let name = artifact.target.name;
    if let Some(path) = artifact.executable
        && binaries.iter().any(|(binary, _)| *binary == name)
        && let Some(target) = target_of(&path)
    {
        executables.paths.insert((name, target), path);
    }
}

/// Shows a message, unless it was shown for another target already. Returns it if it is an error.
fn show_message(message: CompilerMessage, shown: &mut HashSet<String>) -> Option<CompileError> {
    let diagnostic = message.message;
    if let Some(text) = &diagnostic.rendered
        && shown.insert(text.clone())
    {
        show(text);
    }
    let mut text = String::new();
    collect(&diagnostic, &mut text);
    let is_error = diagnostic.level == DiagnosticLevel::Error;
    is_error.then_some(CompileError { package: message.target.name, text })
}

/// Prints over cargo's progress bar, which cargo then draws again.
fn show(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let clear = if stderr.is_terminal() { "\r\x1b[K" } else { "" };
    // There is no other place to report an error of stderr.
    let _ = writeln!(stderr, "{clear}{}\n", text.trim_end_matches('\n'));
}

fn collect(diagnostic: &Diagnostic, text: &mut String) {
    text.push_str(&diagnostic.message);
    text.push('\n');
    diagnostic.children.iter().for_each(|child| collect(child, text));
}

/// The target of a binary. Cargo's message contains it only as a folder of the path.
fn target_of(path: &Utf8Path) -> Option<Target> {
    path.components().rev().find_map(|part| Target::from_triple(part.as_str()))
}

/// The name in cargo's id of a package: `registry+…#libudev-sys@0.1.4`, `path+file:///…/tool#1.0.0`.
fn package_name(id: &str) -> &str {
    let (source, rest) = id.rsplit_once('#').unwrap_or(("", id));
    match rest.split_once('@') {
        Some((name, _)) => name,
        None => source.rsplit('/').next().unwrap_or(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_read_from_cargos_id() {
        assert_eq!(package_name("registry+https://index.example#libudev-sys@0.1.4"), "libudev-sys");
        assert_eq!(package_name("path+file:///home/me/tool#1.0.0"), "tool");
    }
}
