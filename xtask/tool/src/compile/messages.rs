//! What cargo says while it compiles: shown as cargo would show it, and read for programs and for failed links.

use std::collections::{BTreeSet, HashSet};
use std::io::{IsTerminal as _, Write as _};

use anyhow::{Error, Result, anyhow};
use camino::Utf8Path;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{CompilerMessage, Message};
use serde::Serialize;
use xshell::Cmd;

use super::Executables;
use sixfold_base::disk;
use sixfold_base::process;
use sixfold_model::matrix::Target;
use sixfold_project::plan::Plan;
use sixfold_stubs::missing::missing;

/// Has cargo hand over the compiler's messages, which cannot both be read and shown by cargo itself.
pub(super) fn format() -> &'static str {
    match std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()) {
        true => "--message-format=json-diagnostic-rendered-ansi",
        false => "--message-format=json",
    }
}

/// What cargo has reported.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub executables: Executables,
    pub errors: Vec<Said>,
    /// Cargo has said something of a package: before that, it may refuse what it is asked for.
    pub begun: bool,
    pub success: bool,
}

/// An error of the compiler.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    pub package: String,
    /// With its notes, one of which is what the linker said.
    pub text: String,
}

/// Runs cargo, shows the compiler's messages, and collects errors and the programs that cargo reports.
pub(super) fn listen(cargo: Cmd<'_>, plan: &Plan) -> Result<Heard> {
    let wanted: BTreeSet<_> = plan.cells.iter().map(|cell| cell.binary.as_str()).collect();
    let mut heard = Heard::default();
    let mut shown = HashSet::new();
    let status = process::stream(cargo, "", "compile", |line| {
        let message = serde_json::from_str(line);
        heard.begun |= matches!(message, Ok(Message::CompilerArtifact(_) | Message::CompilerMessage(_)));
        match message {
            Ok(Message::CompilerArtifact(artifact)) => {
                if let Some(path) = artifact.executable
                    && wanted.contains(artifact.target.name.as_str())
                    && let Some(target) = target_of(&path)
                {
                    heard.executables.paths.insert((artifact.target.name, target), path);
                }
            }
            Ok(Message::CompilerMessage(message)) => heard.errors.extend(hear(message, &mut shown)),
            Ok(Message::BuildScriptExecuted(script)) => {
                let libraries = script.linked_libs.iter().map(|library| library.as_str());
                heard.executables.asked.add(package_name(&script.package_id.repr), libraries);
            }
            _ => {}
        }
        Ok(())
    })?;
    heard.success = status.success();
    Ok(heard)
}

/// Shows a message, unless it has been shown for another target; an error is handed back.
fn hear(message: CompilerMessage, shown: &mut HashSet<String>) -> Option<Said> {
    let diagnostic = message.message;
    if let Some(text) = &diagnostic.rendered
        && shown.insert(text.clone())
    {
        show(text);
    }
    let mut text = String::new();
    collect(&diagnostic, &mut text);
    let is_error = diagnostic.level == DiagnosticLevel::Error;
    is_error.then_some(Said { package: message.target.name, text })
}

/// Over cargo's progress bar, which is drawn again after it.
fn show(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let clear = if stderr.is_terminal() { "\r\x1b[K" } else { "" };
    // Nothing can be said when there is nobody to hear it.
    let _ = writeln!(stderr, "{clear}{}\n", text.trim_end_matches('\n'));
}

/// The text of a message with its notes, one of which is what the linker said.
fn collect(diagnostic: &Diagnostic, text: &mut String) {
    text.push_str(&diagnostic.message);
    text.push('\n');
    diagnostic.children.iter().for_each(|child| collect(child, text));
}

/// What is said after cargo's own messages: what a failed link misses, and who wants it.
pub(super) fn failure(plan: &Plan, heard: &Heard) -> Error {
    if !heard.begun {
        return anyhow!("cargo stopped before it had compiled anything; what it said is above");
    }
    let named = named(plan, &heard.errors);
    let mut text = match named.as_slice() {
        [] => format!("cargo could not compile, and made no program for {}", without(plan, heard).join(", ")),
        named => format!("cargo could not compile for {}", named.join(", ")),
    };
    text.push_str("; its messages are above");
    let symbols =
        heard.errors.iter().flat_map(|error| missing(&error.text)).map(|missing| missing.to_string());
    let libraries = heard.errors.iter().flat_map(|error| heard.executables.asked.explain(&error.text));
    for line in symbols.chain(libraries).collect::<BTreeSet<_>>() {
        text.push_str(&format!("\n  {line}"));
    }
    heard.errors.iter().fold(anyhow!(text), |error, said| disk::after(error, &said.text))
}

/// The targets that errors tell of. Cargo does not say for which target it calls the compiler, but a linker's command line
/// names the folder of its target.
fn named(plan: &Plan, errors: &[Said]) -> Vec<&'static str> {
    let triples = plan.targets.iter().map(|linked| linked.target.triple());
    triples.filter(|triple| errors.iter().any(|error| names(&error.text, triple))).collect()
}

/// Whether the text holds a folder of that name, other than that of Rust's own libraries for it.
fn names(text: &str, triple: &str) -> bool {
    text.match_indices(triple).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + triple.len()..]);
        let is_folder = before.ends_with(['/', '\\']) && after.starts_with(['/', '\\']);
        is_folder && !before[..before.len() - 1].ends_with("rustlib")
    })
}

/// The targets that lack a program: cargo stops at the first error, so not all of them need have one.
fn without(plan: &Plan, heard: &Heard) -> Vec<&'static str> {
    let lacks = |target| {
        let of_target = plan.cells.iter().filter(|cell| cell.target == target);
        of_target.into_iter().any(|cell| heard.executables.get(&cell.binary, target).is_none())
    };
    plan.targets
        .iter()
        .map(|linked| linked.target)
        .filter(|target| lacks(*target))
        .map(Target::triple)
        .collect()
}

/// The target of a program that cargo reports: the message names it only as a folder of the path.
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
    fn a_failed_link_names_its_target() {
        let text = "PATH=\"/rust/lib/rustlib/aarch64-apple-darwin/bin\" rust-lld -o /a/target/x86_64-apple-darwin/release/deps/x";
        assert!(names(text, "x86_64-apple-darwin") && !names(text, "aarch64-apple-darwin"));
        assert!(names("C:\\a\\x86_64-apple-darwin\\release", "x86_64-apple-darwin"));
        assert!(!names("no x86_64-apple-darwin here", "x86_64-apple-darwin"));
    }

    #[test]
    fn a_package_is_known_by_cargos_id() {
        assert_eq!(package_name("registry+https://index.example#libudev-sys@0.1.4"), "libudev-sys");
        assert_eq!(package_name("path+file:///home/me/tool#1.0.0"), "tool");
    }
}
