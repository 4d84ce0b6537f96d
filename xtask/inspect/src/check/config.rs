//! The configuration in Cargo.toml: what it says, where it says it, and what is wrong with it.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::dockerfile::labels::Label;
use super::prebuilt;
use super::source::Source;
use crate::labels as label_rules;
use sixfold_model::config;
use sixfold_model::config::Config;
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::labels::{self, LabelError};
use sixfold_model::matrix::Cell;
use sixfold_model::members::{Member, PackageFields, owner};
use sixfold_model::place::key_span;
use sixfold_model::reference::Tag;

sixfold_model::lints! {
    CONFIG_INVALID = Error "config-invalid";
    /// A configured binary is no bin of the workspace.
    BINARY_UNKNOWN = Error "binary-unknown";
    VERSION = Error "version";
    /// A label's text cannot be made.
    LABEL_SOURCE = Error "label-source";
    UI_FOLDER = Error "ui-folder";
}

/// The table that makes a Cargo.toml one of ours.
const TABLE: [&str; 3] = ["workspace", "metadata", "extension"];

/// A configuration that could be read.
pub(super) struct Configured {
    pub config: Config,
    pub cells: Vec<Cell>,
    pub labels: BTreeMap<String, Label>,
}

/// Whether this Cargo.toml configures an extension, soundly or not.
pub(super) fn is_ours(source: &Source) -> bool {
    source.text.contains("workspace.metadata.extension") || key_span(&source.text, &TABLE).is_some()
}

/// Reads and judges the configuration.
pub(super) fn judge(
    source: &Source,
    root: &Utf8Path,
    members: &Result<Vec<Member>, String>,
) -> (Option<Configured>, Vec<Finding>) {
    let (config, mut package) = match config::parse(&source.text) {
        Ok(read) => read,
        Err(mistake) => {
            let at = mistake.span.map_or(0, |span| span.start);
            let help = mistake.help.unwrap_or_else(|| "docs/configuration.md describes every key".to_owned());
            return (None, vec![Finding::new(&CONFIG_INVALID, source.place(at), mistake.message, help)]);
        }
    };
    let mut findings = vec![];
    match members {
        Ok(members) => findings.extend(programs(source, &config, members, &mut package)),
        Err(message) => {
            let message = format!("cargo cannot read the workspace: {message}");
            findings.push(Finding::new(&CONFIG_INVALID, source.place(0), message, "mend Cargo.toml"));
        }
    }
    findings.extend(version(source, &package));
    findings.extend(ui(source, &config, root));
    findings.extend(prebuilt::judge(source, &config, root));
    let mut all = BTreeMap::new();
    for (name, text) in labels::each(&config.labels, &package, root) {
        let place = label_place(source, name);
        let value = text.map_err(|error| findings.push(label_source(place.clone(), error))).ok();
        all.insert(name.to_owned(), Label { value, place, is_damaged: false });
    }
    let cells = config.cells(config.platforms.as_slice());
    (Some(Configured { config, cells, labels: all }), findings)
}

/// Every binary that is not prebuilt must be a bin of the workspace. Completes `package` from the first that is one.
fn programs(
    source: &Source,
    config: &Config,
    members: &[Member],
    package: &mut PackageFields,
) -> Vec<Finding> {
    let mut findings = vec![];
    let mut first = None;
    for (name, _) in config.binaries.iter().filter(|(_, binary)| binary.prebuilt().is_none()) {
        match owner(members, name) {
            Ok(member) => first = first.or(Some(member)),
            Err(no_bin) => {
                let keys = ["binaries", name.as_str()];
                findings.push(finding(&BINARY_UNKNOWN, source, &keys, no_bin.message, no_bin.help));
            }
        }
    }
    if let Some(member) = first {
        package.complete(member);
    }
    findings
}

fn version(source: &Source, package: &PackageFields) -> Option<Finding> {
    let place = || place(source, &["workspace", "package", "version"]);
    let Some(version) = &package.version else {
        let help = "set `version` in [workspace.package]: it becomes the tag";
        return Some(Finding::new(&VERSION, place(), "the extension has no version", help));
    };
    let error = Tag::of_version(version).err()?;
    Some(Finding::new(&VERSION, place(), error.message, error.help))
}

fn ui(source: &Source, config: &Config, root: &Utf8Path) -> Option<Finding> {
    let ui = config.ui.as_ref()?;
    let dir = ui.dir.as_path();
    (!root.join(dir).is_dir()).then(|| {
        let message = format!("there is no folder `{dir}`");
        let help = "name the folder of the page, or remove the table if there is none";
        finding(&UI_FOLDER, source, &["ui", "dir"], message, help)
    })
}

/// The label is set, and to what is not known: nothing else is said of it.
fn label_source(place: Place, error: LabelError) -> Finding {
    Finding::new(&LABEL_SOURCE, place, error.message, error.help)
}

/// A finding at a key of our table.
pub(super) fn finding(
    lint: &'static Lint,
    source: &Source,
    keys: &[&str],
    message: impl Into<String>,
    help: impl Into<String>,
) -> Finding {
    let keys: Vec<_> = TABLE.iter().chain(keys).copied().collect();
    Finding::new(lint, place(source, &keys), message, help)
}

/// Where a label is set, or where it would have to be.
pub(super) fn label_place(source: &Source, label: &str) -> Place {
    let of_package = |key| place(source, &["workspace", "package", key]);
    let in_table = |key| place(source, &[&TABLE[..], &["labels", key]].concat());
    let found = match label {
        label_rules::DESCRIPTION => of_package("description"),
        "org.opencontainers.image.source" => of_package("repository"),
        label_rules::API_VERSION => in_table("api-version"),
        _ => in_table(label.rsplit('.').next().unwrap_or_default()),
    };
    Place { label: Some(label.to_owned()), ..found }
}

/// The place of a key, or of the innermost table on the way to it that is there.
fn place(source: &Source, keys: &[&str]) -> Place {
    let known = (1..=keys.len()).rev().find_map(|length| key_span(&source.text, &keys[..length]));
    source.place(known.map_or(0, |span| span.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[workspace.package]\nversion = \"1.0.0+x\"\n\n[workspace.metadata.extension]\nimage = \"a/b\"\nui = { dir = \"nowhere\", build = \"true\", output = \"out\" }\n\n[workspace.metadata.extension.labels]\ntitle = \"T\"\nchangelog = { file = \"NO.md\" }\n\n[workspace.metadata.extension.binaries.tool]\n";

    fn found(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let workspace = Err("no such thing".to_owned());
        let source = Source::new("Cargo.toml", text);
        assert!(is_ours(&source));
        judge(&source, root, &workspace)
            .1
            .iter()
            .map(|finding| format!("{} {}", finding.place, finding.code()))
            .collect()
    }

    #[test]
    fn findings_have_the_place_of_their_key() {
        assert_eq!(
            found(TEXT),
            [
                "Cargo.toml:1:1 config-invalid",
                "Cargo.toml:2:1 version",
                "Cargo.toml:6:8 ui-folder",
                "Cargo.toml:10:1, label com.docker.extension.changelog label-source"
            ]
        );
        assert_eq!(found(&TEXT.replace("image =", "imgae =")), ["Cargo.toml:5:1 config-invalid"]);
        assert_eq!(found(&TEXT.replace("\"T\"", "")), ["Cargo.toml:9:9 config-invalid"]);
    }

    #[test]
    fn a_text_that_cannot_be_made_leaves_the_other_labels_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let (configured, _) = judge(&Source::new("Cargo.toml", TEXT), root, &Err(String::new()));
        let labels = configured.unwrap().labels;
        assert_eq!(labels[label_rules::TITLE].value.as_deref(), Some("T"));
        assert_eq!(labels["com.docker.extension.changelog"].value, None);
    }

    #[test]
    fn labels_have_the_place_of_their_key_or_table() {
        let source = Source::new("Cargo.toml", TEXT);
        let place = |label| label_place(&source, label).to_string();
        assert_eq!(
            place("org.opencontainers.image.title"),
            "Cargo.toml:9:1, label org.opencontainers.image.title"
        );
        assert!(place(label_rules::DESCRIPTION).starts_with("Cargo.toml:1:"));
        assert!(
            place("com.docker.extension.categories").starts_with("Cargo.toml:8:31,"),
            "{}",
            place("com.docker.extension.categories")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_placed(text in "([\\[\\]=.\"'#{},\n ]|workspace|metadata|extension|labels|ä){0,30}") {
            label_place(&Source::new("Cargo.toml", &text), "org.opencontainers.image.title");
        }
    }
}
