//! The directory of an extension, and everything that is wrong in it.

use std::cmp::Ordering;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::config::{self, Configured};
use super::context::{Disk, Stage};
use super::dockerfile::copies::{self, Context};
use super::dockerfile::{DOCKERFILE_MISSING, Dockerfile, architecture, arguments, goarch};
use super::files::Named;
use super::fix::{self, FixedFile};
use super::source::Source;
use super::{binaries, dockerfile, labels};
use crate::fixed::Fixed;
use crate::metadata::{self, METADATA_INVALID, METADATA_MISSING, Metadata};
use sixfold_base::program::TOOL;
use sixfold_judge::{Format, HostFile};
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::{ImagePath, Platform};
use sixfold_model::members::Member;

/// The most edits of metadata.json in one round of fixes. Each needs the text to be parsed again.
const EDITS: usize = 20;

/// The sources of an extension.
#[derive(Debug)]
pub struct Folder {
    pub root: Utf8PathBuf,
    /// Cargo.toml, if it configures an extension.
    cargo: Option<Source>,
    /// The packages of the workspace, or cargo's error; empty for other extensions.
    members: Result<Vec<Member>, String>,
    metadata: Option<Source>,
    dockerfile: Option<Source>,
}

/// The root of the Sixfold project that contains `folder`, or `folder` itself.
pub fn find_root(folder: &Utf8Path) -> Utf8PathBuf {
    let is_project = |folder: &&Utf8Path| {
        Source::read(folder, "Cargo.toml")
            .ok()
            .flatten()
            .is_some_and(|source| config::configures_extension(&source))
    };
    folder.ancestors().find(is_project).unwrap_or(folder).to_owned()
}

impl Folder {
    /// Reads the sources. Fails if `root` does not contain an extension, or a file cannot be read.
    pub fn read(root: &Utf8Path) -> Result<Self> {
        let cargo = Source::read(root, "Cargo.toml")?.filter(config::configures_extension);
        let (metadata, dockerfile) =
            (Source::read(root, "metadata.json")?, Source::read(root, "Dockerfile")?);
        if cargo.is_none() && metadata.is_none() && dockerfile.is_none() {
            bail!(
                "{root} contains neither metadata.json nor a Dockerfile\n\
                 help: run `{TOOL} check` in the directory of an extension, or pass one to it"
            );
        }
        Ok(Self { root: root.to_owned(), cargo, members: Ok(Vec::new()), metadata, dockerfile })
    }

    /// The finding for an error that `plan` ends with, as shown to the user. Other findings usually explain it better.
    pub fn plan_rejected(error: &str) -> Finding {
        config::plan_rejected(error)
    }

    /// Whether a Cargo.toml configures the extension. Then call [`Folder::with_members`] too.
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
            let rules = [arguments::check, architecture::check, goarch::check, dockerfile::labels::check];
            found.extend(rules.iter().flat_map(|rule| rule(file, source)));
        }
        let labels = labels::check(
            self.cargo.as_ref(),
            configured.as_ref(),
            dockerfile.as_ref(),
            self.has_host_binaries(),
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
        let place = Place::path("metadata.json");
        let Some(source) = &self.metadata else {
            let help = "write one: Docker Desktop reads it first";
            return vec![Finding::new(&METADATA_MISSING, place, "does not exist", help).into()];
        };
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
        let context = self.context(configured, read.metadata.as_ref());
        let dockerfile_of_context = dockerfile.filter(|(_, file)| self.is_context(file, context.as_ref()));
        if let Some(metadata) = &read.metadata {
            found.extend(binaries::names(source, metadata).into_iter().map(Fixed::from));
            let named = Named { source, metadata, root: &self.root };
            if let Some(configured) = configured {
                found.extend(metadata.disagreements(&configured.cells, &place).into_iter().map(&mut fixed));
                found.extend(named.in_project(configured.config.ui.is_some()).into_iter().map(Fixed::from));
            }
            if let Some((source, file)) = dockerfile
                && self.lists_code(metadata, file, context.as_ref())
            {
                found.extend(architecture::unused(file, source).map(Fixed::from));
            }
            if let Some((_, file)) = dockerfile_of_context {
                let findings = named.in_dockerfile(file, context.as_ref(), configured.is_none());
                found.extend(findings.into_iter().map(Fixed::from));
            }
        }
        if let Some((source, file)) = dockerfile_of_context {
            found.extend(copies::check(file, source, context.as_ref()));
        }
        found
    }

    /// Whether metadata.json lists a file that is not known to be a script, which is the same for every architecture.
    fn lists_code(&self, metadata: &Metadata, file: &Dockerfile, context: &dyn Context) -> bool {
        let [platform, ..] = Platform::ALL;
        let steps = copies::Steps::of(file, platform);
        let is_script = |path: &ImagePath| match steps.origin(context, path) {
            _ if is_named_like_script(path.base_name()) => true,
            // The files of a stage do not exist yet.
            copies::Origin::Context(source) if !self.is_project() => is_script(&self.root.join(source)),
            _ => false,
        };
        metadata.binaries.iter().any(|(_, path)| !is_script(path))
    }

    fn has_host_binaries(&self) -> bool {
        let read =
            self.metadata.as_ref().map(|source| metadata::read(source.text.as_bytes(), &Place::whole()));
        read.and_then(|read| read.metadata).is_some_and(|metadata| !metadata.binaries.is_empty())
    }

    fn context(&self, configured: Option<&Configured>, metadata: Option<&Metadata>) -> Box<dyn Context> {
        match configured {
            Some(configured) => {
                Box::new(Stage::new(&configured.cells, metadata, configured.config.ui.is_some()))
            }
            None => Box::new(Disk { root: self.root.clone() }),
        }
    }

    /// Whether the Dockerfile is built with this context: it has to find metadata.json there. If the configuration of a
    /// project is invalid, the content of its stage is unknown.
    fn is_context(&self, file: &Dockerfile, context: &dyn Context) -> bool {
        let Ok(path) = ImagePath::new("metadata.json") else { return false };
        let [platform, ..] = Platform::ALL;
        let is_broken = self.cargo.is_some() && context.held("metadata.json") != copies::Held::Missing;
        let names_it = file.instructions().any(|(_, item)| item.line.text.contains("metadata.json"));
        let origin = copies::Steps::of(file, platform).origin(context, &path);
        !is_broken && (origin != copies::Origin::Nowhere || !names_it)
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
    Finding::new(&DOCKERFILE_MISSING, Place::path("Dockerfile"), message, "")
}

/// By file and line, then the worst first.
fn order(a: &Finding, b: &Finding) -> Ordering {
    let place = |finding: &Finding| (finding.place.path.clone(), finding.place.line, finding.place.column);
    let by_place = place(a).cmp(&place(b));
    by_place.then(b.severity.cmp(&a.severity)).then(a.code().cmp(b.code())).then(a.place.cmp(&b.place))
}

fn is_script(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let read = std::fs::File::open(path).and_then(|file| HostFile::read(name, &file));
    read.is_ok_and(|file| file.format() == Format::Script)
}

fn is_named_like_script(name: &str) -> bool {
    [".sh", ".bat", ".cmd", ".ps1", ".py", ".js"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}
