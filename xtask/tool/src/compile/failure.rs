//! Explains a failed build after cargo's own messages: which targets failed, and which symbols and libraries are missing.

use std::collections::BTreeSet;

use anyhow::{Error, anyhow};

use sixfold_base::disk;
use sixfold_model::matrix::Target;
use sixfold_project::plan::Compile;
use sixfold_stubs::missing::missing;

use super::cargo_output::CargoOutput;

pub(super) fn explain(compile: &Compile, output: &CargoOutput) -> Error {
    if !output.started {
        return anyhow!("cargo stopped before it compiled anything; its messages are above");
    }
    let missing_binaries = missing_targets(compile, output);
    let (failed, cancelled): (Vec<_>, Vec<_>) =
        missing_binaries.iter().partition(|target| output.failed.contains(target));
    let mut text = if failed.is_empty() {
        format!("cannot compile: cargo made no binary for {}", names(&cancelled))
    } else {
        format!("cannot compile for {}", names(&failed))
    };
    text.push_str("; cargo's messages are above");
    if !failed.is_empty() && !cancelled.is_empty() {
        text.push_str(&format!("\n  cargo then stopped, so these were not finished: {}", names(&cancelled)));
    }
    let symbols =
        output.errors.iter().flat_map(|error| missing(&error.text)).map(|missing| missing.to_string());
    let libraries =
        output.errors.iter().flat_map(|error| output.executables.libraries.explain_missing(&error.text));
    for line in symbols.chain(libraries).chain(missing_openssl(output)).collect::<BTreeSet<_>>() {
        text.push_str(&format!("\n  {line}"));
    }
    output.errors.iter().fold(anyhow!(text), |error, compile_error| disk::after(error, &compile_error.text))
}

/// The build script of openssl-sys only says that it cannot find a library, and how to install one on this machine. It fails for
/// other reasons if it builds OpenSSL, or if the author says where it is.
fn missing_openssl(output: &CargoOutput) -> Option<String> {
    let is_set = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .any(|name| name.ends_with("OPENSSL_DIR") || name.ends_with("OPENSSL_LIB_DIR"));
    let failed = output.failed_scripts.iter().any(|script| script.package == "openssl-sys");
    (failed && !output.vendors_openssl && !is_set).then(|| {
        "openssl-sys finds no OpenSSL for this target: enable the feature `vendored` of openssl or native-tls, which builds it \
         from source, or use rustls"
            .to_owned()
    })
}

/// The targets that lack a binary. Cargo stops at the first error, so not every one of them needs to have an error.
fn missing_targets(compile: &Compile, output: &CargoOutput) -> BTreeSet<Target> {
    let is_missing = |(binary, target): &&(String, Target)| output.executables.get(binary, *target).is_none();
    compile.binaries.iter().filter(is_missing).map(|(_, target)| *target).collect()
}

fn names(targets: &[&Target]) -> String {
    targets.iter().map(|target| target.triple()).collect::<Vec<_>>().join(", ")
}
