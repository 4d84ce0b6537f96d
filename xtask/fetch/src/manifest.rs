//! Changes the digests and the version of a prebuilt binary in the project's configuration, and nothing else.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use sixfold_model::config;
use sixfold_model::config_file::{CONFIG, ConfigFile};
use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::template::Word;
use sixfold_model::values::BinaryName;
use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value, value};

/// Returns `text` with `digests` and `version` for the binary `name`. Digests of other cells are removed.
///
/// Fails if the file cannot be changed without moving other lines.
pub(crate) fn rewrite(
    file: ConfigFile,
    text: &str,
    name: &BinaryName,
    version: Option<&Word>,
    digests: &BTreeMap<CellName, Digest>,
) -> Result<String> {
    let mut document: DocumentMut = text.parse().with_context(|| format!("cannot parse {CONFIG}"))?;
    ensure!(
        document.to_string().trim_end() == text.trim_end(),
        "cannot change {CONFIG} without moving other lines\n\
         help: write the dotted keys of a table next to each other"
    );
    let (config, _) = config::parse_as(file, text)?;
    let own = config.table_of(name);
    let path = file.keys(&own.iter().map(String::as_str).collect::<Vec<_>>());
    let table = path
        .into_iter()
        .try_fold(document.as_item_mut(), |item, key| item.get_mut(key))
        .and_then(Item::as_table_like_mut)
        .with_context(|| format!("cannot find the table of {name} in {CONFIG}"))?;
    if let Some(version) = version {
        set(table, "version", version.as_str());
    }
    match table.get_mut("sha256").and_then(Item::as_table_like_mut) {
        Some(table) => set_all(table, digests),
        None => drop(table.insert("sha256", value(inline(digests)))),
    }
    let text = document.to_string();
    check(file, &text, name, digests)?;
    Ok(text)
}

fn set_all(table: &mut dyn TableLike, digests: &BTreeMap<CellName, Digest>) {
    let names: Vec<_> = table.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names.iter().filter(|name| !name.parse().is_ok_and(|cell| digests.contains_key(&cell))) {
        table.remove(name);
    }
    for (cell, digest) in digests {
        set(table, &cell.to_string(), digest.hex());
    }
}

/// Keeps white space and comments around the old value.
fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) if old.as_str() == Some(text) => {}
        Some(old) => {
            let decor = old.decor().clone();
            *old = Value::from(text);
            *old.decor_mut() = decor;
        }
        None => drop(table.insert(key, value(text))),
    }
}

fn inline(digests: &BTreeMap<CellName, Digest>) -> InlineTable {
    digests.iter().map(|(cell, digest)| (cell.to_string(), Value::from(digest.hex()))).collect()
}

/// Reads the digests from the new text: they must be the ones to be written.
fn check(
    file: ConfigFile,
    text: &str,
    name: &BinaryName,
    digests: &BTreeMap<CellName, Digest>,
) -> Result<()> {
    let (config, _) =
        config::parse_as(file, text).with_context(|| format!("the changed {CONFIG} would be invalid"))?;
    let read = config.prebuilt().find(|(other, _)| *other == name).map(|(_, prebuilt)| {
        prebuilt.sha256.iter().map(|(cell, digest)| (*cell, digest.0.clone())).collect::<BTreeMap<_, _>>()
    });
    ensure!(
        read.as_ref() == Some(digests),
        "the changed {CONFIG} would not contain the new digests of {name}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# ours\n[workspace]\nmembers = [\n    \"a\",   # first\n]\n\n[workspace.metadata.extension]\nimage = \"a/b\"\n";
    const TOOL: &str = "[workspace.metadata.extension.binaries.tool]\nversion = '1.0.0' # the latest\nurl   = \"https://dl.example/{version}/{os}-{arch}\"\n";

    fn digests(cells: &[&str], digit: &str) -> BTreeMap<CellName, Digest> {
        let digest: Digest = format!("sha256:{}", digit.repeat(64)).parse().unwrap();
        cells.iter().map(|cell| (cell.parse().unwrap(), digest.clone())).collect()
    }

    fn rewritten(text: &str, version: &str, cells: &[&str]) -> Result<String> {
        let name = BinaryName::try_from("tool".to_owned()).unwrap();
        let version = Word::try_from(version.to_owned()).unwrap();
        rewrite(ConfigFile::CargoToml, text, &name, Some(&version), &digests(cells, "b"))
    }

    #[test]
    fn new_digests_are_one_line_at_the_end_of_the_table() {
        let text = format!("{HEAD}\n{TOOL}\n[profile.release]\nstrip = true\n");
        let (b, expected) = ("b".repeat(64), TOOL.replace("'1.0.0'", "\"1.1.0\""));
        assert_eq!(
            rewritten(&text, "1.1.0", &["darwin-amd64", "linux-arm64"]).unwrap(),
            format!(
                "{HEAD}\n{expected}sha256 = {{ darwin-amd64 = \"{b}\", linux-arm64 = \"{b}\" }}\n\n[profile.release]\nstrip = true\n"
            )
        );
    }

    #[test]
    fn digests_are_written_to_extension_toml() {
        let text = "image = 'a/b'\n\n[binaries.tool]\nurl = 'https://dl.example/{os}'\n";
        let name = BinaryName::try_from("tool".to_owned()).unwrap();
        let written = rewrite(ConfigFile::ExtensionToml, text, &name, None, &digests(&["linux-amd64"], "b"));
        let b = "b".repeat(64);
        assert_eq!(written.unwrap(), format!("{text}sha256 = {{ linux-amd64 = \"{b}\" }}\n"));
    }

    #[test]
    fn digests_change_in_place() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let sub = "[workspace.metadata.extension.binaries.tool.sha256]\n# checked by hand\n";
        for (before, after) in [
            (
                format!("sha256 = {{ linux-amd64 = '{a}', \"linux-arm64\" = '{a}' }} # two\n"),
                format!("sha256 = {{ linux-amd64 = \"{b}\", \"linux-arm64\" = \"{b}\" }} # two\n"),
            ),
            (
                format!("sha256.linux-arm64 = '{a}'\nsha256.linux-amd64 = '{b}'\nhosts = ['linux']\n"),
                format!("sha256.linux-arm64 = \"{b}\"\nsha256.linux-amd64 = '{b}'\nhosts = ['linux']\n"),
            ),
            (
                format!("{sub}linux-arm64 = '{a}' # one\ndarwin-amd64 = '{a}'\n"),
                format!("{sub}linux-arm64 = \"{b}\" # one\nlinux-amd64 = \"{b}\"\n"),
            ),
        ] {
            let text = rewritten(&format!("{HEAD}{TOOL}{before}"), "1.0.0", &["linux-amd64", "linux-arm64"]);
            assert_eq!(text.unwrap(), format!("{HEAD}{TOOL}{after}"));
        }
    }

    #[test]
    fn a_change_that_would_move_other_lines_is_refused() {
        let scattered = format!("{HEAD}[package]\na.x = 1\nb = 2\na.y = 3\n{TOOL}");
        match rewritten(&scattered, "1.0.0", &["linux-amd64"]) {
            Ok(text) => assert!(text.starts_with(&scattered), "{text}"),
            Err(error) => assert!(error.to_string().contains("moving other lines"), "{error}"),
        }
    }
}
