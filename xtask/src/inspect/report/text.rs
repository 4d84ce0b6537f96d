//! An inspection as text of at most 80 columns: the matrix, then the findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;

use crate::finding::render::{BAD, DIM, GOOD, WARN, WIDTH, printable, text, wrap};
use crate::inspect::Inspection;
use crate::inspect::cells::CellReport;
use crate::inspect::desktops::{Desktop, Install, reasons};
use crate::judge::{Verdict, host_name};
use crate::matrix::{Arch, HostOs, ImagePath, Platform};
use crate::terminal::size;

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

pub fn render(inspection: &Inspection) -> String {
    let mut out = format!("{}\n", printable(&inspection.what));
    for size_of in &inspection.sizes {
        // Writing into a string cannot fail, here and below.
        let _ = writeln!(out, "{DIM}{}: {} unpacked{DIM:#}", size_of.platform, size(size_of.bytes));
    }
    out.push('\n');
    matrix(&mut out, &inspection.cells);
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
        out.push_str("No files for hosts are listed.\n");
        return;
    }
    let mut rows: BTreeMap<(&ImagePath, HostOs), BTreeMap<Platform, Verdict>> = BTreeMap::new();
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
                    let _ = write!(out, "{style}{:VERDICT$}{style:#}", verdict.as_str());
                }
                None => {
                    let _ = write!(out, "{DIM}{:VERDICT$}{DIM:#}", "-");
                }
            }
        }
        out.push('\n');
    }
}

/// A row for each desktop, a column for each kind of host, and below them why not.
fn installs(out: &mut String, desktops: &[Install]) {
    let _ = write!(out, "\n{DIM}{:DESKTOP$}", "installs on");
    for os in HostOs::ALL {
        let _ = write!(out, "{:ANSWERS$}", host_name(os));
    }
    let _ = write!(out, "{DIM:#}\n{DIM}{:DESKTOP$}", "");
    for _ in HostOs::ALL {
        let _ = write!(out, "{:ANSWER$}{:REST$}", Arch::Amd64, Arch::Arm64, REST = ANSWERS - ANSWER);
    }
    let _ = writeln!(out, "{DIM:#}");
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
            let width = if platform.arch() == Arch::Amd64 { ANSWER } else { ANSWERS - ANSWER };
            let _ = write!(out, "{style}{answer:width$}{style:#}");
        }
        out.push('\n');
    }
    for reason in reasons(desktops) {
        out.push_str(&wrap(&printable(&reason), "  "));
    }
}

fn hosts() -> impl Iterator<Item = (HostOs, Platform)> {
    HostOs::ALL.into_iter().flat_map(|os| Platform::ALL.map(|platform| (os, platform)))
}

/// The end of a path says more than its start.
fn shorten(path: &str, width: usize) -> String {
    let count = path.chars().count();
    match count > width {
        true => format!("…{}", path.chars().skip(count - width + 1).collect::<String>()),
        false => path.to_owned(),
    }
}
