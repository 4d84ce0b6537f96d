//! metadata.json as an image or a project has it: what it lists, read with tolerance, and all that is wrong with it.
//!
//! Unlike the build, which refuses a file of another shape, this takes from any file what a host would take from it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::finding::{Finding, Place};
use crate::matrix::{HostOs, ImagePath};

pub const FILE: &str = "/metadata.json";

crate::lints! {
    METADATA_MISSING = Error "metadata-missing";
    METADATA_INVALID = Error "metadata-invalid";
    METADATA_UNKNOWN_KEY = Error "metadata-unknown-key";
    METADATA_OLD_FORM = Error "metadata-old-form";
    METADATA_EMPTY = Error "metadata-empty";
    METADATA_VM = Warning "metadata-vm";
    METADATA_TAB = Warning "metadata-tab";
    /// An object of host.binaries lacks a key for an operating system.
    HOST_KEY_MISSING = Warning "host-key-missing";
    /// No object lists anything for an operating system.
    HOST_WITHOUT_BINARY = Warning "host-without-binary";
    HOST_PATH = Error "host-path";
    BASE_NAME_COLLISION = Error "base-name-collision";
}

/// The most files that are taken for hosts, and the most findings that are made: more than any extension has.
const FILES: usize = 5000;
const FINDINGS: usize = 1000;

/// What an extension says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub icon: Option<String>,
    pub tab: Option<Tab>,
    pub composefile: Option<String>,
    pub vm_image: Option<String>,
    /// Every path that is listed for a host, once, in the file's order.
    pub binaries: Vec<(HostOs, ImagePath)>,
    /// The operating systems that some object of host.binaries has no key for.
    pub missing_keys: BTreeSet<HostOs>,
    /// The keys at the root that Docker's validator refuses.
    pub refused_keys: Vec<String>,
}

/// The tab in Docker Desktop's dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tab {
    pub root: Option<String>,
    pub src: Option<String>,
}

/// Reads the text. Returns what could be read, and the findings; `None` where it is no JSON object.
pub fn read(text: &[u8], place: &Place) -> (Option<Metadata>, Vec<Finding>) {
    let mut reader = Reader { place, findings: vec![] };
    let metadata = match serde_json::from_slice::<Value>(text) {
        Ok(Value::Object(root)) => Some(reader.root(&root)),
        Ok(_) => {
            reader.add(&METADATA_INVALID, "is no JSON object", "see Docker's documentation of metadata.json");
            None
        }
        Err(error) => {
            let place = place.clone().at(error.line(), error.column());
            let message = format!("is no JSON: {error}");
            reader.findings.push(Finding::new(&METADATA_INVALID, place, message, "mend the syntax"));
            None
        }
    };
    (metadata, reader.findings)
}

struct Reader<'a> {
    place: &'a Place,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn add(
        &mut self,
        lint: &'static crate::finding::Lint,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) {
        if self.findings.len() < FINDINGS {
            self.findings.push(Finding::new(lint, self.place.clone(), message, mend));
        }
    }

    fn root(&mut self, root: &Map<String, Value>) -> Metadata {
        for key in root.keys() {
            match key.as_str() {
                "icon" | "ui" | "vm" | "host" => {}
                "name" | "provider" | "desktop-plugin-name" | "desktop-plugin-version" => {
                    let mend = "remove it: title, vendor and version are labels of the image since 2022";
                    self.add(
                        &METADATA_OLD_FORM,
                        format!("has the key `{key}`, which Docker's validator refuses"),
                        mend,
                    );
                }
                _ => self.add(
                    &METADATA_UNKNOWN_KEY,
                    format!(
                        "has the key `{}` at its root, which Docker's validator refuses",
                        key.escape_debug()
                    ),
                    "remove it: only icon, ui, vm and host are allowed there",
                ),
            }
        }
        if !["ui", "vm", "host"].iter().any(|key| root.contains_key(*key)) {
            self.add(
                &METADATA_EMPTY,
                "has neither ui, vm nor host, so the extension is nothing",
                "add one of them",
            );
        }
        let known = ["icon", "ui", "vm", "host"];
        let refused = root.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
        let mut metadata =
            Metadata { icon: text(root.get("icon")), refused_keys: refused, ..Metadata::default() };
        if root.get("icon").is_some_and(|icon| !icon.is_string()) {
            self.add(&METADATA_INVALID, "`icon` is no text", "give the path of the icon in the image");
        }
        self.ui(root, &mut metadata);
        self.vm(root, &mut metadata);
        self.host(root, &mut metadata);
        metadata
    }

    fn ui(&mut self, root: &Map<String, Value>, metadata: &mut Metadata) {
        let Some(ui) = self.object(root, "ui", "ui") else { return };
        let Some(tab) = self.object(ui, "dashboard-tab", "ui.dashboard-tab") else {
            self.add(
                &METADATA_TAB,
                "has `ui` without `dashboard-tab`, so nothing is shown",
                "add ui.dashboard-tab",
            );
            return;
        };
        for key in ["title", "root", "src"] {
            if text(tab.get(key)).is_none_or(|text| text.trim().is_empty()) {
                let mend = "give title, root (a folder in the image) and src (a page in it)";
                self.add(&METADATA_TAB, format!("ui.dashboard-tab has no `{key}`"), mend);
            }
        }
        metadata.tab = Some(Tab { root: text(tab.get("root")), src: text(tab.get("src")) });
    }

    fn vm(&mut self, root: &Map<String, Value>, metadata: &mut Metadata) {
        let Some(vm) = self.object(root, "vm", "vm") else { return };
        metadata.composefile = text(vm.get("composefile"));
        metadata.vm_image = text(vm.get("image"));
        if vm.contains_key("isolation") {
            self.add(&METADATA_OLD_FORM, "has `vm.isolation`, gone since 2021", "remove it");
        }
        match (&metadata.vm_image, &metadata.composefile) {
            (Some(_), Some(_)) => {
                self.add(
                    &METADATA_VM,
                    "has both `vm.image` and `vm.composefile`",
                    "keep the one that is meant",
                );
            }
            (None, None) => {
                self.add(
                    &METADATA_VM,
                    "has `vm` without `image` and `composefile`",
                    "add one of them, or remove vm",
                );
            }
            _ => {}
        }
    }

    fn host(&mut self, root: &Map<String, Value>, metadata: &mut Metadata) {
        let Some(host) = self.object(root, "host", "host") else { return };
        let Some(binaries) = host.get("binaries") else {
            self.add(
                &METADATA_INVALID,
                "has `host` without `binaries`",
                "list the host binaries, or remove host",
            );
            return;
        };
        let Some(objects) = binaries.as_array() else {
            self.add(
                &METADATA_INVALID,
                "`host.binaries` is no list",
                "make it a list of objects by operating system",
            );
            return;
        };
        for object in objects {
            match object {
                Value::Object(object) => self.binaries(object, metadata),
                _ => self.add(&METADATA_INVALID, "`host.binaries` holds what is no object", "remove it"),
            }
        }
        self.judge_names(metadata);
    }

    fn binaries(&mut self, object: &Map<String, Value>, metadata: &mut Metadata) {
        for key in object.keys().filter(|key| !HostOs::ALL.iter().any(|os| os.as_str() == key.as_str())) {
            let message = format!("host.binaries has the key `{}`, which no host reads", key.escape_debug());
            self.add(
                &METADATA_UNKNOWN_KEY,
                message,
                "use darwin, windows and linux; there is no key for architectures",
            );
        }
        for os in HostOs::ALL {
            let Some(list) = object.get(os.as_str()) else {
                metadata.missing_keys.insert(os);
                let message = format!("an object of host.binaries has no `{os}`, which stops Podman Desktop");
                self.add(&HOST_KEY_MISSING, message, format!("add \"{os}\": []"));
                continue;
            };
            let Some(list) = list.as_array() else {
                let message = format!("host.binaries.{os} is no list");
                let old = "write a list of objects with `path`: the form of 2021 is no longer read";
                self.add(if list.is_object() { &METADATA_OLD_FORM } else { &METADATA_INVALID }, message, old);
                continue;
            };
            for file in list {
                self.file(os, file, metadata);
            }
        }
    }

    fn file(&mut self, os: HostOs, file: &Value, metadata: &mut Metadata) {
        let Some(path) = text(file.get("path")) else {
            let message = format!("host.binaries.{os} holds an entry without `path`");
            self.add(&METADATA_INVALID, message, "give each the path of a file in the image");
            return;
        };
        for key in file.as_object().into_iter().flat_map(Map::keys).filter(|key| key.as_str() != "path") {
            let (lint, mend) = match key.as_str() {
                "install" | "assetsPath" | "script" | "command" => {
                    (&METADATA_OLD_FORM, "gone since 2022: remove it")
                }
                _ => (&METADATA_UNKNOWN_KEY, "remove it: a host reads `path` only"),
            };
            self.add(lint, format!("host.binaries.{os} has an entry with `{}`", key.escape_debug()), mend);
        }
        match ImagePath::new(&path) {
            Ok(path) if path.base_name().is_empty() => {
                self.add(&HOST_PATH, format!("host.binaries.{os} lists the root of the image"), "list files");
            }
            Ok(path) if metadata.binaries.len() >= FILES => {
                let message = format!("lists more than {FILES} files: {path} and what follows is left out");
                self.add(&HOST_PATH, message, "list the files that hosts need");
            }
            Ok(path) => {
                if !metadata.binaries.contains(&(os, path.clone())) {
                    metadata.binaries.push((os, path));
                }
            }
            Err(message) => self.add(&HOST_PATH, message, "write an absolute path with `/`"),
        }
    }

    /// Docker Desktop copies all files of an operating system into one folder, so base names must differ, and on Windows
    /// and macOS also apart from their case.
    fn judge_names(&mut self, metadata: &Metadata) {
        for os in HostOs::ALL {
            let mut seen = BTreeSet::new();
            let paths: Vec<_> =
                metadata.binaries.iter().filter(|(key, _)| *key == os).map(|(_, path)| path).collect();
            if paths.is_empty() && !metadata.binaries.is_empty() {
                let message = format!("lists no file for {os}, so the extension lacks its host part there");
                self.add(
                    &HOST_WITHOUT_BINARY,
                    message,
                    format!("build one for {os}, or say that it is not supported"),
                );
            }
            for path in paths {
                let name = path.base_name();
                let key = if os == HostOs::Linux { name.to_owned() } else { name.to_lowercase() };
                if !seen.insert(key) {
                    let message =
                        format!("lists two files called `{name}` for {os}: they land in one folder");
                    self.add(&BASE_NAME_COLLISION, message, "give them different names");
                }
            }
        }
    }

    fn object<'a>(
        &mut self,
        parent: &'a Map<String, Value>,
        key: &str,
        name: &str,
    ) -> Option<&'a Map<String, Value>> {
        match parent.get(key)? {
            Value::Object(object) => Some(object),
            _ => {
                self.add(
                    &METADATA_INVALID,
                    format!("`{name}` is no object"),
                    "see Docker's documentation of metadata.json",
                );
                None
            }
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}
