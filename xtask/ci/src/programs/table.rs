//! The part of docs/compatibility.md about programs.

use std::fmt::Write as _;

use super::manifest::Manifest;
use super::results::Results;
use crate::compatibility::table::{COLUMNS, Failures, word};

const HEAD: &str = "\
## Programs

`cargo ci programs` builds these programs, which are published as crates, with their own lock files. **runs** means here that the
program has done a task, such as searching a file, and has printed the right result.

";

/// The part.
pub(crate) fn render(manifest: &Manifest, results: &Results) -> String {
    let mut text = HEAD.to_owned();
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(text, "| program | version | for | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|---|---|{}", "---|".repeat(COLUMNS.len()));
    let mut failures = Failures::default();
    for (name, program) in manifest {
        let Some(result) = results.get(name).filter(|result| result.version == program.version) else {
            continue;
        };
        let _ = write!(text, "| {name} | {} | {} |", program.version, program.what);
        for (column, target) in COLUMNS {
            let tried = result.tried.get(target);
            let _ = write!(text, " {} |", word(tried));
            failures.add(name, column, tried);
        }
        text.push('\n');
    }
    failures.write(&mut text, "### Failures of programs");
    text
}
