//! What became of each program for each target, kept between runs, so that a long run can be made in pieces.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::project::Project;
use super::{reason, runner};

/// What the tool prints.
#[derive(Deserialize)]
pub struct Outcome {
    pub cells: Vec<Cell>,
    pub errors: Vec<Said>,
}

#[derive(Deserialize)]
pub struct Cell {
    pub binary: String,
    pub target: String,
    pub path: Option<Utf8PathBuf>,
    pub findings: Vec<String>,
}

#[derive(Deserialize)]
pub struct Said {
    pub package: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum Fate {
    /// Linked and judged sound; nothing here can run it.
    Links,
    /// And run, by this.
    Runs {
        by: String,
    },
    Fails {
        reason: String,
    },
}

pub struct Results {
    file: Utf8PathBuf,
    /// By name and target.
    pub fates: BTreeMap<String, BTreeMap<String, Fate>>,
}

impl Results {
    pub fn read(file: &Utf8Path) -> Result<Self> {
        let fates = match fs_err::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { file: file.to_owned(), fates })
    }

    /// A line for each failed cell of `names`.
    pub fn failures(&self, names: &[String]) -> Vec<String> {
        let tried = names.iter().filter_map(|name| Some((name, self.fates.get(name)?)));
        let cells =
            tried.flat_map(|(name, fates)| fates.iter().map(move |(target, fate)| (name, target, fate)));
        let failed = cells.filter_map(|(name, target, fate)| match fate {
            Fate::Fails { reason } => Some(format!("{name} for {target}: {reason}")),
            _ => None,
        });
        failed.collect()
    }

    pub fn write(&self) -> Result<()> {
        Ok(fs_err::write(&self.file, serde_json::to_vec_pretty(&self.fates)?)?)
    }

    /// Adds what became of `names`, running what can be run.
    pub fn add(&mut self, names: &[String], project: &Project, outcome: Outcome) -> Result<()> {
        let mut targets: Vec<_> = outcome.cells.iter().map(|cell| cell.target.clone()).collect();
        targets.sort();
        targets.dedup();
        names.iter().for_each(|name| drop(self.fates.remove(name)));
        for cell in &outcome.cells {
            let fate = match &cell.path {
                Some(_) if !cell.findings.is_empty() => Fate::Fails { reason: cell.findings.join("; ") },
                Some(path) => runner::run(&cell.target, path)?,
                None => {
                    let crates =
                        [project.crates(&format!("{}-program", cell.binary)), vec![cell.binary.clone()]]
                            .concat();
                    Fate::Fails { reason: reason::of(&outcome.errors, &crates, &cell.target, &targets) }
                }
            };
            eprintln!("{:22}{:28}{fate:?}", cell.binary, cell.target);
            self.fates.entry(cell.binary.clone()).or_default().insert(cell.target.clone(), fate);
        }
        Ok(())
    }
}
