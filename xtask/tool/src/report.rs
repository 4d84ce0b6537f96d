//! The report of a build: the matrix with sizes and digests, and the next command. The same is in
//! `target/dist/report.json`.

use std::fmt;

use anyhow::Result;
use serde::Serialize;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::program::TOOL;
use sixfold_base::terminal::size;
use sixfold_judge::lines_by_kind;
use sixfold_model::digest::Digest;
use sixfold_project::plan::{Delivery, Plan};

use crate::deliver::Delivered;
use crate::stage::{Stage, StagedCell};

const FILE: &str = "report.json";

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub image: String,
    pub names: Vec<String>,
    pub cells: Vec<StagedCell>,
    pub delivery: Delivery,
    /// The digest of the index, or of the manifest if there is one platform.
    pub digest: Option<Digest>,
    pub archive: Option<String>,
    /// The size of the archive, in bytes.
    pub archive_size: Option<u64>,
    /// The folder with cells for another machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// `None` when cargo built nothing.
    pub rustc: Option<String>,
    /// The command that the author runs next.
    pub next: String,
}

impl Report {
    pub(crate) fn new(plan: &Plan, stage: &Stage, delivered: &Delivered) -> Self {
        let folder = matches!(plan.delivery, Delivery::Cells { .. }).then(|| stage.dir.to_string());
        Self {
            image: plan.image.name().to_owned(),
            names: if folder.is_none() { plan.image.names.clone() } else { vec![] },
            cells: stage.cells.clone(),
            delivery: plan.delivery.clone(),
            digest: delivered.digest.clone(),
            archive: delivered.archive.as_ref().map(|archive| archive.path.to_string()),
            archive_size: delivered.archive.as_ref().map(|archive| archive.size),
            rustc: plan.toolchain.as_ref().map(|toolchain| toolchain.rustc.clone()),
            next: next(&plan.delivery, plan.image.name(), stage),
            folder,
        }
    }

    /// What was made: the folder with cells, or else the image.
    pub(crate) fn name(&self) -> &str {
        self.folder.as_ref().unwrap_or(&self.image)
    }

    pub(crate) fn write(&self, dist: &DistFolder) -> Result<()> {
        dist.write(FILE, &serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }
}

fn next(delivery: &Delivery, image: &str, stage: &Stage) -> String {
    match delivery {
        Delivery::Archive { .. } => format!("{TOOL} dist --push"),
        Delivery::Cells { .. } => {
            format!("copy {} to another machine, and run {TOOL} dist --from DIR there", stage.dir)
        }
        Delivery::Registry { .. } | Delivery::Engine => format!("docker extension install {image}"),
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
        let cells = self.cells.iter();
        let signed = cells.map(|cell| (&cell.planned.path, cell.planned.platform, cell.signature.as_ref()));
        for (index, line) in lines_by_kind(signed).iter().enumerate() {
            writeln!(f, "{}  {line}", if index == 0 { "\n" } else { "" })?;
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
