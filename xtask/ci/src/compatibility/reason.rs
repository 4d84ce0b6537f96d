//! Finds out why a program was not built, from what compilers, linkers and build scripts said.

use super::report::{Diagnostic, Report};

/// The failed build scripts in cargo's output, which is the only place where cargo reports them.
pub(crate) fn build_scripts(log: &str) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("failed to run custom build command for `") {
            let package = rest.split([' ', '`']).next().unwrap_or_default().to_owned();
            found.push(Diagnostic { package, text: String::new() });
            inside = true;
        } else if line.starts_with("error:") || line.starts_with("warning: build failed") {
            inside = false;
        } else if inside && let Some(diagnostic) = found.last_mut() {
            diagnostic.text.push_str(line);
            diagnostic.text.push('\n');
        }
    }
    found
}

/// The line that explains why the program made of `crates` was not built for `target`.
pub(crate) fn find(report: &Report, crates: &[String], target: &str) -> String {
    let is_ours = |error: &&Diagnostic| {
        crates.iter().any(|name| name.replace('-', "_") == error.package.replace('-', "_"))
    };
    let ours: Vec<_> = report.errors.iter().filter(is_ours).collect();
    let exact = ours.iter().find(|error| error.text.contains(target));
    // A compile error does not mention its target.
    let mentions_a_target =
        |error: &&&Diagnostic| report.cells.iter().any(|cell| error.text.contains(&cell.target));
    let general = || ours.iter().find(|error| !mentions_a_target(error));
    match exact.or_else(general) {
        Some(error) => format!("{}: {}", error.package, key_line(&error.text)),
        None => "not built, without an error message".to_owned(),
    }
}

/// The first line that says what is wrong.
fn key_line(text: &str) -> String {
    const KEYWORDS: [&str; 7] = [
        "undefined symbol:",
        "framework not found",
        "library not found",
        "unable to find library",
        "fatal error:",
        "error:",
        "panicked at",
    ];
    let line = |word: &&'static str| {
        let at = text.lines().position(|line| line.contains(*word))?;
        Some((*word, at))
    };
    let lines: Vec<_> = text.lines().collect();
    let line = match KEYWORDS.iter().find_map(line) {
        // The message of a panic is on the line after its location.
        Some(("panicked at", at)) => lines.get(at + 1).copied().unwrap_or_default(),
        Some((_, at)) => lines[at],
        None => lines.first().copied().unwrap_or_default(),
    };
    let line = line.trim().trim_start_matches("= note: ").trim_start_matches("cargo:warning=");
    without_registry_folder(line).chars().take(200).collect()
}

/// Shortens the path of a file in a crate so that it begins with the folder of the crate: where this machine keeps its
/// crates is not interesting.
fn without_registry_folder(line: &str) -> String {
    let word = |word: &str| match word.split_once("/registry/src/") {
        Some((_, path)) => path.split_once('/').map_or(path, |(_, rest)| rest).to_owned(),
        None => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compatibility::report::Cell;

    const LOG: &str = "\
   Compiling x v1.0.0
error: failed to run custom build command for `mac-sys v0.6.12`

Caused by:
  process didn't exit successfully: `/t/build-script-build` (exit status: 1)
  --- stdout
  TARGET = Some(aarch64-apple-darwin)
  cargo:warning=objc/notify.h:1:9: fatal error: 'Foundation/Foundation.h' file not found
warning: build failed, waiting for other jobs to finish...
error: failed to run custom build command for `other v1.0.0`
";

    /// With a cell for each target that the tests mention.
    fn report(errors: Vec<Diagnostic>) -> Report {
        let cell = |target: &str| Cell {
            binary: "app".to_owned(),
            target: target.to_owned(),
            linker: "rust-lld".to_owned(),
            path: None,
            findings: Vec::new(),
        };
        Report { cells: ["aarch64-apple-darwin", "x86_64-apple-darwin"].map(cell).into(), errors }
    }

    #[test]
    fn a_build_script_explains_only_its_own_target() {
        let report = report(build_scripts(LOG));
        let crates = ["notifier".to_owned(), "mac-sys".to_owned()];
        let reason = find(&report, &crates, "aarch64-apple-darwin");
        assert_eq!(
            reason,
            "mac-sys: objc/notify.h:1:9: fatal error: 'Foundation/Foundation.h' file not found"
        );
        assert!(find(&report, &crates, "x86_64-apple-darwin").contains("without an error message"));
    }

    #[test]
    fn the_path_of_a_file_begins_with_its_crate() {
        let line =
            key_line("/home/me/.cargo/registry/src/host-1/x-sys-1.0.0/a.c:1:1: fatal error: 'b.h' not found");
        assert_eq!(line, "x-sys-1.0.0/a.c:1:1: fatal error: 'b.h' not found");
    }

    #[test]
    fn a_linker_error_is_quoted_with_its_symbol() {
        let text = "linking with `rust-lld` failed\nrust-lld: error: undefined symbol: _x\n>>> /t/aarch64-apple-darwin/y";
        let report = report(vec![Diagnostic { package: "app".to_owned(), text: text.to_owned() }]);
        let reason = find(&report, &["app".to_owned()], "aarch64-apple-darwin");
        assert_eq!(reason, "app: rust-lld: error: undefined symbol: _x");
    }
}
