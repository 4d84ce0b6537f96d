//! `cargo xtask upgrade`: changes the project to another version of the tool.

use anyhow::Result;
use camino::Utf8Path;
use semver::Version;

use sixfold_base::files;
use sixfold_base::outcome::Outcome;
use sixfold_base::program::TOOL;
use sixfold_base::{process, terminal};
use sixfold_inspect::check::find_root;
use sixfold_model::config_file::ConfigFile;

use super::check;
use crate::upgrade::{self, Pinned, renamed};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version, also an older one [default: the newest]
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let root = find_root(folder)?;
        let pinned = Pinned::read(&root)?;
        pinned.must_be_committed(&root)?;
        let current = pinned.version();
        let version = pinned.choose(self.to)?;
        if version == current {
            terminal::step("Current", format_args!("sixfold {current} is up to date"));
            return Ok(Outcome::Success);
        }
        let mut new = pinned.change(&root, &version)?;
        terminal::step("Upgraded", format_args!("sixfold from {current} to {version}"));
        new.args(["migrate", "--from", &current.to_string(), "--to", &version.to_string()])
            .current_dir(&root);
        let is_fine = process::show_status(new, "run the new version")?.success();
        terminal::line(format_args!("To undo this, run `git restore {}`.", pinned.changed().join(" ")));
        Ok(Outcome::problems_if(!is_fine))
    }
}

/// Shows what is new, renames keys in the configuration, and runs `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {
    /// The version that the project had
    #[arg(long)]
    from: Version,
    /// The version that it has now
    #[arg(long)]
    to: Version,
}

impl Migrate {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let news = upgrade::news(include_str!("../../CHANGELOG.md"), &self.from, &self.to);
        if !news.is_empty() {
            terminal::line(format_args!("\n{news}\n"));
        }
        let root = find_root(folder)?;
        let file = ConfigFile::in_folder(&root)?.unwrap_or_default();
        let manifest = root.join(file.name());
        let text = fs_err::read_to_string(&manifest)?;
        let (changed, names) = renamed(file, &text, upgrade::RENAMED);
        if !names.is_empty() {
            files::write(&manifest, changed.as_bytes())?;
            terminal::step("Renamed", format_args!("{} in {}", names.join(", "), file.name()));
        }
        terminal::step("Checking", format_args!("the project, as `{TOOL} check` does"));
        check::Args::default().run(folder)
    }
}
