//! Reads and checks the extension's configuration, in Cargo.toml or extension.toml.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::dockerfile::labels::Label;
use super::places::{file, finding, label_place, place};
use super::prebuilt;
use super::sample;
use super::source::Source;
use sixfold_model::config;
use sixfold_model::config::Config;
use sixfold_model::config_file::CONFIG;
use sixfold_model::finding::{Finding, Place};
use sixfold_model::labels::{self, LabelError};
use sixfold_model::matrix::Cell;
use sixfold_model::members::{Member, PackageFields, bins, owner};
use sixfold_model::reference::Tag;

sixfold_model::lints! {
    CONFIG_INVALID = Error "config-invalid";
    /// A configured binary is not a bin of the workspace.
    BINARY_UNKNOWN = Error "binary-unknown";
    VERSION = Error "version";
    /// A label's text cannot be produced.
    LABEL_SOURCE = Error "label-source";
    /// A file of `files` does not exist, or hosts cannot have it.
    FILES = Error "files";
    UI_FOLDER = Error "ui-folder";
    /// A bin of the workspace that is not in the configuration.
    UNUSED_BIN = Note "unused-bin";
    /// The package does not say under which licence it is, or where its sources are.
    PACKAGE_FIELD = Note "package-field";
    /// The project cannot be planned for a reason that no other lint has found.
    PLAN_REJECTED = Error "plan-rejected";
}

/// A valid configuration.
pub(super) struct Configured {
    pub config: Config,
    pub cells: Vec<Cell>,
    pub labels: BTreeMap<String, Label>,
}

/// The finding for an error that `plan` ends with, as shown to the user.
pub(super) fn plan_rejected(error: &str) -> Finding {
    let (message, help) = split_help(error);
    Finding::new(&PLAN_REJECTED, Place::path(CONFIG.to_string()), message, help)
}

/// The message of an error, and its help.
fn split_help(error: &str) -> (&str, &str) {
    error.split_once("\nhelp: ").unwrap_or((error, "fix what the message says"))
}

/// Reads and checks the configuration.
pub(super) fn check(
    source: &Source,
    root: &Utf8Path,
    members: &Result<Vec<Member>, String>,
) -> (Option<Configured>, Vec<Finding>) {
    let (config, mut package) = match config::parse_as(file(source), &source.text) {
        Ok(read) => read,
        Err(mistake) => {
            let at = mistake.span.map_or(0, |span| span.start);
            return (
                None,
                vec![Finding::new(&CONFIG_INVALID, source.place(at), mistake.message, mistake.help)],
            );
        }
    };
    let mut findings = vec![];
    match members {
        Ok(members) => {
            findings.extend(binaries(source, &config, members, &mut package));
            findings.extend(unused(source, &config, members));
        }
        Err(message) => {
            let message = format!("cargo cannot read the workspace: {message}");
            findings.push(Finding::new(
                &CONFIG_INVALID,
                source.place(0),
                message,
                format!("fix {}", source.name),
            ));
        }
    }
    findings.extend(version(source, &package));
    if members.is_ok() {
        findings.extend(unset(source, &package));
    }
    findings.extend(sample::check(source, &config));
    findings.extend(ui(source, &config, root));
    findings.extend(prebuilt::check(source, &config, root));
    let mut all = BTreeMap::new();
    for (name, text) in labels::each(&config.labels, &package, root) {
        let place = label_place(source, name);
        let value = text.map_err(|error| findings.push(label_source(place.clone(), error))).ok();
        all.insert(name.to_owned(), Label { value, place, is_damaged: false });
    }
    let mut cells = config.cells(config.platforms.as_slice());
    match config.shipped(root) {
        Ok(shipped) => cells.extend(shipped.into_iter().map(|file| file.cell)),
        Err(error) => findings.push(files(source, &error)),
    }
    (Some(Configured { config, cells, labels: all }), findings)
}

/// Every binary that cargo builds must be a bin of the workspace. Completes `package` from the first such bin.
fn binaries(
    source: &Source,
    config: &Config,
    members: &[Member],
    package: &mut PackageFields,
) -> Vec<Finding> {
    let mut findings = vec![];
    let mut first = None;
    for (name, binary) in config.programs().filter(|(_, binary)| binary.is_own()) {
        match owner(members, name, binary.features()) {
            Ok(member) => first = first.or(Some(member)),
            Err(no_bin) => {
                let keys = config.table_of(name);
                let keys: Vec<_> = keys.iter().map(String::as_str).collect();
                findings.push(finding(&BINARY_UNKNOWN, source, &keys, no_bin.message, no_bin.help));
            }
        }
    }
    if let Some(member) = first {
        package.complete(member);
    }
    findings
}

/// A bin that no configuration mentions: hosts do not get it, which may be what the author wants.
fn unused<'a>(
    source: &'a Source,
    config: &'a Config,
    members: &'a [Member],
) -> impl Iterator<Item = Finding> + 'a {
    let is_used = |bin: &str| config.programs().any(|(name, _)| name.as_str() == bin);
    bins(members).filter(move |bin| !is_used(bin)).map(|bin| {
        let message = format!("the configuration does not mention the bin {bin}, so no host gets it");
        let help = format!("if hosts should get it, add {}", CONFIG.table(&format!("binaries.{bin}")));
        finding(&UNUSED_BIN, source, &["binaries"], message, help)
    })
}

fn files(source: &Source, error: &str) -> Finding {
    let (message, help) = split_help(error);
    finding(&FILES, source, &["files"], message, help)
}

fn version(source: &Source, package: &PackageFields) -> Option<Finding> {
    let place = || place(source, &file(source).package_keys(&["version"]));
    let Some(version) = &package.version else {
        let help = format!("set `version` in {}: it becomes the tag", CONFIG.package());
        return Some(Finding::new(&VERSION, place(), "the extension has no version", help));
    };
    let error = Tag::of_version(version).err()?;
    Some(Finding::new(&VERSION, place(), error.message, error.help))
}

fn unset<'a>(source: &'a Source, package: &PackageFields) -> impl Iterator<Item = Finding> + 'a {
    let fields = [("license", package.license.is_none()), ("repository", package.repository.is_none())];
    fields.into_iter().filter(|(_, is_unset)| *is_unset).map(|(field, _)| {
        let help = format!("set `{field}` in {}", CONFIG.package());
        let message = format!("the package has no `{field}`, so the image has no label for it");
        Finding::new(&PACKAGE_FIELD, place(source, &file(source).package_keys(&[])), message, help)
    })
}

fn ui(source: &Source, config: &Config, root: &Utf8Path) -> Option<Finding> {
    let ui = config.ui.as_ref()?;
    let dir = ui.dir.as_path();
    (!root.join(dir).is_dir()).then(|| {
        let message = format!("the directory `{dir}` does not exist");
        let help = "set `dir` to the directory of the UI, or remove the table if there is no UI";
        finding(&UI_FOLDER, source, &["ui", "dir"], message, help)
    })
}

/// The label is set, but its text is unknown, so there are no other findings about it.
fn label_source(place: Place, error: LabelError) -> Finding {
    Finding::new(&LABEL_SOURCE, place, error.message, error.help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels as label_rules;

    const TEXT: &str = "[workspace.package]\nversion = \"1.0.0+x\"\n\n[workspace.metadata.extension]\nimage = \"a/b\"\nui = { dir = \"nowhere\", build = \"true\", output = \"out\" }\n\n[workspace.metadata.extension.labels]\ntitle = \"T\"\nchangelog = { file = \"NO.md\" }\n\n[workspace.metadata.extension.binaries.tool]\n";

    fn found(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let workspace = Err("no such file".to_owned());
        let source = Source::new("Cargo.toml", text);
        check(&source, root, &workspace)
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
    fn a_bin_that_no_configuration_mentions_is_noted_unless_it_is_a_tool() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let member = |bin: &str, is_tool| Member { bins: vec![bin.into()], is_tool, ..Member::default() };
        let members = Ok(vec![member("tool", false), member("other", false), member("xtask", true)]);
        let (_, findings) = check(&Source::new("Cargo.toml", TEXT), root, &members);
        let unused: Vec<_> = findings.iter().filter(|finding| *finding.lint == UNUSED_BIN).collect();
        assert_eq!(unused.len(), 1, "{unused:?}");
        assert!(unused[0].message.contains("the bin other"), "{unused:?}");
    }

    #[test]
    fn a_label_without_a_text_does_not_affect_other_labels() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let (configured, _) = check(&Source::new("Cargo.toml", TEXT), root, &Err(String::new()));
        let labels = configured.unwrap().labels;
        assert_eq!(labels[label_rules::TITLE].value.as_deref(), Some("T"));
        assert_eq!(labels["com.docker.extension.changelog"].value, None);
    }
}
