//! The report as Markdown, for the summary page of a CI run.

use std::fmt::Write as _;

use serde::Serialize;

use crate::inspection::Inspection;
use crate::inspection::desktops::reasons;
use crate::inspection::host_binaries::CellReport;
use sixfold_base::terminal::size;
use sixfold_model::finding::render::{escape, markdown};

pub(super) fn render(inspection: &Inspection) -> String {
    let mut out = format!("### {}\n\n", escape(&inspection.what));
    let sizes: Vec<_> =
        inspection.sizes.iter().map(|of| format!("{} {}", of.platform, size(of.bytes))).collect();
    // Writing into a string cannot fail, here and below.
    let _ = writeln!(out, "Unpacked: {}\n", sizes.join(", "));
    if !inspection.cells.is_empty() {
        out.push_str("| path | host | image | file | verdict |\n|---|---|---|---|---|\n");
    }
    inspection.cells.iter().map(row).for_each(|row| out.push_str(&row));
    let lists = [
        ("Signatures", inspection.code_signatures()),
        ("Crates", inspection.crates()),
        ("Attached", inspection.attached()),
        ("Who cannot install it", reasons(&inspection.desktops)),
    ];
    for (title, lines) in lists.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(out, "\n{title}:\n");
        lines.iter().for_each(|line| out.push_str(&format!("- {}\n", escape(line))));
    }
    let problems = markdown(inspection.problems());
    let notes = markdown(inspection.notes());
    let _ = if problems.is_empty() {
        writeln!(out, "\nNo problems found.")
    } else {
        writeln!(out, "\nProblems:\n\n{}", problems.trim_end())
    };
    if !notes.is_empty() {
        let _ = writeln!(out, "\nNotes:\n\n{}", notes.trim_end());
    }
    out
}

fn row(cell: &CellReport) -> String {
    let file: Vec<_> = [word(cell.format), word(cell.arch)].into_iter().flatten().collect();
    let mark = if cell.verdict.is_good() { "✅" } else { "❌" };
    format!(
        "| {} | {} | {} | {} | {mark} {} |\n",
        escape(cell.path.as_str()),
        cell.os,
        cell.platform,
        file.join(" "),
        cell.verdict.as_str()
    )
}

/// The name of a value in JSON.
fn word(value: Option<impl Serialize>) -> Option<String> {
    Some(serde_json::to_value(value?).ok()?.as_str()?.to_owned())
}
