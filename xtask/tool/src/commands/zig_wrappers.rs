//! `zig-wrappers`, a hidden command: writes the wrappers around zig in a process of its own.

use anyhow::Result;
use camino::Utf8Path;

use crate::toolchain::zig_wrappers;
use sixfold_base::outcome::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target triples
    targets: Vec<String>,
    /// The targets for which C is compiled
    #[arg(long)]
    c: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let wrappers = zig_wrappers::write(folder, &self.targets, &self.c)?;
        println!("{}", serde_json::to_string(&wrappers)?);
        Ok(Outcome::Success)
    }
}
