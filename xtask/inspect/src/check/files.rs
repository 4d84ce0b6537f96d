//! Checks the files that metadata.json names: whether they exist, and whether the Dockerfile copies them into the image.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::dockerfile::Dockerfile;
use super::dockerfile::copies::{Context, Held, Origin, Steps};
use super::source::Source;
use crate::inspection::files::{COMPOSE_MISSING, ICON_MISSING, UI_MISSING};
use crate::metadata::Metadata;
use sixfold_judge::{HostFile, verdict_finding};
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::matrix::{ImagePath, Platform};
use sixfold_model::stage;

sixfold_model::lints! {
    /// The Dockerfile does not copy a file that metadata.json names.
    PATH_NOT_COPIED = Error "path-not-copied";
    /// The compose file would build an image on the user's machine.
    COMPOSE_BUILD = Error "compose-build";
    /// metadata.json has a tab, but the configuration does not build a UI.
    UI_NOT_BUILT = Error "ui-not-built";
}

/// The limit for host binaries that are opened, in bytes.
const LARGEST: u64 = 512 << 20;

/// metadata.json and its content.
pub(super) struct Named<'a> {
    pub source: &'a Source,
    pub metadata: &'a Metadata,
    pub root: &'a Utf8Path,
}

impl Named<'_> {
    /// The place of a value, by its keys.
    fn place(&self, keys: &[&str]) -> Place {
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
            let help = "add [workspace.metadata.extension.ui] to Cargo.toml, or remove `ui`";
            findings.push(Finding::new(&UI_NOT_BUILT, self.place(&["ui"]), message, help));
        }
        if let Some(path) = self.metadata.composefile.as_deref().and_then(|name| ImagePath::new(name).ok()) {
            findings.extend(compose(self.root, path.relative()));
        }
        findings
    }

    /// Traces every file through the Dockerfile. `is_disk`: the context is `root`, so files can be opened.
    pub(super) fn in_dockerfile(
        &self,
        file: &Dockerfile,
        context: &dyn Context,
        is_disk: bool,
    ) -> Vec<Finding> {
        let mut findings = vec![];
        let steps = Platform::ALL.map(|platform| (platform, Steps::of(file, platform)));
        let [(_, first), ..] = &steps;
        for (path, keys, lint) in self.single_files() {
            match first.origin(context, &path) {
                Origin::Nowhere => {
                    let message = format!("names {path}, but nothing in the Dockerfile copies it");
                    let finding = Finding::new(lint, self.place(keys), message, "copy it into the image");
                    findings.push(finding);
                }
                Origin::Context(source) if is_disk && *lint == COMPOSE_MISSING => {
                    findings.extend(compose(self.root, &source));
                }
                _ => {}
            }
        }
        for (platform, steps) in &steps {
            findings.extend(self.binaries(steps, *platform, context, is_disk));
        }
        findings
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

    fn binaries(
        &self,
        steps: &Steps,
        platform: Platform,
        context: &dyn Context,
        is_disk: bool,
    ) -> Vec<Finding> {
        let mut read = BTreeMap::new();
        let mut findings = vec![];
        // The stage has a metadata.json for each platform, which only lists the platform's own files.
        let of_platform = Origin::Context(stage::metadata(platform));
        let root = ImagePath::new(&self.source.name).map(|path| steps.origin(context, &path));
        let is_of_platform = !is_disk && root.is_ok_and(|origin| origin == of_platform);
        for listed in &self.metadata.listed {
            let place = self.source.place(listed.at.start).on(platform);
            match steps.origin(context, &listed.path) {
                Origin::Nowhere
                    if is_of_platform
                        && context.held(&stage::file(platform, &listed.path)) == Held::Missing => {}
                Origin::Nowhere => {
                    let message =
                        format!("lists {}, but nothing in the Dockerfile copies or creates it", listed.path);
                    let help = "copy the file to that path, or list its real path";
                    findings.push(Finding::new(&PATH_NOT_COPIED, place, message, help));
                }
                Origin::Context(source) if is_disk => {
                    let name = listed.path.base_name();
                    let file =
                        read.entry(source.clone()).or_insert_with(|| read_file(self.root, &source, name));
                    let Some(file) = file else { continue };
                    let diagnosis = file.check(name, listed.os, platform, None);
                    findings.extend(verdict_finding(&listed.path, platform, &diagnosis).map(|finding| {
                        let message =
                            format!("`{source}`, which is copied to {}, {}", listed.path, finding.message);
                        Finding { place, message, ..finding }
                    }));
                }
                _ => {}
            }
        }
        findings
    }
}

/// `None` if it is not a file, is too large, or cannot be read.
fn read_file(root: &Utf8Path, path: &str, name: &str) -> Option<HostFile> {
    let path = root.join(path);
    let metadata = path.metadata().ok()?;
    let is_small = metadata.is_file() && metadata.len() <= LARGEST;
    is_small.then(|| fs_err::read(path).ok())?.map(|bytes| HostFile::parse(name, &bytes))
}

/// Finds `build:` in a compose file. The build context is not on the user's machine, so the extension cannot be installed.
fn compose(root: &Utf8Path, path: &str) -> Option<Finding> {
    let source = Source::read(root, path).ok()??;
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let key = line.trim_start();
        let indent = line.len() - key.len();
        if indent > 0
            && key.strip_prefix("build:").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n']))
        {
            let message =
                "builds an image, but its build context is not on the user's machine, so installing fails";
            let help = "use a published image; ${DESKTOP_PLUGIN_IMAGE} is the extension's own image";
            return Some(Finding::new(&COMPOSE_BUILD, source.place(at + indent), message, help));
        }
        at += line.len();
    }
    None
}
