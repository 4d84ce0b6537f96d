//! The reader of `host.binaries`: the files that are copied to hosts.

use std::collections::BTreeSet;

use jsonc_parser::ast::{Array, Object, Value};

use super::content::{Listed, Metadata};
use super::found::{Findings, Found};
use super::lints::{
    BASE_NAME_COLLISION, HOST_KEY_MISSING, HOST_PATH, HOST_WITHOUT_BINARY, METADATA_INVALID,
    METADATA_OLD_FORM, METADATA_UNKNOWN_KEY,
};
use crate::json::{Change, member, name, quote, span, string};
use crate::matrix::{HostOs, ImagePath};

/// The most files that are read: more than any extension has.
const MOST: usize = 5000;

/// Reads `host` into `metadata`.
pub(super) fn read(host: &Object<'_>, metadata: &mut Metadata, findings: &mut Findings<'_>) {
    let Some(binaries) = member(host, "binaries") else {
        let help = "list the host binaries, or remove `host`";
        let found = Found::new(&METADATA_INVALID, span(host), "`host` has no `binaries`", help);
        return findings.push(found);
    };
    let Value::Array(objects) = binaries else {
        let message = "`host.binaries` is not a list";
        let help = "write a list of objects with one key per operating system";
        return findings.push(Found::new(&METADATA_INVALID, span(binaries), message, help).stops_build());
    };
    let mut host = Host { metadata, findings, names: BTreeSet::new() };
    objects.elements.iter().for_each(|object| host.object(object));
    host.unsupported_systems(objects);
}

struct Host<'m, 'f, 't> {
    metadata: &'m mut Metadata,
    findings: &'f mut Findings<'t>,
    /// The names that files get on the hosts of a system.
    names: BTreeSet<(HostOs, String)>,
}

impl Host<'_, '_, '_> {
    fn object(&mut self, value: &Value<'_>) {
        let Value::Object(object) = value else {
            let message = "`host.binaries` has an entry that is not an object";
            let found = Found::new(&METADATA_INVALID, span(value), message, "remove it");
            return self.findings.push(found.stops_build());
        };
        for member in &object.properties {
            if !HostOs::ALL.iter().any(|os| os.as_str() == name(member)) {
                let key = name(member).escape_debug();
                let message = format!("`host.binaries` has the key `{key}`, which no host reads");
                let help = "use darwin, windows and linux; there is no key for architectures";
                self.findings.push(Found::new(&METADATA_UNKNOWN_KEY, span(&member.name), message, help));
            }
        }
        for os in HostOs::ALL {
            match member(object, os.as_str()) {
                Some(Value::Array(list)) => list.elements.iter().for_each(|file| self.file(os, file)),
                Some(value) => self.not_a_list(os, value),
                None => self.missing_key(os, object),
            }
        }
    }

    fn missing_key(&mut self, os: HostOs, object: &Object<'_>) {
        let message = format!(
            "an object of `host.binaries` has no `{os}`, which old versions of Podman Desktop require"
        );
        let (key, value) = (os.as_str().to_owned(), "[]".to_owned());
        let change = Change::AddMember { object: span(object), key, value };
        let help = format!("add \"{os}\": []");
        self.findings.push(Found::new(&HOST_KEY_MISSING, span(object), message, help).fixed_by(change));
    }

    fn not_a_list(&mut self, os: HostOs, value: &Value<'_>) {
        let lint = if value.as_object().is_some() { &METADATA_OLD_FORM } else { &METADATA_INVALID };
        let message = format!("`host.binaries.{os}` is not a list");
        let help = "write a list of objects with `path`; the form of 2021 is no longer read";
        self.findings.push(Found::new(lint, span(value), message, help).stops_build());
    }

    fn file(&mut self, os: HostOs, file: &Value<'_>) {
        let path = file.as_object().and_then(|object| Some((object, member(object, "path")?)));
        let path = path.and_then(|(object, path)| Some((object, path, string(path)?)));
        let Some((object, path, written)) = path else {
            let message = format!("`host.binaries.{os}` has an entry without `path`");
            let help = "set `path` to the path of a file in the image";
            return self
                .findings
                .push(Found::new(&METADATA_INVALID, span(file), message, help).stops_build());
        };
        self.keys(os, object);
        let at = span(path);
        let refuse =
            |message: String, help: &str| Found::new(&HOST_PATH, at.clone(), message, help).stops_build();
        match ImagePath::new(written) {
            Ok(path) if path.base_name().is_empty() => {
                let message = format!("`host.binaries.{os}` lists the root of the image");
                self.findings.push(refuse(message, "list files"));
            }
            Ok(path) if self.metadata.listed.len() >= MOST => {
                let message = format!("lists more than {MOST} files; {path} and those after it are ignored");
                self.findings.push(refuse(message, "list only the files that hosts need"));
            }
            Ok(path) => {
                let (written, entry) = (written.to_owned(), span(file));
                self.list(Listed { os, written, path, at, entry });
            }
            Err(message) => self.findings.push(refuse(message, "write an absolute path with `/`")),
        }
    }

    fn keys(&mut self, os: HostOs, file: &Object<'_>) {
        for member in file.properties.iter().filter(|member| name(member) != "path") {
            let is_old = matches!(name(member), "install" | "assetsPath" | "script" | "command");
            let (lint, help) = if is_old {
                (&METADATA_OLD_FORM, "remove it: it no longer exists since 2022")
            } else {
                (&METADATA_UNKNOWN_KEY, "remove it: hosts read only `path`")
            };
            let key = name(member).escape_debug();
            let message = format!("`host.binaries.{os}` has an entry with `{key}`");
            let change = is_old.then(|| Change::Remove(span(member)));
            self.findings.push(Found::new(lint, span(&member.name), message, help).fixed_by(change));
        }
    }

    fn list(&mut self, listed: Listed) {
        if !listed.written.starts_with('/') {
            self.relative(&listed);
        }
        let file = (listed.os, listed.path.clone());
        if !self.metadata.binaries.contains(&file) {
            self.unique_name(&listed);
            self.metadata.binaries.push(file);
        }
        self.metadata.listed.push(listed);
    }

    /// Hosts find the file anyway.
    fn relative(&mut self, Listed { written, path, at, .. }: &Listed) {
        let change = Change::Replace(at.clone(), quote(&format!("/{written}")));
        let message =
            format!("`{}` is not absolute; Docker documents absolute paths", written.escape_debug());
        let found = Found::new(&HOST_PATH, at.clone(), message, format!("write {path}"));
        self.findings.push(found.warning().fixed_by(change));
    }

    /// Docker Desktop copies all files of an operating system into one folder. So their names must differ, on Windows and
    /// macOS not only in case.
    fn unique_name(&mut self, Listed { os, path, at, .. }: &Listed) {
        let file_name = path.base_name();
        if !self.names.insert((*os, os.file_key(file_name))) {
            let message =
                format!("lists two files named `{file_name}` for {os}, which are copied into one folder");
            let help = "give them different names";
            self.findings.push(Found::new(&BASE_NAME_COLLISION, at.clone(), message, help));
        }
    }

    fn unsupported_systems(&mut self, objects: &Array<'_>) {
        if self.metadata.binaries.is_empty() {
            return;
        }
        for os in HostOs::ALL {
            if !self.metadata.binaries.iter().any(|(other, _)| *other == os) {
                let message = format!("lists no file for {os}, so the extension has no host binaries there");
                let help = format!("build one for {os}, or document that {os} is not supported");
                self.findings.push(Found::new(&HOST_WITHOUT_BINARY, span(objects), message, help));
            }
        }
    }
}
