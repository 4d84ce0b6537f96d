//! The reader: everything but `host`.

use std::collections::BTreeSet;

use jsonc_parser::ast::{Object, Value};

use super::content::{Metadata, Tab};
use super::found::{Findings, Found};
use super::host;
use super::lints::{
    METADATA_DUPLICATE_KEY, METADATA_EMPTY, METADATA_INVALID, METADATA_OLD_FORM, METADATA_SOCKET,
    METADATA_TAB, METADATA_UNKNOWN_KEY, METADATA_VM,
};
use crate::finding::{Finding, Place};
use crate::json::{Change, member, name, parse, span, string};

const SEE_DOCS: &str = "see Docker's documentation of metadata.json";

/// The result of reading a text.
#[derive(Debug, Default)]
pub struct Read {
    /// `None` if the text is not a JSON object.
    pub metadata: Option<Metadata>,
    /// Everything that is wrong.
    pub found: Vec<Found>,
}

impl Read {
    /// The content and the findings, without what fixes them.
    pub fn into_parts(self) -> (Option<Metadata>, Vec<Finding>) {
        (self.metadata, self.found.into_iter().map(|found| found.finding).collect())
    }
}

/// Reads the bytes of a metadata.json, from any source. `place` is the file, for the findings.
///
/// Never fails: whatever is wrong is a finding.
pub fn read(bytes: &[u8], place: &Place) -> Read {
    let text = String::from_utf8_lossy(bytes);
    let mut findings = Findings::new(&text, place);
    let invalid = |at: usize, message: String, help: &str| {
        Found::new(&METADATA_INVALID, at..at, message, help).stops_build()
    };
    if let Err(error) = std::str::from_utf8(bytes) {
        findings.push(invalid(error.valid_up_to(), "is not UTF-8".into(), "save it as UTF-8"));
        return Read { metadata: None, found: findings.list };
    }
    if text.starts_with('\u{feff}') {
        let message = "begins with a byte order mark, which JSON does not allow";
        findings.push(invalid(0, message.into(), "save it as UTF-8 without a byte order mark"));
        return Read { metadata: None, found: findings.list };
    }
    let metadata = match parse(&text) {
        Ok(Value::Object(object)) => Some(root(&object, &text, &mut findings)),
        Ok(_) => {
            findings.push(invalid(0, "is not a JSON object".into(), SEE_DOCS));
            None
        }
        Err(error) => {
            let message = format!("is not JSON: {}", error.message);
            findings.push(invalid(error.offset, message, "fix the syntax"));
            None
        }
    };
    Read { metadata, found: findings.list }
}

fn root(object: &Object<'_>, text: &str, findings: &mut Findings<'_>) -> Metadata {
    root_keys(object, findings);
    duplicates(object, findings);
    let keys = object.properties.iter().map(|member| name(member).to_owned());
    let mut metadata = Metadata {
        text: text.to_owned(),
        icon: string_at(object, "icon", "icon", findings),
        refused_keys: keys.filter(|key| !is_known(key)).collect(),
        ..Metadata::default()
    };
    if let Some(vm) = object_at(object, "vm", "vm", findings) {
        read_vm(vm, &mut metadata, findings);
    }
    if let Some(ui) = object_at(object, "ui", "ui", findings) {
        metadata.tab = tab(ui, metadata.socket.as_deref(), findings);
    }
    if let Some(host) = object_at(object, "host", "host", findings) {
        host::read(host, &mut metadata, findings);
    }
    metadata
}

fn is_known(key: &str) -> bool {
    matches!(key, "icon" | "ui" | "vm" | "host")
}

fn root_keys(root: &Object<'_>, findings: &mut Findings<'_>) {
    for member in root.properties.iter().filter(|member| !is_known(name(member))) {
        let key = name(member);
        let (lint, help) = match key {
            "name" | "provider" | "desktop-plugin-name" | "desktop-plugin-version" => (
                &METADATA_OLD_FORM,
                "remove it: title, vendor and version are labels of the image since 2022",
            ),
            _ => (&METADATA_UNKNOWN_KEY, "remove it: the allowed keys are icon, ui, vm and host"),
        };
        let message = format!("has the key `{}`, which Docker's validator refuses", key.escape_debug());
        let has_one_answer = key == "$schema" || *lint == METADATA_OLD_FORM;
        let change = has_one_answer.then(|| Change::Remove(span(member)));
        findings.push(Found::new(lint, span(&member.name), message, help).fixed_by(change));
    }
    if !["ui", "vm", "host"].iter().any(|key| member(root, key).is_some()) {
        let message = "has neither `ui` nor `vm` nor `host`, so the extension does nothing";
        findings.push(Found::new(&METADATA_EMPTY, span(root), message, "add one of them"));
    }
}

/// If a key occurs twice, the first value is silently lost.
fn duplicates(object: &Object<'_>, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for member in &object.properties {
        let key = name(member);
        if !seen.insert(key) {
            let message = format!("has the key `{}` twice, and the first value is lost", key.escape_debug());
            let found = Found::new(&METADATA_DUPLICATE_KEY, span(&member.name), message, "keep one of them");
            findings.push(found.stops_build());
        }
        duplicates_inside(&member.value, findings);
    }
}

fn duplicates_inside(value: &Value<'_>, findings: &mut Findings<'_>) {
    match value {
        Value::Object(object) => duplicates(object, findings),
        Value::Array(array) => array.elements.iter().for_each(|value| duplicates_inside(value, findings)),
        _ => {}
    }
}

fn tab(ui: &Object<'_>, exposed: Option<&str>, findings: &mut Findings<'_>) -> Option<Tab> {
    if member(ui, "dashboard-tab").is_none() {
        let message = "`ui` has no `dashboard-tab`, so nothing is shown";
        findings.push(Found::new(&METADATA_TAB, span(ui), message, "add ui.dashboard-tab"));
    }
    let tab = object_at(ui, "dashboard-tab", "ui.dashboard-tab", findings)?;
    let mut texts = ["title", "root", "src"].map(|key| {
        let text = string_at(tab, key, &format!("ui.dashboard-tab.{key}"), findings);
        let is_string = member(tab, key).is_none_or(|value| string(value).is_some());
        if is_string && text.as_ref().is_none_or(|text| text.trim().is_empty()) {
            let help = "set title, root (a folder in the image) and src (a page in that folder)";
            let message = format!("`ui.dashboard-tab` has no `{key}`");
            findings.push(Found::new(&METADATA_TAB, span(tab), message, help));
        }
        text
    });
    if let Some(backend) = object_at(tab, "backend", "ui.dashboard-tab.backend", findings) {
        same_socket(backend, exposed, findings);
    }
    let [_, root, src] = texts.each_mut().map(Option::take);
    Some(Tab { root, src })
}

/// The UI calls the socket that containers expose.
fn same_socket(backend: &Object<'_>, exposed: Option<&str>, findings: &mut Findings<'_>) {
    let Some(socket) = string_at(backend, "socket", "ui.dashboard-tab.backend.socket", findings) else {
        return;
    };
    let shown = socket.escape_debug();
    let (message, help) = match exposed {
        Some(exposed) if exposed == socket => return,
        Some(exposed) => (
            format!("the UI calls the socket {shown}, but `vm.exposes.socket` is {}", exposed.escape_debug()),
            "write the same name in both".to_owned(),
        ),
        None => (
            format!("the UI calls the socket {shown}, but no `vm.exposes.socket` forwards it to the host"),
            format!(r#"add `"exposes": {{ "socket": "{shown}" }}` to `vm`, or remove `backend`"#),
        ),
    };
    let span = member(backend, "socket").map_or_else(|| span(backend), span);
    findings.push(Found::new(&METADATA_SOCKET, span, message, help));
}

/// Desktops look for the socket in one folder.
fn exposed_socket(vm: &Object<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let exposes = object_at(vm, "exposes", "vm.exposes", findings)?;
    let socket = string_at(exposes, "socket", "vm.exposes.socket", findings)?;
    if socket.contains(['/', '\\']) || matches!(socket.as_str(), "" | "." | "..") {
        let message = format!(
            "`vm.exposes.socket` is \"{}\", which is not a file name, so no service can create it",
            socket.escape_debug()
        );
        let help = "write the name of the socket that the backend creates in /run/guest-services";
        let span = member(exposes, "socket").map_or_else(|| span(exposes), span);
        findings.push(Found::new(&METADATA_SOCKET, span, message, help));
    }
    Some(socket)
}

fn read_vm(vm: &Object<'_>, metadata: &mut Metadata, findings: &mut Findings<'_>) {
    metadata.has_vm = true;
    metadata.composefile = string_at(vm, "composefile", "vm.composefile", findings);
    metadata.vm_image = string_at(vm, "image", "vm.image", findings);
    metadata.socket = exposed_socket(vm, findings);
    for isolation in vm.properties.iter().filter(|member| name(member) == "isolation") {
        let message = "`vm.isolation` no longer exists since 2021";
        let found = Found::new(&METADATA_OLD_FORM, span(&isolation.name), message, "remove it");
        findings.push(found.fixed_by(Change::Remove(span(isolation))));
    }
    let (message, help) = match (&metadata.vm_image, &metadata.composefile) {
        (Some(_), Some(_)) => ("`vm` has both `image` and `composefile`", "keep one of them"),
        (None, None) => ("`vm` has neither `image` nor `composefile`", "add one of them, or remove `vm`"),
        _ => return,
    };
    findings.push(Found::new(&METADATA_VM, span(vm), message, help));
}

/// A member that has to be an object. `path` is its name in messages.
fn object_at<'v, 'a>(
    parent: &'v Object<'a>,
    key: &str,
    path: &str,
    findings: &mut Findings<'_>,
) -> Option<&'v Object<'a>> {
    let value = member(parent, key)?;
    if value.as_object().is_none() {
        let message = format!("`{path}` is not an object");
        findings.push(Found::new(&METADATA_INVALID, span(value), message, SEE_DOCS).stops_build());
    }
    value.as_object()
}

/// A member that has to be a string. `path` is its name in messages.
fn string_at(parent: &Object<'_>, key: &str, path: &str, findings: &mut Findings<'_>) -> Option<String> {
    let value = member(parent, key)?;
    if string(value).is_none() {
        let message = format!("`{path}` is not a string");
        findings.push(Found::new(&METADATA_INVALID, span(value), message, SEE_DOCS).stops_build());
    }
    string(value).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::apply;

    fn codes(text: &str) -> Vec<String> {
        let (_, findings) = read(text.as_bytes(), &Place::path("m")).into_parts();
        findings.iter().map(|finding| format!("{} {}", finding.place, finding.code())).collect()
    }

    #[test]
    fn every_finding_has_its_line_and_column() {
        for (text, expected) in [
            ("{\n  \"icon\": 1,\n  \"vm\": { \"image\": \"x\" }\n}", "m:2:11 metadata-invalid"),
            ("{ \"vm\": { \"image\": \"x\" }, \"name\": \"x\" }", "m:1:27 metadata-old-form"),
            ("{ \"vm\": { \"image\": \"x\" }, \"nam\": \"x\" }", "m:1:27 metadata-unknown-key"),
            ("{ \"vm\": { \"image\": \"x\", \"image\": \"y\" } }", "m:1:25 metadata-duplicate-key"),
            ("{ \"vm\": {} }", "m:1:9 metadata-vm"),
            ("{ \"ui\": {} }", "m:1:9 metadata-tab"),
            (
                "{ \"vm\": { \"image\": \"x\", \"exposes\": { \"socket\": \"/run/x\" } } }",
                "m:1:48 metadata-socket",
            ),
            ("{}", "m:1:1 metadata-empty"),
        ] {
            assert_eq!(codes(text), [expected], "{text}");
        }
    }

    #[test]
    fn the_ui_calls_the_socket_that_containers_expose() {
        let found = |vm: &str, tab: &str| {
            let text = format!(
                "{{ \"vm\": {{ \"image\": \"x\"{vm} }}, \"ui\": {{ \"dashboard-tab\": {{\n\"title\": \"x\", \"root\": \"/ui\", \"src\": \"x\"{tab} }} }} }}"
            );
            codes(&text)
        };
        let (exposes, calls) =
            (r#", "exposes": { "socket": "a.sock" }"#, r#", "backend": { "socket": "a.sock" }"#);
        assert_eq!(found(exposes, calls), [""; 0]);
        assert_eq!(found(exposes, ""), [""; 0]);
        assert_eq!(found("", calls), ["m:2:65 metadata-socket"]);
        assert_eq!(found(exposes, &calls.replace("a.", "b.")), ["m:2:65 metadata-socket"]);
        assert_eq!(found(exposes, &calls.replace("\"a.sock\"", "1")), ["m:2:65 metadata-invalid"]);
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf =
            prop_oneof![Just("1".to_owned()), Just("\"a\"".into()), Just("[]".into()), Just("{}".into())];
        const KEYS: [&str; 15] = [
            "icon",
            "ui",
            "vm",
            "host",
            "binaries",
            "darwin",
            "linux",
            "path",
            "name",
            "isolation",
            "exposes",
            "dashboard-tab",
            "backend",
            "socket",
            "install",
        ];
        leaf.prop_recursive(5, 40, 4, |inner| {
            let member = (prop::sample::select(&KEYS[..]), inner.clone());
            let member = member.prop_map(|(key, value)| format!("\"{key}\":\n {value}"));
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
                prop::collection::vec(member, 0..4)
                    .prop_map(|members| format!("{{ {} }}", members.join(", "))),
            ]
        })
    }

    proptest! {
        #[test]
        fn fixing_any_text_ends_and_leaves_json(value in value(), host in value()) {
            let mut text = format!("{{\"a\": {value}, \"host\": {{\"binaries\": [{host}]}}}}");
            for _ in 0..200 {
                let found = read(text.as_bytes(), &Place::path("m")).found;
                let edits: Vec<_> = found.iter().flat_map(|found| found.edits(&text)).collect();
                if edits.is_empty() {
                    break;
                }
                text = apply(&text, edits);
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
            }
            let found = read(text.as_bytes(), &Place::path("m")).found;
            prop_assert!(found.iter().all(|found| found.edits(&text).is_empty()), "{}", text);
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(read(&bytes, &Place::whole()).metadata.is_some(), serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).is_ok());
        }
    }
}
