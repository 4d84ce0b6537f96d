//! `check`: what is wrong with an extension's sources, before anything is built.
//!
//! A [`Folder`] is read once; [`Folder::judge`] is a pure function of what was read, of the files beside it and of what
//! cargo says of the workspace. A project of ours is judged with its configuration; of anybody else's folder, what is
//! there. The rules for metadata.json and for labels are those of [`crate::`].

pub mod binaries;
mod config;
mod context;
pub mod dockerfile;
mod files;
pub mod fix;
mod prebuilt;
pub mod report;
pub mod source;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_model::members::Member;

use crate::labels as label_rules;
use crate::metadata::{METADATA_MISSING, read_text};
use config::Configured;
use context::{Disk, Stage};
use dockerfile::copies::{self, Context};
use dockerfile::labels::{Label, collect};
use dockerfile::{DOCKERFILE_MISSING, Dockerfile, architecture, arguments, goarch, labels};
use files::Named;
use fix::{Fixed, FixedFile};
use sixfold_base::program::TOOL;
use sixfold_model::finding::{Finding, Lint, Place};
use source::Source;

/// What is there to be judged.
#[derive(Debug)]
pub struct Folder {
    pub root: Utf8PathBuf,
    /// Where it configures an extension.
    cargo: Option<Source>,
    /// What cargo says of the workspace; only for a project that Cargo.toml configures.
    members: Result<Vec<Member>, String>,
    metadata: Option<Source>,
    dockerfile: Option<Source>,
}

/// All lints of `check` that `inspect` does not have.
pub fn lints() -> impl Iterator<Item = &'static Lint> {
    let of_dockerfile =
        [dockerfile::ALL, arguments::ALL, architecture::ALL, goarch::ALL, labels::ALL, copies::ALL];
    [config::ALL, binaries::ALL, files::ALL, prebuilt::ALL]
        .into_iter()
        .chain(of_dockerfile)
        .flatten()
        .copied()
}

/// The folder of the project that `folder` is in, or `folder` itself.
pub fn find_root(folder: &Utf8Path) -> Utf8PathBuf {
    let is_ours = |folder: &&Utf8Path| {
        Source::read(folder, "Cargo.toml").ok().flatten().is_some_and(|source| config::is_ours(&source))
    };
    folder.ancestors().find(is_ours).unwrap_or(folder).to_owned()
}

impl Folder {
    /// Reads the sources. Fails where there is nothing of an extension, and where a file cannot be read.
    pub fn read(root: &Utf8Path) -> Result<Self> {
        let cargo = Source::read(root, "Cargo.toml")?.filter(config::is_ours);
        let (metadata, dockerfile) =
            (Source::read(root, "metadata.json")?, Source::read(root, "Dockerfile")?);
        if cargo.is_none() && metadata.is_none() && dockerfile.is_none() {
            bail!(
                "{root} holds neither metadata.json nor Dockerfile: run `{TOOL} check` in the folder of an \
                 extension, or name one"
            );
        }
        Ok(Self { root: root.to_owned(), cargo, members: Ok(Vec::new()), metadata, dockerfile })
    }

    /// Whether a Cargo.toml configures the extension. Then [`Folder::with_members`] has to follow.
    pub fn is_project(&self) -> bool {
        self.cargo.is_some()
    }

    /// The packages of the workspace, or why cargo cannot tell them.
    pub fn with_members(self, members: Result<Vec<Member>, String>) -> Self {
        Self { members, ..self }
    }

    /// Somebody's folder with these two texts in it, whatever is on disk.
    pub fn of(root: &Utf8Path, metadata: &str, dockerfile: &str) -> Self {
        Self {
            root: root.to_owned(),
            cargo: None,
            members: Ok(Vec::new()),
            metadata: Some(Source::new("metadata.json", metadata)),
            dockerfile: Some(Source::new("Dockerfile", dockerfile)),
        }
    }

    /// All that is wrong, by file and line.
    pub fn judge(&self) -> Vec<Fixed> {
        let mut found = vec![];
        let configured = self.cargo.as_ref().and_then(|source| {
            let (configured, findings) = config::judge(source, &self.root, &self.members);
            found.extend(findings.into_iter().map(Fixed::from));
            configured
        });
        let dockerfile = match self.dockerfile.as_ref().map(|source| (source, dockerfile::parse(source))) {
            Some((source, Ok(file))) => Some((source, file)),
            Some((_, Err(finding))) => {
                found.push(Fixed::from(*finding));
                None
            }
            None => {
                found.push(no_dockerfile().into());
                None
            }
        };
        found.extend(self.metadata(configured.as_ref(), dockerfile.as_ref()));
        if let Some((source, file)) = &dockerfile {
            for rule in [arguments::check, architecture::check, goarch::check, labels::check] {
                found.extend(rule(file, source));
            }
        }
        found.extend(self.labels(configured.as_ref(), dockerfile.as_ref()).into_iter().map(Fixed::from));
        found.sort_by(|a, b| order(&a.finding, &b.finding));
        found.dedup();
        found
    }

    /// metadata.json, and the files that it names.
    fn metadata(
        &self,
        configured: Option<&Configured>,
        dockerfile: Option<&(&Source, Dockerfile)>,
    ) -> Vec<Fixed> {
        let place = Place::path("metadata.json");
        let Some(source) = &self.metadata else {
            let help = "write one: Docker Desktop reads it first";
            return vec![Finding::new(&METADATA_MISSING, place, "is not there", help).into()];
        };
        let read = read_text(&source.text, &place);
        let mut found = read.found;
        let context = self.context(configured, read.metadata.as_ref());
        if let (Some(node), Some(metadata)) = (&read.node, &read.metadata) {
            found.extend(binaries::names(source, node));
            let named = Named { source, node, metadata, root: &self.root };
            if let Some(configured) = configured {
                found.extend(binaries::agree(source, node, &configured.cells));
                found.extend(named.in_project(configured.config.ui.is_some()).into_iter().map(Fixed::from));
            }
            if let Some((source, file)) = dockerfile {
                if metadata.binaries.iter().any(|(_, path)| !is_script(path.base_name())) {
                    found.extend(architecture::unused(file, source).map(Fixed::from));
                }
                if self.is_context(file, context.as_ref()) {
                    let findings = named.in_dockerfile(file, context.as_ref(), configured.is_none());
                    found.extend(findings.into_iter().map(Fixed::from));
                }
            }
        }
        if let Some((source, file)) = dockerfile.filter(|(_, file)| self.is_context(file, context.as_ref())) {
            found.extend(copies::check(file, source, context.as_ref()));
        }
        found
    }

    fn context(
        &self,
        configured: Option<&Configured>,
        metadata: Option<&crate::metadata::Metadata>,
    ) -> Box<dyn Context> {
        match configured {
            Some(configured) => {
                Box::new(Stage::new(&configured.cells, metadata, configured.config.ui.is_some()))
            }
            None => Box::new(Disk { root: self.root.clone() }),
        }
    }

    /// Whether the Dockerfile is built with the context that is known here: metadata.json is where it takes it from. A
    /// project whose configuration cannot be read has a stage, but which is not known.
    fn is_context(&self, file: &Dockerfile, context: &dyn Context) -> bool {
        let Ok(path) = sixfold_model::matrix::ImagePath::new("metadata.json") else { return false };
        let platform = sixfold_model::matrix::Platform::ALL[0];
        let is_broken = self.cargo.is_some() && context.held("metadata.json") != copies::Held::Missing;
        let names_it = file.instructions().any(|(_, item)| item.line.text.contains("metadata.json"));
        let origin = copies::Steps::of(file, platform).origin(context, &path);
        !is_broken && (origin != copies::Origin::Nowhere || !names_it)
    }

    /// The labels of the configuration, which win, and of the Dockerfile.
    fn labels(
        &self,
        configured: Option<&Configured>,
        dockerfile: Option<&(&Source, Dockerfile)>,
    ) -> Vec<Finding> {
        let mut all: BTreeMap<String, Label> =
            dockerfile.map(|(source, file)| collect(file, source)).unwrap_or_default();
        all.extend(configured.iter().flat_map(|configured| configured.labels.clone()));
        if configured.is_none() && (dockerfile.is_none() || self.cargo.is_some()) {
            return vec![];
        }
        let known = all.iter().filter(|(_, label)| !label.is_damaged);
        let values =
            known.map(|(name, label)| (name.clone(), label.value.clone().unwrap_or_default())).collect();
        let is_unknown =
            |name: &str| all.get(name).is_some_and(|label| label.value.is_none() || label.is_damaged);
        let place = |name: &str| match (all.get(name), &self.cargo, dockerfile) {
            (Some(label), ..) => label.place.clone(),
            (None, Some(cargo), _) => config::label_place(cargo, name),
            (None, None, Some((source, file))) => {
                Place { label: Some(name.to_owned()), ..source.place(file.stages[file.last()].from.at) }
            }
            (None, None, None) => Place::label(name),
        };
        let mut findings = label_rules::judge(&values, &place);
        findings.retain(|finding| !finding.place.label.as_deref().is_some_and(is_unknown));
        findings
    }

    /// Mends in memory whatever has one right answer, and returns the files that changed.
    pub fn fix(&mut self) -> Vec<FixedFile> {
        // Each round mends what does not touch another edit of it; the most is a step for each of many binaries.
        const ROUNDS: usize = 200;
        let before = [self.metadata.clone(), self.dockerfile.clone()];
        for _ in 0..ROUNDS {
            let found = self.judge();
            let fixed = fix::fix(&self.sources(), &found);
            if fixed.is_empty() {
                break;
            }
            for FixedFile { source, text } in fixed {
                let sources = [&mut self.metadata, &mut self.dockerfile].into_iter().flatten();
                sources
                    .filter(|other| other.name == source.name)
                    .for_each(|source| source.text.clone_from(&text));
            }
        }
        let changed = before.into_iter().flatten().filter_map(|source| {
            let text = self.sources().into_iter().find(|other| other.name == source.name)?.text.clone();
            (text != source.text).then_some(FixedFile { source, text })
        });
        changed.collect()
    }

    fn sources(&self) -> Vec<&Source> {
        [&self.metadata, &self.dockerfile].into_iter().flatten().collect()
    }
}

fn no_dockerfile() -> Finding {
    Finding::new(
        &DOCKERFILE_MISSING,
        Place::path("Dockerfile"),
        "is not there, so labels and copies are not judged",
        "",
    )
}

/// By file and line, then the worst first.
fn order(a: &Finding, b: &Finding) -> Ordering {
    let place = |finding: &Finding| (finding.place.path.clone(), finding.place.line, finding.place.column);
    let by_place = place(a).cmp(&place(b));
    by_place.then(b.severity.cmp(&a.severity)).then(a.code().cmp(b.code())).then(a.place.cmp(&b.place))
}

/// By its name: what is the same for every architecture.
fn is_script(name: &str) -> bool {
    [".sh", ".bat", ".cmd", ".ps1", ".py", ".js"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

#[cfg(test)]
mod tests;
