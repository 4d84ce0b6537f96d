//! Checks the files that metadata.json names: whether they exist, and whether the Dockerfile copies them into the image.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::context::{Context as _, Held, Stage};
use super::dockerfile::platforms::Traced;
use super::source::Source;
use super::trace::{Kind, Made, Origin};
use crate::inspection::files::{COMPOSE_MISSING, ICON_MISSING, UI_MISSING};
use crate::inspection::host_binaries::by_name;
use crate::inspection::variants::without_arch;
use crate::inspection::vm;
use crate::metadata::{FILE, Listed, Metadata};
use sixfold_judge::{Diagnosis, HostFile, Verdict, verdict_finding};
use sixfold_model::compose::{Compose, Service, is_own_image};
use sixfold_model::config_file::CONFIG;
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::matrix::{ImagePath, Platform};
use sixfold_model::stage;

sixfold_model::lints! {
    /// The Dockerfile does not copy a file that metadata.json names.
    PATH_NOT_COPIED = Error "path-not-copied";
    /// metadata.json has a tab, but the configuration does not build a UI.
    UI_NOT_BUILT = Error "ui-not-built";
}

/// The limit for host binaries that are opened, in bytes.
const LARGEST: u64 = 512 << 20;
/// The limit of files: more than any extension has.
const FILES: usize = 1000;

/// metadata.json and its content.
pub(super) struct Named<'a> {
    pub source: &'a Source,
    pub metadata: &'a Metadata,
    pub root: &'a Utf8Path,
}

impl Named<'_> {
    /// The place of a value, by its keys.
    pub(super) fn place(&self, keys: &[&str]) -> Place {
        self.source.place(self.metadata.place_of(keys).start)
    }

    /// For a Sixfold project: `dist` takes the icon and the compose file from the project's root.
    pub(super) fn in_project(&self, has_ui: bool) -> Vec<Finding> {
        let files = [
            (&self.metadata.icon, &["icon"][..], &ICON_MISSING),
            (&self.metadata.composefile, &["vm", "composefile"][..], &COMPOSE_MISSING),
        ];
        let mut findings = vec![];
        for (name, keys, lint) in files {
            let Some(path) = name.as_deref().and_then(|name| ImagePath::new(name).ok()) else { continue };
            if !self.root.join(path.relative()).is_file() {
                let message = format!("names {}, which is not in the project", path.relative());
                findings.push(Finding::new(lint, self.place(keys), message, "add the file, or fix the name"));
            }
        }
        if self.metadata.tab.is_some() && !has_ui {
            let message = "has a tab, but no UI is built for it";
            let help = format!("add {} to {CONFIG}, or remove `ui`", CONFIG.table("ui"));
            findings.push(Finding::new(&UI_NOT_BUILT, self.place(&["ui"]), message, help));
        }
        if let Some(path) = self.metadata.composefile.as_deref().and_then(|name| ImagePath::new(name).ok()) {
            findings.extend(self.compose(path.relative()).1);
        }
        findings
    }

    /// Traces every file through the Dockerfile. `stage` is the content of the stage, if that is the build context.
    pub(super) fn in_dockerfile(&self, traced: &Traced<'_>, stage: Option<&Stage>) -> Vec<Finding> {
        let (mut findings, mut compose) = (vec![], None);
        let first = traced.platforms.first().copied().unwrap_or(Platform::ALL[0]);
        for (path, keys, lint) in self.single_files() {
            let origin = traced.tracer.origin(first, path.as_str());
            if origin == Origin::Nowhere {
                let message = format!("names {path}, but nothing in the Dockerfile copies it");
                findings.push(Finding::new(lint, self.place(keys), message, "copy it into the image"));
            } else if *lint == COMPOSE_MISSING {
                let file = traced.tracer.on_disk(&origin);
                let name = file.as_deref().and_then(|file| file.strip_prefix(self.root).ok());
                let name = name.map(Utf8Path::as_str).or_else(|| stage.map(|_| path.relative()));
                let (read, found) = name.map(|name| self.compose(name)).unwrap_or_default();
                compose = read;
                // Those of a project are reported without a Dockerfile, too.
                findings.extend(found.into_iter().filter(|_| stage.is_none()));
            }
        }
        findings.extend(self.without_program(traced, compose.as_ref()));
        findings.extend(self.binaries(traced, stage));
        findings.extend(traced.compiled());
        findings
    }

    /// The finding if a container runs the image, but has nothing to start.
    fn without_program(&self, traced: &Traced<'_>, compose: Option<&Compose>) -> Option<Finding> {
        let needs_program = |service: &Service| service.is_own && !vm::starts_by_itself(service);
        let is_run = self.metadata.vm_image.as_deref().is_some_and(is_own_image)
            || compose.is_some_and(|compose| compose.services.iter().any(needs_program));
        let at = traced.tracer.without_program().filter(|_| is_run)?;
        Some(vm::no_program(traced.source.place(at)))
    }

    /// A compose file of the project, and what is wrong with it. A file that cannot be read is reported where it is named.
    fn compose(&self, path: &str) -> (Option<Compose>, Vec<Finding>) {
        let source = Source::read(self.root, path).ok().flatten();
        let check =
            |source: Source| crate::compose::check(source.text.as_bytes(), &Place::path(path), self.metadata);
        source.map(check).unwrap_or_default()
    }

    fn single_files(&self) -> Vec<(ImagePath, &'static [&'static str], &'static Lint)> {
        let tab = self.metadata.tab.as_ref();
        let page = tab.and_then(|tab| Some((tab.root.as_deref()?, tab.src.as_deref()?)));
        let page = page.filter(|(_, src)| !src.contains("://")).map(|(root, src)| format!("{root}/{src}"));
        [
            (Some("/metadata.json".to_owned()), &[][..], &PATH_NOT_COPIED),
            (self.metadata.icon.clone(), &["icon"][..], &ICON_MISSING),
            (page, &["ui", "dashboard-tab", "src"][..], &UI_MISSING),
            (self.metadata.composefile.clone(), &["vm", "composefile"][..], &COMPOSE_MISSING),
        ]
        .into_iter()
        .filter_map(|(name, keys, lint)| Some((ImagePath::new(&name?).ok()?, keys, lint)))
        .collect()
    }

    fn binaries(&self, traced: &Traced<'_>, stage: Option<&Stage>) -> Vec<Finding> {
        let mut findings = vec![];
        let mut opened = Opened::default();
        for listed in self.metadata.listed.iter().take(FILES) {
            let origin =
                |platform: &Platform| (*platform, traced.tracer.origin(*platform, listed.path.as_str()));
            let origins: Vec<_> = traced.platforms.iter().map(origin).collect();
            findings.extend(self.not_copied(traced, listed, &origins, stage));
            let same = match origins.as_slice() {
                [(_, first @ Origin::Made(made)), (_, other)] if first == other => traced.same(listed, made),
                [(_, first @ Origin::Later { path, at }), (_, other)] if first == other => {
                    traced.same(listed, &[Made::new(Kind::Later, path, *at)])
                }
                [(_, Origin::Nowhere | Origin::Context { .. }), _] | [_] => None,
                _ => traced.named_for_one_arch(listed),
            };
            findings.extend(same);
            findings.extend(origins.first().and_then(|(_, origin)| traced.shared(listed, origin)));
            for (platform, origin) in &origins {
                opened.open(listed, *platform, traced.tracer.on_disk(origin));
            }
        }
        findings.extend(opened.findings(self));
        findings
    }

    /// One finding for the platforms whose images lack a listed file.
    fn not_copied(
        &self,
        traced: &Traced<'_>,
        listed: &Listed,
        origins: &[(Platform, Origin)],
        stage: Option<&Stage>,
    ) -> Option<Finding> {
        let lacks = |(platform, origin): &&(Platform, Origin)| {
            *origin == Origin::Nowhere
                && !stage.is_some_and(|stage| is_left_out(traced, stage, *platform, listed))
        };
        let lacking: Vec<_> = origins.iter().filter(lacks).collect();
        let place = self.source.place(listed.at.start);
        let place = match lacking.as_slice() {
            [] => return None,
            [(platform, _)] if origins.len() > 1 => place.on(*platform),
            _ => place,
        };
        let message = format!("lists {}, but nothing in the Dockerfile copies or creates it", listed.path);
        Some(Finding::new(
            &PATH_NOT_COPIED,
            place,
            message,
            "copy the file to that path, or list its real path",
        ))
    }
}

/// The stage has a metadata.json for each platform, which only lists the platform's own files.
fn is_left_out(traced: &Traced<'_>, stage: &Stage, platform: Platform, listed: &Listed) -> bool {
    let Origin::Context { path, .. } = traced.tracer.origin(platform, FILE) else { return false };
    path == stage::metadata(platform) && stage.held(&stage::file(platform, &listed.path)) == Held::Missing
}

/// Listed files that are on disk.
#[derive(Default)]
struct Opened<'a> {
    read: BTreeMap<Utf8PathBuf, Option<HostFile>>,
    files: Vec<(&'a Listed, Platform, Utf8PathBuf, Diagnosis)>,
}

impl<'a> Opened<'a> {
    fn open(&mut self, listed: &'a Listed, platform: Platform, file: Option<Utf8PathBuf>) {
        let Some(path) = file else { return };
        let name = listed.path.base_name();
        let file = self.read.entry(path.clone()).or_insert_with(|| read_file(&path, name));
        if let Some(file) = file {
            self.files.push((listed, platform, path, file.check(name, listed.os, platform, None)));
        }
    }

    fn findings(&self, named: &Named<'_>) -> Vec<Finding> {
        let key = |listed: &Listed, platform| (listed.os, platform, without_arch(listed.path.base_name()));
        let native: BTreeSet<_> = self
            .files
            .iter()
            .filter(|(.., diagnosis)| diagnosis.verdict == Verdict::Native)
            .map(|(listed, platform, ..)| key(listed, *platform))
            .collect();
        let finding = |(listed, platform, file, diagnosis): &(&Listed, Platform, Utf8PathBuf, Diagnosis)| {
            let place = named.source.place(listed.at.start).on(*platform);
            let file = file.strip_prefix(named.root).unwrap_or(file);
            let reason =
                format!("`{}`, which is copied to {}, {}", slashes(file), listed.path, diagnosis.reason);
            let is_other = matches!(diagnosis.verdict, Verdict::Emulated | Verdict::WrongArch);
            if is_other && native.contains(&key(listed, *platform)) {
                return Some(by_name(place, &reason));
            }
            let finding = verdict_finding(&listed.path, *platform, diagnosis)?;
            Some(Finding { place, message: reason, ..finding })
        };
        self.files.iter().filter_map(finding).collect()
    }
}

fn slashes(path: &Utf8Path) -> String {
    path.as_str().replace('\\', "/")
}

/// `None` if it is not a file, is too large, or cannot be read.
fn read_file(path: &Utf8Path, name: &str) -> Option<HostFile> {
    let metadata = path.metadata().ok()?;
    let is_small = metadata.is_file() && metadata.len() <= LARGEST;
    is_small.then(|| fs_err::read(path).ok())?.map(|bytes| HostFile::parse(name, &bytes))
}
