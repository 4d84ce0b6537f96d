//! docs/compatibility.md.

use std::fmt::Write as _;

use super::manifest::Manifest;
use super::project::Project;
use super::results::{Fate, Results};

const COLUMNS: [(&str, &str); 6] = [
    ("macOS Intel", "x86_64-apple-darwin"),
    ("macOS Arm", "aarch64-apple-darwin"),
    ("Windows Intel", "x86_64-pc-windows-gnullvm"),
    ("Windows Arm", "aarch64-pc-windows-gnullvm"),
    ("Linux Intel", "x86_64-unknown-linux-musl"),
    ("Linux Arm", "aarch64-unknown-linux-musl"),
];

const HEAD: &str = "\
# Crates that link

Written by `cargo ci compatibility`; do not edit. Each crate was built into a small program that uses it, for all six
targets, on a Linux machine without an Apple SDK, Visual Studio or mingw, by the code that `cargo xtask dist` runs.
Versions are exact; `xtask/ci/compatibility/` holds the programs and the lock file.

- **runs**: built, judged sound, and run here.
- **links**: built and judged sound: right machine, signature where one is needed, only libraries that every supported
  host has. There is nothing here that could run it.
- **fails**: the reason stands below the table.

";

/// The page.
pub fn render(manifest: &Manifest, project: &Project, results: &Results) -> String {
    let mut text = HEAD.to_owned();
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(text, "| crate | version | for | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|---|---|{}", "---|".repeat(COLUMNS.len()));
    let mut reasons: Vec<(String, Vec<&str>, &str)> = Vec::new();
    for (name, entry) in &manifest.entries {
        let Some(fates) = results.fates.get(name) else { continue };
        let subject = entry.subject(name);
        let version = project.version(&format!("{name}-program"), subject).unwrap_or_default();
        let shown = if subject == name { name.clone() } else { format!("{name} ({subject})") };
        let _ = write!(text, "| {shown} | {version} | {} |", entry.what);
        for (column, target) in COLUMNS {
            let _ = write!(text, " {} |", word(fates.get(target)));
            if let Some(Fate::Fails { reason }) = fates.get(target) {
                match reasons.iter_mut().find(|(of, _, why)| of == name && why == reason) {
                    Some((_, columns, _)) => columns.push(column),
                    None => reasons.push((name.clone(), vec![column], reason)),
                }
            }
        }
        text.push('\n');
    }
    if !reasons.is_empty() {
        text.push_str("\n## What fails, and why\n\n");
        for (name, columns, reason) in reasons {
            let _ = writeln!(text, "- **{name}**, {}: `{}`", columns.join(", "), reason.replace('`', "'"));
        }
    }
    text
}

fn word(fate: Option<&Fate>) -> &'static str {
    match fate {
        Some(Fate::Runs { .. }) => "runs",
        Some(Fate::Links) => "links",
        Some(Fate::Fails { .. }) => "**fails**",
        None => "not tried",
    }
}
