//! The directory of an extension, and everything that is wrong in it.

use std::cmp::Ordering;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::config::{self, Configured};
use super::context::{Contexts, Disk, Elsewhere, Stage};
use super::dockerfile::platforms::{self, Traced};
use super::dockerfile::{DOCKERFILE_MISSING, Dockerfile, arguments, copies};
use super::files::Named;
use super::fix::{self, FixedFile};
use super::missing_copies::{contexts, help};
use super::source::Source;
use super::trace::{Origin, Tracer, has_unknown_base};
use super::{binaries, dockerfile, labels, page, places};
use crate::fixed::Fixed;
use crate::metadata::build::BINARY_NOT_BUILT;
use crate::metadata::{self, FILE, METADATA_INVALID, METADATA_MISSING, Metadata};
use sixfold_base::program::TOOL;
use sixfold_model::config::parse_as;
use sixfold_model::config_file::{CONFIG, ConfigFile};
use sixfold_model::finding::{Finding, Place, Severity};
use sixfold_model::matrix::Platform;
use sixfold_model::members::Member;

/// The most edits of metadata.json in one round of fixes. Each needs the text to be parsed again.
const EDITS: usize = 20;
const OF_DISK: &str = "correct the path, or add the file";

/// How the image is built, if not by `docker build` with the folder's own Dockerfile and without options.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The Dockerfile; relative to the folder, which stays the build context.
    pub dockerfile: Option<Utf8PathBuf>,
    /// The named build contexts: their names and folders.
    pub contexts: Vec<(String, Utf8PathBuf)>,
}

/// The sources of an extension.
#[derive(Debug)]
pub struct Folder {
    pub root: Utf8PathBuf,
    /// The configuration, if there is one.
    cargo: Option<Source>,
    /// The packages of the workspace, or cargo's error; empty for other extensions.
    members: Result<Vec<Member>, String>,
    metadata: Option<Source>,
    dockerfile: Option<Source>,
    build: Build,
}

/// The root of the Sixfold project that contains `folder`, or `folder` itself.
///
/// Fails if a folder has two configurations.
pub fn find_root(folder: &Utf8Path) -> Result<Utf8PathBuf> {
    let Some((root, file)) = ConfigFile::find(folder)? else { return Ok(folder.to_owned()) };
    file.name_in_messages();
    Ok(root)
}

impl Folder {
    /// Reads the sources. Fails if `root` does not contain an extension, or a file cannot be read.
    pub fn read(root: &Utf8Path) -> Result<Self> {
        Self::read_for(root, Build::default())
    }

    /// Reads the sources of an extension that is built like this. metadata.json is the one that the Dockerfile copies.
    pub fn read_for(root: &Utf8Path, build: Build) -> Result<Self> {
        let file = ConfigFile::in_folder(root)?;
        let cargo = Source::read(root, file.unwrap_or_default().name())?.filter(|_| file.is_some());
        let metadata = Source::read(root, "metadata.json")?;
        let dockerfile = match &build.dockerfile {
            None => {
                let parse = |source: &Source| parse_as(places::file(source), &source.text).ok();
                let config = cargo.as_ref().and_then(parse);
                let name = config.as_ref().map_or("Dockerfile", |(config, _)| config.dockerfile().as_str());
                Source::read(root, name)?
            }
            Some(path) => {
                Some(Source::read(root, path.strip_prefix(root).unwrap_or(path).as_str())?.with_context(
                    || format!("{path} does not exist\nhelp: pass the path of the Dockerfile"),
                )?)
            }
        };
        if cargo.is_none() && metadata.is_none() && dockerfile.is_none() {
            let found = dockerfiles_below(root);
            let help = match found.first() {
                Some(path) => format!("name the Dockerfile: `{TOOL} check --file {path} {root}`"),
                None => format!("run `{TOOL} check` in the directory of an extension, or pass one to it"),
            };
            bail!("{root} contains neither metadata.json nor a Dockerfile\nhelp: {help}");
        }
        let mut folder =
            Self { root: root.to_owned(), cargo, members: Ok(Vec::new()), metadata, dockerfile, build };
        if folder.cargo.is_none()
            && let Some(path) = folder.copied_metadata()
        {
            folder.metadata = Source::read(root, path.strip_prefix(root).unwrap_or(&path).as_str())?;
        }
        Ok(folder)
    }

    /// The path of the metadata.json that the Dockerfile copies into the image.
    fn copied_metadata(&self) -> Option<Utf8PathBuf> {
        let file = Dockerfile::parse(&self.dockerfile.as_ref()?.text).ok()?;
        let contexts = self.disk();
        let tracer = Tracer::new(&file, &contexts);
        tracer.on_disk(&tracer.origin(Platform::ALL[0], FILE))
    }

    /// The folder and the named folders as build contexts.
    fn disk(&self) -> Contexts {
        let dockerfile = self.dockerfile.as_ref().map_or("Dockerfile", |source| &source.name);
        let dockerfile = self.root.join(dockerfile);
        let disk =
            |root: &Utf8Path| Disk { root: root.to_owned(), dockerfile: dockerfile.clone(), made: None };
        let named =
            self.build.contexts.iter().map(|(name, root)| (name.clone(), disk(&self.root.join(root))));
        Contexts::new(disk(&self.root), named.collect::<Vec<_>>())
    }

    /// The finding for an error that `plan` ends with, as shown to the user. Other findings usually explain it better.
    pub fn plan_rejected(error: &str) -> Finding {
        config::plan_rejected(error)
    }

    /// Whether the extension has a configuration. Then call [`Folder::with_members`] too.
    pub fn is_project(&self) -> bool {
        self.cargo.is_some()
    }

    /// Adds the packages of the workspace, or the reason why cargo cannot list them.
    pub fn with_members(self, members: Result<Vec<Member>, String>) -> Self {
        Self { members, ..self }
    }

    /// An extension with these two texts and no Cargo.toml, whatever is on disk.
    pub fn of(root: &Utf8Path, metadata: &str, dockerfile: &str) -> Self {
        Self {
            root: root.to_owned(),
            cargo: None,
            members: Ok(Vec::new()),
            metadata: Some(Source::new("metadata.json", metadata)),
            dockerfile: Some(Source::new("Dockerfile", dockerfile)),
            build: Build::default(),
        }
    }

    /// Everything that is wrong, by file and line.
    pub fn check(&self) -> Vec<Fixed> {
        let mut found = vec![];
        let configured = self.cargo.as_ref().and_then(|source| {
            let (configured, findings) = config::check(source, &self.root, &self.members);
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
        found.extend(self.check_metadata(configured.as_ref(), dockerfile.as_ref()));
        if let Some((source, file)) = &dockerfile {
            let rules = [arguments::check, platforms::check, dockerfile::labels::check];
            found.extend(rules.iter().flat_map(|rule| rule(file, source)));
        }
        let labels = labels::check(
            self.cargo.as_ref(),
            configured.as_ref(),
            dockerfile.as_ref(),
            self.has_host_binaries(),
            dockerfile.as_ref().is_some_and(|(_, file)| has_unknown_base(file)),
        );
        found.extend(labels.into_iter().map(Fixed::from));
        found.sort_by(|a, b| order(&a.finding, &b.finding));
        found.dedup();
        found
    }

    /// Checks metadata.json, and the files that it names.
    fn check_metadata(
        &self,
        configured: Option<&Configured>,
        dockerfile: Option<&(&Source, Dockerfile)>,
    ) -> Vec<Fixed> {
        let Some(source) = &self.metadata else {
            return vec![self.no_metadata(dockerfile.map(|(_, file)| file)).into()];
        };
        let place = Place::path(&source.name);
        let help = "save it as UTF-8 without one";
        let mark = source.mark.then(|| {
            Finding::new(&METADATA_INVALID, source.place(0), "starts with a byte order mark", help).into()
        });
        let mut left = EDITS;
        let mut fixed = |found: metadata::Found| {
            let edits = if left > 0 { found.edits(&source.text) } else { vec![] };
            left = left.saturating_sub(edits.len());
            Fixed { finding: found.finding, edits }
        };
        let read = metadata::read(source.text.as_bytes(), &place);
        let mut found: Vec<_> = mark.into_iter().chain(read.found.into_iter().map(&mut fixed)).collect();
        if let (Some(metadata), Some(configured)) = (&read.metadata, configured) {
            let disagreements = metadata.disagreements(&configured.cells, &place).into_iter().map(&mut fixed);
            let contexts = match configured.config.context() {
                Some(_) => self.of_project(configured, Some(metadata)),
                None => self.disk(),
            };
            let tracer = dockerfile.map(|(_, file)| Tracer::new(file, &contexts));
            found.extend(self.without_wrong_removals(disagreements, metadata, tracer.as_ref()));
            let named = Named { source, metadata, root: &self.root };
            let ui = configured.config.ui.as_ref();
            found.extend(named.in_project(ui.is_some()).into_iter().map(Fixed::from));
            found.extend(ui.and_then(|ui| page::first_page(&named, ui)).map(Fixed::from));
        }
        if let Some(metadata) = read.metadata.as_ref().filter(|metadata| metadata.tab.is_some()) {
            let ui = configured.and_then(|configured| configured.config.ui.as_ref());
            let folder = ui.map_or(Utf8Path::new(""), |ui| ui.dir.as_path());
            let named = Named { source, metadata, root: &self.root };
            found.extend(page::calls(&named, folder).into_iter().map(Fixed::from));
        }
        let names = read.metadata.iter().flat_map(|metadata| binaries::names(source, metadata));
        found.extend(names.map(Fixed::from));
        if let Some((dockerfile, file)) = dockerfile {
            let findings = self.check_build(configured, (dockerfile, file), source, read.metadata.as_ref());
            found.extend(findings.into_iter().map(Fixed::from));
        }
        found
    }

    /// The build contexts of the project.
    fn of_project(&self, configured: &Configured, metadata: Option<&Metadata>) -> Contexts {
        contexts(&self.root, &configured.config, &configured.cells, metadata)
    }

    /// Checks what the Dockerfile copies, and where the files of the image come from.
    fn check_build(
        &self,
        configured: Option<&Configured>,
        (dockerfile, file): (&Source, &Dockerfile),
        source: &Source,
        metadata: Option<&Metadata>,
    ) -> Vec<Finding> {
        let stage = configured
            .map(|configured| Stage::new(&configured.cells, metadata, configured.config.ui.is_some()));
        let (contexts, help) = match configured {
            Some(configured) => (self.of_project(configured, metadata), help(&configured.config)),
            None => (self.disk(), OF_DISK),
        };
        let is_known = stage.is_some() || (self.cargo.is_none() && is_context(file, &contexts));
        let platforms = configured.map(|configured| configured.config.platforms.as_slice());
        let platforms = platforms.unwrap_or(&Platform::ALL);
        let mut found = vec![];
        if is_known {
            found.extend(copies::check(file, dockerfile, &contexts, platforms, help));
        }
        let contexts = if is_known { contexts } else { Contexts::new(Elsewhere, []) };
        if let Some(metadata) = metadata {
            let tracer = Tracer::new(file, &contexts);
            let traced =
                Traced { tracer: &tracer, platforms, source: dockerfile, metadata, metadata_source: source };
            found.extend(Named { source, metadata, root: &self.root }.in_dockerfile(&traced, stage.as_ref()));
        }
        found
    }

    /// Takes away the edits that would remove an entry which the project or the Dockerfile does provide.
    fn without_wrong_removals(
        &self,
        found: impl Iterator<Item = Fixed>,
        metadata: &Metadata,
        tracer: Option<&Tracer<'_>>,
    ) -> Vec<Fixed> {
        let is_traced = |path: &str| {
            let origin = tracer.map(|tracer| tracer.origin(Platform::ALL[0], path));
            matches!(origin, Some(Origin::Context { .. } | Origin::Made(_) | Origin::Image))
        };
        let is_provided = |place: &Place| {
            let is_here = |listed: &&metadata::Listed| {
                self.metadata.as_ref().is_some_and(|source| source.place(listed.at.start) == *place)
            };
            let path = metadata.listed.iter().find(is_here).map(|listed| &listed.path);
            path.is_some_and(|path| self.root.join(path.relative()).is_file() || is_traced(path.as_str()))
        };
        let keep = |mut fixed: Fixed| {
            if *fixed.finding.lint == BINARY_NOT_BUILT && is_provided(&fixed.finding.place) {
                fixed.edits.clear();
                fixed.finding.help =
                    format!("name the file in [{}], so that `dist` ships it", CONFIG.table("files"));
            }
            fixed
        };
        found.map(keep).collect()
    }

    fn no_metadata(&self, file: Option<&Dockerfile>) -> Finding {
        let place = Place::path("metadata.json");
        let contexts = self.disk();
        let origin = file.map(|file| Tracer::new(file, &contexts).origin(Platform::ALL[0], FILE));
        match origin.unwrap_or(Origin::Nowhere) {
            Origin::Nowhere => Finding::new(
                &METADATA_MISSING,
                place,
                "does not exist",
                "write one: Docker Desktop reads it first",
            ),
            _ => {
                let message = "is not checked, because it is made while the image is built";
                let help = "if it is in a named build context, pass that: `--build-context NAME=FOLDER`";
                Finding::new(&METADATA_MISSING, place, message, help).with(Severity::Note)
            }
        }
    }

    fn has_host_binaries(&self) -> bool {
        let read =
            self.metadata.as_ref().map(|source| metadata::read(source.text.as_bytes(), &Place::whole()));
        read.and_then(|read| read.metadata).is_some_and(|metadata| !metadata.binaries.is_empty())
    }

    /// Fixes in memory whatever has exactly one right answer, and returns the files that changed.
    pub fn fix(&mut self) -> Vec<FixedFile> {
        // Each round applies the edits that do not touch each other; listing many binaries takes one round for each.
        const ROUNDS: usize = 200;
        let before = [self.metadata.clone(), self.dockerfile.clone()];
        for _ in 0..ROUNDS {
            let fixed = fix::fix(&self.sources(), &self.check());
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
        let has_mark = self.metadata.as_mut().is_some_and(|source| std::mem::take(&mut source.mark));
        let changed = before.into_iter().flatten().filter_map(|mut source| {
            let text = self.sources().into_iter().find(|other| other.name == source.name)?.text.clone();
            let loses_mark = has_mark && source.name == "metadata.json";
            source.mark &= !loses_mark;
            (loses_mark || text != source.text).then_some(FixedFile { source, text })
        });
        changed.collect()
    }

    fn sources(&self) -> Vec<&Source> {
        [&self.metadata, &self.dockerfile].into_iter().flatten().collect()
    }
}

fn no_dockerfile() -> Finding {
    let message = "does not exist, so labels and copies are not checked";
    let help = "if it is elsewhere, pass it with `--file`";
    Finding::new(&DOCKERFILE_MISSING, Place::path("Dockerfile"), message, help)
}

/// By file and line, then the worst first.
fn order(a: &Finding, b: &Finding) -> Ordering {
    let place = |finding: &Finding| (finding.place.path.clone(), finding.place.line, finding.place.column);
    let by_place = place(a).cmp(&place(b));
    by_place.then(b.severity.cmp(&a.severity)).then(a.code().cmp(b.code())).then(a.place.cmp(&b.place))
}

/// Whether the Dockerfile is built with this context: it has to find metadata.json there, if it names it.
fn is_context(file: &Dockerfile, contexts: &Contexts) -> bool {
    let names_it = file.instructions().any(|(_, item)| item.line.text.contains("metadata.json"));
    let origin = Tracer::new(file, contexts).origin(Platform::ALL[0], FILE);
    !names_it || !matches!(origin, Origin::Nowhere | Origin::Unknown)
}

/// The Dockerfiles in the directory and one level below, by their usual names.
fn dockerfiles_below(root: &Utf8Path) -> Vec<Utf8PathBuf> {
    let files = |folder: &Utf8Path| folder.read_dir_utf8().into_iter().flatten().flatten();
    let below = files(root).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let folders = std::iter::once(root.to_owned()).chain(below.map(|entry| entry.path().to_owned()));
    let is_one = |name: &str| name.starts_with("Dockerfile") || name.ends_with(".Dockerfile");
    let mut found: Vec<_> = folders
        .flat_map(|folder| files(&folder).map(|entry| entry.into_path()).collect::<Vec<_>>())
        .filter(|path| path.is_file() && path.file_name().is_some_and(is_one))
        .collect();
    found.sort();
    found
}
