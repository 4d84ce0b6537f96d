//! `adopt`: the configuration of an extension that exists already, from its own files.
//!
//! Each module finds the values of one kind. Nothing is guessed silently: [`draft::Draft`] holds where each value comes from, and
//! what could not be determined.

mod changes;
mod command_line;
mod dockerfile;
mod download;
mod draft;
mod extension;
mod go;
mod host;
mod hosts;
mod image_name;
mod labels;
mod makefile;
mod reference;
mod report;
mod sources;
mod ui;
mod vm;
mod workflow;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use sixfold_base::program::TOOL;
use sixfold_model::config;
use sixfold_model::config_file::ConfigFile;
use sixfold_model::finding::Place;
use sixfold_model::members::Member;
use sixfold_model::metadata::Metadata;
use sixfold_model::reference::Repository;
use sixfold_model::text::apply;

use changes::Changes;
use dockerfile::Staged;
use draft::{Draft, entry};
use extension::{DOCKERFILE, Extension};
use sources::Sources;

/// The configuration that was found, and the files that change.
pub(crate) struct Adoption {
    file: ConfigFile,
    draft: Draft,
    changes: Changes,
}

impl Adoption {
    /// Finds the configuration of the extension in `root`. `image` is the repository of the image, if the user has named one.
    ///
    /// Fails if it is configured already, and if its Dockerfile or metadata.json cannot be used. Writes nothing.
    pub(crate) fn find(root: &Utf8Path, image: Option<&Repository>) -> Result<Self> {
        must_be_free(root)?;
        let sources = Sources::new(root)?;
        let is_cargo = sources.read("Cargo.toml")?.is_some();
        let file = if is_cargo { ConfigFile::CargoToml } else { ConfigFile::ExtensionToml };
        file.name_in_messages();
        let mut draft = Draft::default();
        let members = if is_cargo { members(&sources, &mut draft) } else { vec![] };
        let extension = Extension::read(sources, &members)?;
        let labels = labels::find(&extension.files, &mut draft);
        image_name::find(&extension.sources, image, !is_cargo, &mut draft);
        if is_cargo {
            version_of_cargo(&extension, &members, &mut draft);
        }
        let changes = changes(&extension, file, labels, &mut draft)?;
        Ok(Self { file, draft, changes })
    }

    /// True if nothing is missing that a build needs.
    pub(crate) fn is_complete(&self) -> bool {
        !self.draft.missing.iter().any(|missing| missing.is_needed)
    }

    /// Writes the files. With `force`, also if git could not restore them, and then with copies of the old ones.
    pub(crate) fn write(&self, root: &Utf8Path, force: bool) -> Result<()> {
        self.changes.write(root, force)
    }

    /// The commands that come next.
    pub(crate) fn next(&self) -> Vec<String> {
        let has_downloads =
            self.draft.missing.iter().any(|missing| missing.help.starts_with("`prebuilt update`"));
        let commands = has_downloads.then_some("prebuilt update").into_iter().chain(["check", "dist"]);
        commands.map(|command| format!("{TOOL} {command}")).collect()
    }
}

fn must_be_free(root: &Utf8Path) -> Result<()> {
    match ConfigFile::find(root)? {
        Some((folder, file)) => bail!(
            "the extension is already configured by {}\nhelp: edit that file; docs/configuration.md describes its keys",
            folder.join(file.name())
        ),
        None => Ok(()),
    }
}

fn members(sources: &Sources, draft: &mut Draft) -> Vec<Member> {
    sixfold_project::members(&sources.root).unwrap_or_else(|error| {
        draft.lacks("Cargo.toml", format!("cargo cannot read it: {error}"), "correct it");
        vec![]
    })
}

/// The version that Cargo.toml gives the extension.
fn version_of_cargo(extension: &Extension, members: &[Member], draft: &mut Draft) {
    let read = || {
        let text = fs_err::read_to_string(extension.sources.root.join("Cargo.toml")).ok()?;
        let manifest: toml::Table = text.parse().ok()?;
        Some(manifest.get("workspace")?.get("package")?.get("version")?.as_str()?.to_owned())
    };
    let first =
        || members.iter().find(|member| !member.is_tool)?.fields.version.as_ref().map(ToString::to_string);
    match read().or_else(first) {
        Some(version) => draft.say("version", &version, &Place::path("Cargo.toml")),
        None => draft.needs("version", "Cargo.toml has none", "set `version` in [workspace.package]"),
    }
}

/// Finds what is in the image, and makes the new files.
fn changes(
    extension: &Extension,
    file: ConfigFile,
    labels: std::collections::BTreeSet<String>,
    draft: &mut Draft,
) -> Result<Changes> {
    let Extension { sources, files, metadata, .. } = extension;
    let mut changes = Changes::default();
    let ui = metadata.tab.as_ref().and_then(|tab| ui::find(sources, files, tab, draft));
    let hosts = hosts::find(extension, draft);
    let is_run = vm::find(extension, draft);
    let text = apply(&metadata.text, vm::named_files(extension, draft));
    let new = sixfold_model::metadata::read(text.as_bytes(), &Place::whole()).metadata.unwrap_or_default();
    let paths = |metadata: &Metadata| {
        let names = [&metadata.icon, &metadata.composefile].into_iter().flatten();
        names
            .filter_map(|name| Some(sixfold_model::matrix::ImagePath::new(name).ok()?.as_str().to_owned()))
            .collect()
    };
    let (common, mut old): (Vec<_>, Vec<_>) = (paths(&new), paths(metadata));
    old.extend(hosts.into_iter().chain(["/metadata.json".to_owned()]));
    let staged = Staged { files: old, common, ui, labels, is_run };
    let adopted = dockerfile::adopt(files, &staged);
    if adopted.needs_context {
        draft.say("context", "the project: the Dockerfile still copies from it", &Place::path(DOCKERFILE));
        draft.add("", vec![entry("context", ".")]);
        changes.ignore(sources, ".dockerignore", "target")?;
    }
    changes.ignore(sources, ".gitignore", "target")?;
    changes.set(sources, "metadata.json", text)?;
    changes.set(sources, DOCKERFILE, adopted.text)?;
    changes.set(sources, file.name(), configuration(sources, file, draft)?)?;
    Ok(changes)
}

/// The text of the file with the configuration, which is read again. Without an image it cannot be complete.
fn configuration(sources: &Sources, file: ConfigFile, draft: &mut Draft) -> Result<String> {
    let old = sources.read(file.name())?.map(|source| source.text).unwrap_or_default();
    let gap = if old.is_empty() { "" } else { "\n" };
    let text = format!("{old}{gap}{}", draft.text(file));
    if draft.has("", "image") {
        config::parse_as(file, &text)
            .with_context(|| format!("what was found makes no valid {}\nhelp: write it by hand: docs/configuration.md describes its keys", file.name()))?;
    }
    Ok(text)
}
