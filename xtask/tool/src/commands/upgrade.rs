//! `cargo xtask upgrade`: changes the project to another version of the tool.

use anyhow::Result;
use camino::Utf8Path;
use semver::Version;

use sixfold_base::files;
use sixfold_base::outcome::Outcome;
use sixfold_base::program::TOOL;
use sixfold_base::terminal;
use sixfold_inspect::check::find_root;

use super::check;
use crate::upgrade::{self, Pin, renamed};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version, also an older one [default: the newest]
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let root = find_root(folder)?;
        let pin = Pin::read(&root)?;
        upgrade::must_be_committed(&root)?;
        let current = pin.version();
        let version = pin.choose(self.to)?;
        if version == current {
            terminal::step("Current", format_args!("sixfold {current} is up to date"));
            return Ok(Outcome::Success);
        }
        let changelog = pin.change(&root, &version)?;
        terminal::step("Upgraded", format_args!("sixfold from {current} to {version}"));
        let news = upgrade::news(&changelog, &current, &version);
        if !news.is_empty() {
            terminal::line(format_args!("\n{news}\n"));
        }
        let is_fine = upgrade::migrate_with_new_version(&root)?;
        terminal::line("To undo this, run `git restore Cargo.toml Cargo.lock xtask/Cargo.toml`.");
        Ok(Outcome::problems_if(!is_fine))
    }
}

/// Renames keys in the configuration, and runs `check`.
pub(crate) fn migrate(folder: &Utf8Path) -> Result<Outcome> {
    let manifest = find_root(folder)?.join("Cargo.toml");
    let text = fs_err::read_to_string(&manifest)?;
    let (changed, names) = renamed(&text, upgrade::RENAMED);
    if !names.is_empty() {
        files::write(&manifest, changed.as_bytes())?;
        terminal::step("Renamed", format_args!("{} in Cargo.toml", names.join(", ")));
    }
    terminal::step("Checking", format_args!("the project, as `{TOOL} check` does"));
    check::Args::default().run(folder)
}
