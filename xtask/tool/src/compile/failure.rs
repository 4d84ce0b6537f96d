//! Explains a failed build after cargo's own messages: which targets failed, and which symbols and libraries are missing.

use std::collections::BTreeSet;

use anyhow::{Error, anyhow};

use sixfold_base::disk;
use sixfold_model::matrix::Target;
use sixfold_project::plan::Compile;
use sixfold_stubs::missing::missing;

use super::cargo_output::{CargoOutput, CompileError};

pub(super) fn explain(compile: &Compile, output: &CargoOutput) -> Error {
    if !output.started {
        return anyhow!("cargo stopped before it compiled anything; its messages are above");
    }
    let failed = failed_targets(compile, &output.errors);
    let mut text = if failed.is_empty() {
        format!("cannot compile: cargo made no binary for {}", missing_targets(compile, output).join(", "))
    } else {
        format!("cannot compile for {}", failed.join(", "))
    };
    text.push_str("; cargo's messages are above");
    let symbols =
        output.errors.iter().flat_map(|error| missing(&error.text)).map(|missing| missing.to_string());
    let libraries =
        output.errors.iter().flat_map(|error| output.executables.libraries.explain_missing(&error.text));
    for line in symbols.chain(libraries).collect::<BTreeSet<_>>() {
        text.push_str(&format!("\n  {line}"));
    }
    output.errors.iter().fold(anyhow!(text), |error, compile_error| disk::after(error, &compile_error.text))
}

/// The targets that appear in errors. Cargo does not say for which target it calls the compiler, but the command line of a
/// linker contains the folder of its target.
fn failed_targets(compile: &Compile, errors: &[CompileError]) -> Vec<&'static str> {
    let triples = targets(compile).into_iter().map(Target::triple);
    triples.filter(|triple| errors.iter().any(|error| has_folder(&error.text, triple))).collect()
}

fn targets(compile: &Compile) -> BTreeSet<Target> {
    compile.binaries.iter().map(|(_, target)| *target).collect()
}

/// True if the text contains a folder of that name, other than that of Rust's own libraries for the target.
fn has_folder(text: &str, triple: &str) -> bool {
    text.match_indices(triple).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + triple.len()..]);
        let is_folder = before.ends_with(['/', '\\']) && after.starts_with(['/', '\\']);
        is_folder && !before[..before.len() - 1].ends_with("rustlib")
    })
}

/// The targets that lack a binary. Cargo stops at the first error, so not every one of them needs to have an error.
fn missing_targets(compile: &Compile, output: &CargoOutput) -> Vec<&'static str> {
    let is_missing = |(binary, target): &&(String, Target)| output.executables.get(binary, *target).is_none();
    let missing: BTreeSet<_> =
        compile.binaries.iter().filter(is_missing).map(|(_, target)| *target).collect();
    missing.into_iter().map(Target::triple).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_link_names_its_target() {
        let text = "PATH=\"/rust/lib/rustlib/aarch64-apple-darwin/bin\" rust-lld -o /a/target/x86_64-apple-darwin/release/deps/x";
        assert!(has_folder(text, "x86_64-apple-darwin") && !has_folder(text, "aarch64-apple-darwin"));
        assert!(has_folder("C:\\a\\x86_64-apple-darwin\\release", "x86_64-apple-darwin"));
        assert!(!has_folder("no x86_64-apple-darwin here", "x86_64-apple-darwin"));
    }
}
