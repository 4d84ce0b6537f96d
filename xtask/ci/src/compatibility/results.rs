//! The result for each program and target, kept between runs, so that a long run can be split into several.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use super::project::Project;
use super::report::{Cell, Report};
use super::status::Status;
use super::{reason, runner};

pub(crate) struct Results {
    file: Utf8PathBuf,
    /// By program and target.
    pub statuses: BTreeMap<String, BTreeMap<String, Status>>,
}

impl Results {
    pub(crate) fn read(file: &Utf8Path) -> Result<Self> {
        let statuses = match fs_err::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { file: file.to_owned(), statuses })
    }

    /// A line for each failure among `names`.
    pub(crate) fn failures(&self, names: &[String]) -> Vec<String> {
        let tried = names.iter().filter_map(|name| Some((name, self.statuses.get(name)?)));
        let cells = tried
            .flat_map(|(name, statuses)| statuses.iter().map(move |(target, status)| (name, target, status)));
        let failed = cells.filter_map(|(name, target, status)| match status {
            Status::Fails { reason } => Some(format!("{name} for {target}: {reason}")),
            _ => None,
        });
        failed.collect()
    }

    pub(crate) fn write(&self) -> Result<()> {
        Ok(fs_err::write(&self.file, serde_json::to_vec_pretty(&self.statuses)?)?)
    }

    /// Replaces the results for `names`. Programs that can run on this machine are run.
    pub(crate) fn add(&mut self, names: &[String], project: &Project, report: &Report) -> Result<()> {
        names.iter().for_each(|name| drop(self.statuses.remove(name)));
        for cell in &report.cells {
            let status = status(cell, project, report)?;
            eprintln!("{:22}{:28}{status:?}", cell.binary, cell.target);
            self.statuses.entry(cell.binary.clone()).or_default().insert(cell.target.clone(), status);
        }
        Ok(())
    }
}

fn status(cell: &Cell, project: &Project, report: &Report) -> Result<Status> {
    if let Some(path) = &cell.path {
        return match cell.findings.as_slice() {
            [] => runner::run(&cell.target, path),
            findings => Ok(Status::Fails { reason: findings.join("; ") }),
        };
    }
    let mut crates = project.crates(&format!("{}-program", cell.binary));
    crates.push(cell.binary.clone());
    Ok(Status::Fails { reason: reason::find(report, &crates, &cell.target) })
}
