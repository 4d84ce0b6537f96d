//! `host.binaries`: the files that are copied onto hosts.

use std::collections::BTreeSet;

use super::{
    BASE_NAME_COLLISION, FILES, HOST_KEY_MISSING, HOST_PATH, HOST_WITHOUT_BINARY, METADATA_INVALID,
    METADATA_OLD_FORM, METADATA_UNKNOWN_KEY, Metadata, Reader,
};
use sixfold_model::finding::Severity;
use sixfold_model::json::Node;
use sixfold_model::json_edit::{add_member, quote, remove_keys};
use sixfold_model::matrix::{HostOs, ImagePath};
use sixfold_model::text::Edit;

impl Reader<'_> {
    pub(super) fn host(&mut self, root: &Node, metadata: &mut Metadata) {
        let Some(host) = self.object(root, "host", "host") else { return };
        let Some(binaries) = host.get("binaries") else {
            let help = "list the host binaries, or remove host";
            return self.add(&METADATA_INVALID, host.span.start, "has `host` without `binaries`", help);
        };
        let Some(objects) = binaries.as_array() else {
            let help = "make it a list of objects by operating system";
            return self.add(&METADATA_INVALID, binaries.span.start, "`host.binaries` is no list", help);
        };
        let mut seen = BTreeSet::new();
        for object in objects {
            match object.is_object() {
                true => self.binaries(object, &mut seen, metadata),
                false => {
                    let message = "`host.binaries` holds what is no object";
                    self.add(&METADATA_INVALID, object.span.start, message, "remove it");
                }
            }
        }
        for os in HostOs::ALL {
            if !metadata.binaries.is_empty() && !metadata.binaries.iter().any(|(key, _)| *key == os) {
                let message = format!("lists no file for {os}, so the extension lacks its host part there");
                let help = format!("build one for {os}, or say that it is not supported");
                self.add(&HOST_WITHOUT_BINARY, binaries.span.start, message, help);
            }
        }
    }

    fn binaries(&mut self, object: &Node, seen: &mut BTreeSet<(HostOs, String)>, metadata: &mut Metadata) {
        for member in object.members() {
            if !HostOs::ALL.iter().any(|os| os.as_str() == member.key) {
                let key = member.key.escape_debug();
                let message = format!("host.binaries has the key `{key}`, which no host reads");
                let help = "use darwin, windows and linux; there is no key for architectures";
                self.add(&METADATA_UNKNOWN_KEY, member.key_span.start, message, help);
            }
        }
        for os in HostOs::ALL {
            let Some(node) = object.get(os.as_str()) else {
                metadata.missing_keys.insert(os);
                let message = format!("an object of host.binaries has no `{os}`, which stops Podman Desktop");
                let edit = add_member(self.text, object, os.as_str(), "[]");
                let help = format!("add \"{os}\": []");
                self.fixable(&HOST_KEY_MISSING, object.span.start, message, help, vec![edit]);
                continue;
            };
            let Some(list) = node.as_array() else {
                let old = "write a list of objects with `path`: the form of 2021 is no longer read";
                let lint = if node.is_object() { &METADATA_OLD_FORM } else { &METADATA_INVALID };
                self.add(lint, node.span.start, format!("host.binaries.{os} is no list"), old);
                continue;
            };
            list.iter().for_each(|file| self.file(os, file, seen, metadata));
        }
    }

    fn file(
        &mut self,
        os: HostOs,
        file: &Node,
        seen: &mut BTreeSet<(HostOs, String)>,
        metadata: &mut Metadata,
    ) {
        let Some(node) = file.get("path").filter(|path| path.as_str().is_some()) else {
            let message = format!("host.binaries.{os} holds an entry without `path`");
            let help = "give each the path of a file in the image";
            return self.add(&METADATA_INVALID, file.span.start, message, help);
        };
        self.keys(os, file);
        let (written, at) = (node.as_str().unwrap_or_default(), node.span.start);
        match ImagePath::new(written) {
            Ok(path) if path.base_name().is_empty() => {
                let message = format!("host.binaries.{os} lists the root of the image");
                self.add(&HOST_PATH, at, message, "list files");
            }
            Ok(path) if metadata.binaries.len() >= FILES => {
                let message = format!("lists more than {FILES} files: {path} and what follows is left out");
                self.add(&HOST_PATH, at, message, "list the files that hosts need");
            }
            Ok(path) => {
                if !written.starts_with('/') {
                    self.relative(written, node, &path);
                }
                self.list(os, path, at, seen, metadata);
            }
            Err(message) => self.add(&HOST_PATH, at, message, "write an absolute path with `/`"),
        }
    }

    /// A path that hosts find all the same.
    fn relative(&mut self, written: &str, node: &Node, path: &ImagePath) {
        let edit = Edit::new(node.span.clone(), quote(&format!("/{written}")));
        let message = format!("`{}` is no absolute path, as Docker documents it", written.escape_debug());
        self.fixable(&HOST_PATH, node.span.start, message, format!("write {path}"), vec![edit]);
        if let Some(last) = self.found.last_mut() {
            last.finding.severity = Severity::Warning;
        }
    }

    fn keys(&mut self, os: HostOs, file: &Node) {
        for member in file.members().iter().filter(|member| member.key != "path") {
            let (lint, help) = match member.key.as_str() {
                "install" | "assetsPath" | "script" | "command" => {
                    (&METADATA_OLD_FORM, "gone since 2022: remove it")
                }
                _ => (&METADATA_UNKNOWN_KEY, "remove it: a host reads `path` only"),
            };
            let message = format!("host.binaries.{os} has an entry with `{}`", member.key.escape_debug());
            let edits = match *lint == METADATA_OLD_FORM {
                true => remove_keys(file, |key| key == member.key),
                false => vec![],
            };
            self.fixable(lint, member.key_span.start, message, help, edits);
        }
    }

    /// Docker Desktop copies all files of an operating system into one folder, so base names must differ, and on Windows
    /// and macOS also apart from their case.
    fn list(
        &mut self,
        os: HostOs,
        path: ImagePath,
        at: usize,
        seen: &mut BTreeSet<(HostOs, String)>,
        metadata: &mut Metadata,
    ) {
        if metadata.binaries.contains(&(os, path.clone())) {
            return;
        }
        let name = path.base_name();
        if !seen.insert((os, os.file_key(name))) {
            let message = format!("lists two files called `{name}` for {os}: they land in one folder");
            self.add(&BASE_NAME_COLLISION, at, message, "give them different names");
        }
        metadata.binaries.push((os, path));
    }
}
