//! `fetch update`: downloads every cell of the prebuilt binaries again, and writes the digests to the project's
//! configuration.
//!
//! Invariant: nothing is written unless every cell of every requested binary was downloaded and unpacked, and matches
//! the publisher's list of digests if the configuration names one.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::terminal;
use sixfold_inspect::check::fix::FixedFile;
use sixfold_inspect::check::source::Source;
use sixfold_model::config;
use sixfold_model::config_file::{CONFIG, ConfigFile};
use sixfold_model::prebuilt::Prebuilt;
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::template::Word;
use sixfold_model::values::BinaryName;

use crate::cells;
use crate::manifest;
use sixfold_base::program::TOOL;

#[derive(clap::Args)]
pub(crate) struct Update {
    /// The folder of the project's configuration
    #[arg(long)]
    root: Utf8PathBuf,
    /// The binary; default: all of them
    name: Option<String>,
    /// The version to change to
    #[arg(long, requires = "name", value_parser = |text: &str| Word::try_from(text.to_owned()))]
    version: Option<Word>,
}

impl Update {
    pub(crate) fn run(self) -> Result<()> {
        let file = ConfigFile::in_folder(&self.root)?.unwrap_or_default();
        file.name_in_messages();
        let source = Source::read(&self.root, file.name())?.with_context(|| {
            format!("cannot find {CONFIG} in {}\nhelp: pass the project's folder to --root", self.root)
        })?;
        let binaries = self.binaries(&source)?;
        let scratch = tempfile::tempdir().context("cannot create a temporary folder")?;
        let scratch =
            Utf8Path::from_path(scratch.path()).context("the path of the temporary folder is not UTF-8")?;
        let cells: Vec<_> = binaries
            .iter()
            .flat_map(|(name, prebuilt)| cells::of_binary(name, prebuilt, &self.root, scratch))
            .collect();
        let digests = cells::fetch(&cells)?;
        let mut text = source.text.clone();
        for (name, prebuilt) in &binaries {
            let own = cells.iter().zip(&digests).filter(|(cell, _)| cell.name == *name);
            let own: BTreeMap<_, _> =
                own.map(|(cell, digest)| (CellName(cell.target), digest.clone())).collect();
            text = manifest::rewrite(file, &text, name, prebuilt.version.as_ref(), &own)?;
        }
        write(&self.root, FixedFile { source, text })
    }

    /// The requested binaries, in the requested version.
    fn binaries(&self, source: &Source) -> Result<Vec<(BinaryName, Prebuilt)>> {
        let (config, _) = config::parse_as(ConfigFile::of(&source.name), &source.text)
            .with_context(|| format!("cannot use {}/{CONFIG}", self.root))?;
        let all: Vec<_> = config.prebuilt().map(|(name, _)| name.as_str()).collect();
        ensure!(
            !all.is_empty(),
            "no prebuilt binary is configured\nhelp: docs/prebuilt.md describes how to add one"
        );
        if let Some(name) = self.name.as_deref().filter(|name| !all.contains(name)) {
            bail!(
                "`{name}` is not a prebuilt binary of this project\nhelp: choose one of: {}",
                all.join(", ")
            );
        }
        let is_requested =
            |name: &BinaryName| self.name.as_ref().is_none_or(|wanted| wanted == name.as_str());
        let requested = config.prebuilt().filter(|(name, _)| is_requested(name));
        requested.map(|(name, prebuilt)| Ok((name.clone(), self.in_version(name, prebuilt)?))).collect()
    }

    fn in_version(&self, name: &BinaryName, prebuilt: &Prebuilt) -> Result<Prebuilt> {
        let Some(version) = &self.version else { return Ok(prebuilt.clone()) };
        ensure!(
            prebuilt.version.is_some(),
            "cannot change the version of {name}: it has no `version` in {CONFIG}\n\
             help: add `version`, and write {{version}} in `url`"
        );
        Ok(prebuilt.with_version(version.clone()))
    }
}

/// Writes the file in one step, and shows what changed.
fn write(root: &Utf8Path, changed: FixedFile) -> Result<()> {
    if changed.text == changed.source.text {
        terminal::step("Fresh", format_args!("{CONFIG}: no digest has changed"));
        return Ok(());
    }
    changed.write(root)?;
    terminal::line(changed.diff().trim_end());
    terminal::step("Updated", format_args!("{CONFIG}; `{TOOL} dist` now uses the new digests"));
    Ok(())
}
