//! The result for each program and target, in `compatibility/results.json`, so that a long run can be split into several.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use super::project::Project;
use super::report::{Cell, Report};
use super::runner::Task;
use super::status::{Status, Tried};
use super::{reason, runner};

pub(crate) struct Results {
    file: Utf8PathBuf,
    /// By program and target.
    pub tried: BTreeMap<String, BTreeMap<String, Tried>>,
}

impl Results {
    pub(crate) fn read(file: &Utf8Path) -> Result<Self> {
        let tried = match fs_err::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { file: file.to_owned(), tried })
    }

    /// A line for each failure among `names`.
    pub(crate) fn failures(&self, names: &[String]) -> Vec<String> {
        let tried = names.iter().filter_map(|name| Some((name, self.tried.get(name)?)));
        let cells =
            tried.flat_map(|(name, tried)| tried.iter().map(move |(target, it)| (name, target, &it.status)));
        let failed = cells.filter_map(|(name, target, status)| match status {
            Status::Fails { reason } => Some(format!("{name} for {target}: {reason}")),
            _ => None,
        });
        failed.collect()
    }

    pub(crate) fn write(&self) -> Result<()> {
        Ok(fs_err::write(&self.file, serde_json::to_vec_pretty(&self.tried)?)?)
    }

    /// Replaces the results of the cells that the report is about. Programs that can run on this machine are run.
    pub(crate) fn add(&mut self, project: &Project, report: &Report) -> Result<()> {
        for cell in &report.cells {
            let status = status(cell, project, report)?;
            eprintln!("{:22}{:28}{:10}{status:?}", cell.binary, cell.target, cell.linker);
            let tried = Tried { linker: cell.linker.clone(), status };
            self.tried.entry(cell.binary.clone()).or_default().insert(cell.target.clone(), tried);
        }
        Ok(())
    }
}

fn status(cell: &Cell, project: &Project, report: &Report) -> Result<Status> {
    if let Some(path) = &cell.path {
        return match cell.findings.as_slice() {
            [] => runner::run(&cell.target, path, &Task::default()),
            findings => Ok(Status::Fails { reason: findings.join("; ") }),
        };
    }
    let mut crates = project.crates(&format!("{}-program", cell.binary));
    crates.push(cell.binary.clone());
    Ok(Status::Fails { reason: reason::find(report, &crates, &cell.target) })
}
