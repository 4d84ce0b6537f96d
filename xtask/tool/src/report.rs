//! What went where: the matrix as a table, sizes, digests and the next command; the same in `target/dist/report.json`.

use std::fmt;

use anyhow::Result;
use serde::Serialize;

use crate::deliver::Delivered;
use crate::stage::{Stage, StagedCell};
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::program::TOOL;
use sixfold_base::terminal::size;
use sixfold_model::digest::Digest;
use sixfold_project::plan::{Delivery, Plan};

const FILE: &str = "report.json";

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub image: String,
    pub names: Vec<String>,
    pub cells: Vec<StagedCell>,
    pub delivery: Delivery,
    /// Of the image: its index, or the manifest where there is one platform.
    pub digest: Option<Digest>,
    pub archive: Option<String>,
    /// The archive's size in bytes.
    pub archive_size: Option<u64>,
    pub rustc: String,
    /// What the author does next.
    pub next: String,
}

impl Report {
    pub(crate) fn new(plan: &Plan, stage: &Stage, delivered: &Delivered) -> Self {
        Self {
            image: plan.image.clone(),
            names: plan.names.clone(),
            cells: stage.cells.clone(),
            delivery: plan.delivery.clone(),
            digest: delivered.digest.clone(),
            archive: delivered.archive.as_ref().map(|archive| archive.path.to_string()),
            archive_size: delivered.archive.as_ref().map(|archive| archive.size),
            rustc: plan.rustc.clone(),
            next: next(plan),
        }
    }

    pub(crate) fn write(&self, dist: &DistFolder) -> Result<()> {
        dist.write(FILE, &serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }
}

fn next(plan: &Plan) -> String {
    match plan.delivery {
        Delivery::Archive { .. } => format!("{TOOL} dist --push"),
        Delivery::Registry { .. } | Delivery::Engine => format!("docker extension install {}", plan.image),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n  {:13}{:32}{:>9}  {:14}verdict", "platform", "path", "size", "sha256")?;
        for cell in &self.cells {
            let planned = &cell.planned;
            let digest = cell.sha256.get(..12).unwrap_or_default();
            writeln!(
                f,
                "  {:13}{:32}{:>9}  {digest:14}{}",
                planned.platform,
                planned.path,
                size(cell.size),
                cell.verdict.as_str()
            )?;
        }
        writeln!(f)?;
        for name in &self.names {
            writeln!(f, "  image    {name}")?;
        }
        if let Some(digest) = &self.digest {
            writeln!(f, "  digest   {digest}")?;
        }
        if let (Some(archive), Some(bytes)) = (&self.archive, self.archive_size) {
            writeln!(f, "  archive  {archive} ({})", size(bytes))?;
        }
        write!(f, "  next     {}", self.next)
    }
}
