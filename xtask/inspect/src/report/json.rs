//! `inspect --format json`. Scripts rely on the fields: they keep their names and types, but new ones may be added.

use anyhow::Result;
use serde::Serialize;

use crate::inspection::attestations::Attested;
use crate::inspection::desktops::Install;
use crate::inspection::host_binaries::CellReport;
use crate::inspection::{Inspection, Size};
use sixfold_judge::{FileArch, Format, Signature, Verdict};
use sixfold_model::finding::Finding;
use sixfold_model::matrix::{ImagePath, Platform, RunsOn};
use sixfold_model::signatures::Signatures;

#[derive(Serialize)]
struct Report<'a> {
    image: &'a str,
    platforms: &'a [Platform],
    cells: Vec<Cell<'a>>,
    problems: Vec<&'a Finding>,
    notes: Vec<&'a Finding>,
    sizes: &'a [Size],
    desktops: &'a [Install],
    attestations: &'a [Attested],
    #[serde(skip_serializing_if = "Option::is_none")]
    signatures: Option<&'a Signatures>,
}

#[derive(Serialize)]
struct Cell<'a> {
    path: &'a ImagePath,
    os: RunsOn,
    platform: Platform,
    format: Option<Format>,
    arch: Option<FileArch>,
    verdict: Verdict,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    /// In bytes.
    size: Option<u64>,
    /// Permission bits in octal, as `0755`.
    mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a Signature>,
    /// How many crates it lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    crates: Option<usize>,
    /// Why its list cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    crates_error: Option<&'a str>,
}

impl<'a> From<&'a CellReport> for Cell<'a> {
    fn from(cell: &'a CellReport) -> Self {
        Self {
            path: &cell.path,
            os: cell.os,
            platform: cell.platform,
            format: cell.format,
            arch: cell.arch,
            verdict: cell.verdict,
            reason: &cell.reason,
            size: cell.size,
            mode: cell.mode.map(|mode| format!("{mode:04o}")),
            signature: cell.signature.as_ref(),
            crates: cell.crates.as_ref().and_then(|crates| crates.as_ref().ok()).copied(),
            crates_error: cell.crates.as_ref().and_then(|crates| crates.as_ref().err()).map(String::as_str),
        }
    }
}

pub(super) fn render(inspection: &Inspection) -> Result<String> {
    let report = Report {
        image: &inspection.what,
        platforms: &inspection.platforms,
        cells: inspection.cells.iter().map(Cell::from).collect(),
        problems: inspection.problems().collect(),
        notes: inspection.notes().collect(),
        sizes: &inspection.sizes,
        desktops: &inspection.desktops,
        attestations: &inspection.attested,
        signatures: inspection.signatures.as_ref(),
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}
