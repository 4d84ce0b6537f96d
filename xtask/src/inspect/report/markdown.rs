//! An inspection as Markdown, for the summary page of a CI run.

use std::fmt::Write as _;

use crate::finding::render::{escape, markdown};
use crate::inspect::Inspection;
use crate::inspect::desktops::reasons;
use crate::terminal::size;

pub fn render(inspection: &Inspection) -> String {
    let mut out = format!("### {}\n\n", escape(&inspection.what));
    let sizes: Vec<_> =
        inspection.sizes.iter().map(|of| format!("{} {}", of.platform, size(of.bytes))).collect();
    // Writing into a string cannot fail, here and below.
    let _ = writeln!(out, "Unpacked: {}\n", sizes.join(", "));
    if !inspection.cells.is_empty() {
        out.push_str("| path | host | image | file | verdict |\n|---|---|---|---|---|\n");
    }
    for cell in &inspection.cells {
        let json =
            |value: Option<serde_json::Value>| value.and_then(|value| Some(value.as_str()?.to_owned()));
        let format = json(cell.format.and_then(|format| serde_json::to_value(format).ok()));
        let arch = json(cell.arch.and_then(|arch| serde_json::to_value(arch).ok()));
        let file = [format, arch].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let mark = if cell.verdict.is_good() { "✅" } else { "❌" };
        let path = escape(cell.path.as_str());
        let _ = writeln!(
            out,
            "| {path} | {} | {} | {file} | {mark} {} |",
            cell.os,
            cell.platform,
            cell.verdict.as_str()
        );
    }
    let reasons = reasons(&inspection.desktops);
    if !reasons.is_empty() {
        out.push_str("\nWho cannot install it:\n\n");
    }
    for reason in reasons {
        let _ = writeln!(out, "- {}", escape(&reason));
    }
    let problems = markdown(inspection.problems());
    let notes = markdown(inspection.notes());
    let _ = match problems.is_empty() {
        true => writeln!(out, "\nNo problems found."),
        false => writeln!(out, "\nWhat is wrong:\n\n{}", problems.trim_end()),
    };
    if !notes.is_empty() {
        let _ = writeln!(out, "\nWorth knowing:\n\n{}", notes.trim_end());
    }
    out
}
