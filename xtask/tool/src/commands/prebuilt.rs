//! `cargo xtask prebuilt`: lists the configured prebuilt binaries, and updates their digests and versions.

use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};
use camino::Utf8Path;

use sixfold_base::cache;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_inspect::check::find_root;
use sixfold_model::config;
use sixfold_model::config::Config;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::{Platform, Target};
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::secrets::shown;
use sixfold_model::prebuilt::template::Word;
use sixfold_model::prebuilt::{Given, Prebuilt, Supply};
use sixfold_project::prebuilt::fetch_program as fetch;
use sixfold_project::prebuilt::protocol::cached;

const NONE: &str = "no prebuilt binary is configured\nhelp: docs/prebuilt.md describes how to add one";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show versions, sizes and cache state
    List,
    /// Download every binary again, and write digests (and the version) to the configuration
    Update(Update),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Update {
    /// The binary [default: all]
    name: Option<String>,
    /// The new version
    #[arg(long, value_name = "V", requires = "name", value_parser = word)]
    version: Option<Word>,
}

fn word(text: &str) -> Result<Word, String> {
    text.to_owned().try_into()
}

impl Command {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let root = find_root(folder)?;
        match self {
            Self::List => {
                terminal::answer(&list(&read(&root)?)?)?;
                Ok(Outcome::Success)
            }
            Self::Update(update) => update.run(&root),
        }
    }
}

impl Update {
    /// Runs the crate `sixfold-fetch`, which downloads and prints its own errors.
    fn run(self, root: &Utf8Path) -> Result<Outcome> {
        // Building that crate takes a minute, so check the arguments first.
        self.check(&read(root)?)?;
        let mut command = fetch::command(Lookup::default())?;
        command.args(["update", "--root", root.as_str()]).args(self.name);
        if let Some(version) = &self.version {
            command.args(["--version", version.as_str()]);
        }
        Ok(Outcome::problems_if(!fetch::show(command, "update the prebuilt binaries")?))
    }

    /// Fails if no prebuilt binary is configured, or none with that name.
    fn check(&self, config: &Config) -> Result<()> {
        let all: Vec<_> = config.prebuilt().map(|(name, _)| name.as_str()).collect();
        match &self.name {
            _ if all.is_empty() => bail!(NONE),
            Some(name) if !all.contains(&name.as_str()) => {
                bail!("this project has no prebuilt binary {name}\nhelp: use one of: {}", all.join(", "))
            }
            _ => Ok(()),
        }
    }
}

/// The configuration of the project in `root`.
fn read(root: &Utf8Path) -> Result<Config> {
    let file = root.join(CONFIG.to_string());
    ensure!(file.is_file(), "{file} does not exist\nhelp: run this command in the folder of your extension");
    Ok(config::read(&file)?.0)
}

/// A table of all cells.
fn list(config: &Config) -> Result<String> {
    let mut text = String::new();
    for (name, prebuilt) in config.prebuilt() {
        let version = prebuilt.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        writeln!(text, "{name}{version}")?;
        cells(&mut text, prebuilt)?;
        if let Some(complaint) =
            prebuilt.lacking(config.platforms.as_slice()).complaint(name, &config.table_of(name))
        {
            terminal::note(format_args!("{name} {complaint}"));
        }
    }
    if text.is_empty() {
        terminal::note(NONE);
    }
    Ok(text)
}

fn cells(text: &mut String, prebuilt: &Prebuilt) -> Result<()> {
    let cache = cache::dir()?;
    for target in prebuilt.targets(&Platform::ALL) {
        let cell = CellName(target);
        let (size, state, address) = match prebuilt.supply(target) {
            Supply::Skipped => (None, "skipped".to_owned(), String::new()),
            Supply::Missing => (None, "missing".to_owned(), String::new()),
            Supply::Given(given) => {
                let file = given.sha256.as_ref().map(|digest| cached(&cache, digest));
                let size = file.and_then(|file| Some(file.metadata().ok()?.len()));
                (size, state(target, &given, size.is_some()), shown(&given.address))
            }
        };
        let size = size.map(terminal::size).unwrap_or_default();
        writeln!(text, "{}", format!("  {cell:15}{size:>10}  {state:24}{address}").trim_end())?;
    }
    Ok(())
}

fn state(target: Target, given: &Given, is_cached: bool) -> String {
    match &given.sha256 {
        None => "no digest".to_owned(),
        Some(_) if given.target != target => format!("emulates {}", CellName(given.target)),
        Some(_) if is_cached => "cached".to_owned(),
        Some(_) => "not cached".to_owned(),
    }
}
