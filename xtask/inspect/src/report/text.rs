//! The report as text of at most 80 columns: the matrix, then the findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;

use crate::inspection::Inspection;
use crate::inspection::desktops::{Desktop, Install, reasons};
use crate::inspection::host_binaries::CellReport;
use sixfold_base::terminal::size;
use sixfold_judge::{Verdict, host_name};
use sixfold_model::finding::render::{BAD, DIM, GOOD, WARN, WIDTH, printable, text, wrap};
use sixfold_model::matrix::{Arch, HostOs, ImagePath, Platform, RunsOn};

/// The width of a verdict: `not-executable` and a gap.
const VERDICT: usize = 16;
/// The width of an operating system: `windows` and a gap.
const OS: usize = 9;

/// The width of a desktop's name, of an answer, and of both answers for an operating system, with gaps.
const DESKTOP: usize = 18;
const ANSWER: usize = 9;
const ANSWERS: usize = 20;

/// The colour of a verdict.
const fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Native | Verdict::Script => GOOD,
        Verdict::Emulated => WARN,
        _ => BAD,
    }
}

pub(super) fn render(inspection: &Inspection) -> String {
    let mut text = String::new();
    for line in lines(inspection).lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn lines(inspection: &Inspection) -> String {
    let mut out = format!("{}\n", printable(&inspection.what));
    for size_of in &inspection.sizes {
        // Writing into a string cannot fail, here and below.
        let _ = writeln!(out, "{DIM}{}: {} unpacked{DIM:#}", size_of.platform, size(size_of.bytes));
    }
    out.push('\n');
    matrix(&mut out, &inspection.cells);
    list(&mut out, inspection.code_signatures());
    list(&mut out, inspection.crates());
    list(&mut out, inspection.attached());
    installs(&mut out, &inspection.desktops);
    let (problems, notes): (Vec<_>, Vec<_>) = (inspection.problems().collect(), inspection.notes().collect());
    if !notes.is_empty() {
        let _ = writeln!(out, "\n{}", text(notes).trim_end());
    }
    match problems.len() {
        0 => {
            let _ = writeln!(out, "\n{GOOD}No problems found.{GOOD:#}");
        }
        count => {
            let s = if count == 1 { "" } else { "s" };
            let _ = writeln!(out, "\n{}\n\n{BAD}{count} problem{s} found.{BAD:#}", text(problems).trim_end());
        }
    }
    out
}

/// A row for each path and operating system, a column for each platform.
fn matrix(out: &mut String, cells: &[CellReport]) {
    if cells.is_empty() {
        out.push_str("metadata.json lists no files for hosts.\n");
        return;
    }
    let mut rows: BTreeMap<(&ImagePath, RunsOn), BTreeMap<Platform, Verdict>> = BTreeMap::new();
    for cell in cells {
        rows.entry((&cell.path, cell.os)).or_default().insert(cell.platform, cell.verdict);
    }
    let room = WIDTH - OS - VERDICT * 2;
    let width =
        rows.keys().map(|(path, _)| path.as_str().chars().count()).max().unwrap_or(0).clamp(4, room - 2);
    let _ =
        writeln!(out, "{DIM}{:OS$}{:width$}  {:VERDICT$}arm64 image{DIM:#}", "host", "path", "amd64 image");
    for ((path, os), verdicts) in rows {
        let _ = write!(out, "{os:OS$}{:width$}  ", shorten(&printable(path.as_str()), width));
        for platform in Platform::ALL {
            match verdicts.get(&platform) {
                Some(verdict) => {
                    let style = style(*verdict);
                    out.push_str(&padded(style, verdict.as_str(), VERDICT));
                }
                None => {
                    out.push_str(&padded(DIM, "-", VERDICT));
                }
            }
        }
        out.push('\n');
    }
}

/// What the files have: signatures, lists of crates, and what is attached to the image.
fn list(out: &mut String, lines: Vec<String>) {
    for (index, line) in lines.into_iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { "" });
        out.push_str(&wrap(&printable(&line), ""));
    }
}

/// A row for each desktop, a column for each kind of host, and the reasons below.
fn installs(out: &mut String, desktops: &[Install]) {
    out.push('\n');
    out.push_str(&padded(DIM, "installs on", DESKTOP));
    for os in HostOs::ALL {
        out.push_str(&padded(DIM, host_name(os), ANSWERS));
    }
    out.push('\n');
    out.push_str(&padded(DIM, "", DESKTOP));
    for (_, platform) in hosts() {
        out.push_str(&padded(DIM, platform.arch().as_str(), answer_width(platform)));
    }
    out.push('\n');
    for desktop in Desktop::ALL {
        let _ = write!(out, "{:DESKTOP$}", desktop.name());
        for (os, platform) in hosts() {
            let same = |install: &&Install| {
                (install.desktop, install.os, install.platform) == (desktop, os, platform)
            };
            let (style, answer) = match desktops.iter().find(same).and_then(|install| install.installs) {
                Some(true) => (GOOD, "yes"),
                Some(false) => (BAD, "no"),
                None => (WARN, "unclear"),
            };
            out.push_str(&padded(style, answer, answer_width(platform)));
        }
        out.push('\n');
    }
    for reason in reasons(desktops) {
        out.push_str(&wrap(&printable(&reason), "  "));
    }
}

/// The column widths: the two answers for an operating system are close to each other.
fn answer_width(platform: Platform) -> usize {
    if platform.arch() == Arch::Amd64 { ANSWER } else { ANSWERS - ANSWER }
}

/// Coloured text, padded to the width with spaces that have no colour.
fn padded(style: Style, text: &str, width: usize) -> String {
    format!("{style}{text}{style:#}{:1$}", "", width.saturating_sub(text.chars().count()))
}

fn hosts() -> impl Iterator<Item = (HostOs, Platform)> {
    HostOs::ALL.into_iter().flat_map(|os| Platform::ALL.map(|platform| (os, platform)))
}

/// Shortens a path at its start, because the end is more specific.
fn shorten(path: &str, width: usize) -> String {
    let count = path.chars().count();
    if count > width {
        format!("…{}", path.chars().skip(count - width + 1).collect::<String>())
    } else {
        path.to_owned()
    }
}
