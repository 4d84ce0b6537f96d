//! metadata.json as an image or a project has it: what it lists, read with tolerance, and all that is wrong with it.
//! `inspect` and `check` have the same rules by it.
//!
//! Unlike the build, which refuses a file of another shape, this takes from any file what a host would take from it.

use std::collections::BTreeSet;

use crate::fixed::Fixed;
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::json;
use sixfold_model::json::Node;
use sixfold_model::json_edit::remove_keys;
use sixfold_model::matrix::{HostOs, ImagePath};
use sixfold_model::text::{Edit, line_column};

mod host;

pub const FILE: &str = "/metadata.json";

sixfold_model::lints! {
    METADATA_MISSING = Error "metadata-missing";
    METADATA_INVALID = Error "metadata-invalid";
    METADATA_UNKNOWN_KEY = Error "metadata-unknown-key";
    METADATA_OLD_FORM = Error "metadata-old-form";
    METADATA_DUPLICATE_KEY = Warning "metadata-duplicate-key";
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

/// What reading the text gave.
#[derive(Debug, Default)]
pub struct Read {
    /// The text's structure, where it is JSON.
    pub node: Option<Node>,
    /// `None` where it is no JSON object.
    pub metadata: Option<Metadata>,
    pub found: Vec<Fixed>,
}

/// Reads the text of an image. Returns what could be read, and the findings; `None` where it is no JSON object.
pub fn read(text: &[u8], place: &Place) -> (Option<Metadata>, Vec<Finding>) {
    let Ok(text) = std::str::from_utf8(text) else {
        let finding = Finding::new(&METADATA_INVALID, place.clone(), "is no UTF-8", "save it as UTF-8");
        return (None, vec![finding]);
    };
    let read = read_text(text, place);
    (read.metadata, read.found.into_iter().map(|fixed| fixed.finding).collect())
}

/// Reads the text, keeping its structure and what mends it. `place` is the file.
pub fn read_text(text: &str, place: &Place) -> Read {
    let mut reader = Reader { text, place, found: vec![] };
    let node = match json::parse(text) {
        Ok(node) => node,
        Err(mistake) => {
            reader.add(
                &METADATA_INVALID,
                mistake.offset,
                format!("is no JSON: {}", mistake.message),
                "mend the syntax",
            );
            return Read { found: reader.found, ..Read::default() };
        }
    };
    let metadata = match node.is_object() {
        true => Some(reader.root(&node)),
        false => {
            reader.add(
                &METADATA_INVALID,
                0,
                "is no JSON object",
                "see Docker's documentation of metadata.json",
            );
            None
        }
    };
    Read { metadata, found: reader.found, node: Some(node) }
}

struct Reader<'a> {
    text: &'a str,
    place: &'a Place,
    found: Vec<Fixed>,
}

impl Reader<'_> {
    /// `at` is the offset in the text.
    fn add(&mut self, lint: &'static Lint, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.fixable(lint, at, message, help, vec![]);
    }

    fn fixable(
        &mut self,
        lint: &'static Lint,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
        edits: Vec<Edit>,
    ) {
        if self.found.len() < FINDINGS {
            let (line, column) = line_column(self.text, at);
            let finding = Finding::new(lint, self.place.clone().at(line, column), message, help);
            self.found.push(Fixed { finding, edits });
        }
    }

    fn root(&mut self, root: &Node) -> Metadata {
        self.root_keys(root);
        self.duplicates(root);
        let known = |key: &str| matches!(key, "icon" | "ui" | "vm" | "host");
        let keys = root.members().iter().map(|member| member.key.clone());
        let mut metadata = Metadata {
            icon: text(root.get("icon")),
            refused_keys: keys.filter(|key| !known(key)).collect(),
            ..Metadata::default()
        };
        if let Some(icon) = root.get("icon").filter(|icon| icon.as_str().is_none()) {
            let help = "give the path of the icon in the image";
            self.add(&METADATA_INVALID, icon.span.start, "`icon` is no text", help);
        }
        self.ui(root, &mut metadata);
        self.vm(root, &mut metadata);
        self.host(root, &mut metadata);
        metadata
    }

    fn root_keys(&mut self, root: &Node) {
        for member in root.members() {
            let key = member.key.as_str();
            let (lint, what, help) = match key {
                "icon" | "ui" | "vm" | "host" => continue,
                "name" | "provider" | "desktop-plugin-name" | "desktop-plugin-version" => (
                    &METADATA_OLD_FORM,
                    "",
                    "remove it: title, vendor and version are labels of the image since 2022",
                ),
                _ => (
                    &METADATA_UNKNOWN_KEY,
                    " at its root",
                    "remove it: only icon, ui, vm and host are allowed there",
                ),
            };
            let has_one_answer = key == "$schema" || *lint == METADATA_OLD_FORM;
            let edits = if has_one_answer { remove_keys(root, |other| other == key) } else { vec![] };
            let message =
                format!("has the key `{}`{what}, which Docker's validator refuses", key.escape_debug());
            self.fixable(lint, member.key_span.start, message, help, edits);
        }
        if !["ui", "vm", "host"].iter().any(|key| root.get(key).is_some()) {
            let message = "has neither ui, vm nor host, so the extension is nothing";
            self.add(&METADATA_EMPTY, root.span.start, message, "add one of them");
        }
    }

    /// Of two members with one name, one is silently lost.
    fn duplicates(&mut self, node: &Node) {
        let mut seen = BTreeSet::new();
        for member in node.members() {
            if !seen.insert(&member.key) {
                let message =
                    format!("has the key `{}` twice: the first one is lost", member.key.escape_debug());
                self.add(&METADATA_DUPLICATE_KEY, member.key_span.start, message, "keep one of them");
            }
            self.duplicates(&member.node);
        }
        node.as_array().unwrap_or_default().iter().for_each(|node| self.duplicates(node));
    }

    fn ui(&mut self, root: &Node, metadata: &mut Metadata) {
        let Some(ui) = self.object(root, "ui", "ui") else { return };
        let Some(tab) = self.object(ui, "dashboard-tab", "ui.dashboard-tab") else {
            let message = "has `ui` without `dashboard-tab`, so nothing is shown";
            self.add(&METADATA_TAB, ui.span.start, message, "add ui.dashboard-tab");
            return;
        };
        for key in ["title", "root", "src"] {
            if text(tab.get(key)).is_none_or(|text| text.trim().is_empty()) {
                let help = "give title, root (a folder in the image) and src (a page in it)";
                self.add(&METADATA_TAB, tab.span.start, format!("ui.dashboard-tab has no `{key}`"), help);
            }
        }
        metadata.tab = Some(Tab { root: text(tab.get("root")), src: text(tab.get("src")) });
    }

    fn vm(&mut self, root: &Node, metadata: &mut Metadata) {
        let Some(vm) = self.object(root, "vm", "vm") else { return };
        metadata.composefile = text(vm.get("composefile"));
        metadata.vm_image = text(vm.get("image"));
        if let Some(member) = vm.members().iter().find(|member| member.key == "isolation") {
            let edits = remove_keys(vm, |key| key == "isolation");
            let message = "has `vm.isolation`, gone since 2021";
            self.fixable(&METADATA_OLD_FORM, member.key_span.start, message, "remove it", edits);
        }
        let (message, help) = match (&metadata.vm_image, &metadata.composefile) {
            (Some(_), Some(_)) => ("has both `vm.image` and `vm.composefile`", "keep the one that is meant"),
            (None, None) => ("has `vm` without `image` and `composefile`", "add one of them, or remove vm"),
            _ => return,
        };
        self.add(&METADATA_VM, vm.span.start, message, help);
    }

    fn object<'n>(&mut self, parent: &'n Node, key: &str, name: &str) -> Option<&'n Node> {
        let node = parent.get(key)?;
        if !node.is_object() {
            let help = "see Docker's documentation of metadata.json";
            self.add(&METADATA_INVALID, node.span.start, format!("`{name}` is no object"), help);
        }
        node.is_object().then_some(node)
    }
}

fn text(node: Option<&Node>) -> Option<String> {
    node.and_then(Node::as_str).map(str::to_owned)
}
