//! What the build needs of metadata.json: a strict reader, and the text that ships.

use std::io::ErrorKind;
use std::ops::Range;

use anyhow::{Context as _, Result, anyhow};
use camino::Utf8Path;

use super::content::Metadata;
use super::found::Found;
use super::read::{Read, read};
use crate::config_file::CONFIG;
use crate::finding::Place;
use crate::json::{Change, changed, lookup, parse, span};
use crate::matrix::{Cell, Platform};
use crate::place::shown;

impl Metadata {
    /// Reads the file at the root of the project, for the build.
    ///
    /// Fails if the file is missing, is not JSON, has a key twice, has a value of the wrong type, or lists a path that cannot
    /// be in an image. The error has line, column and caret.
    pub fn read(file: &Utf8Path) -> Result<Self> {
        let bytes = fs_err::read(file).map_err(|error| {
            let help = match error.kind() {
                ErrorKind::NotFound => {
                    &*format!("help: every extension needs a metadata.json next to its {CONFIG}")
                }
                _ => "help: metadata.json must be a readable file",
            };
            anyhow!("{error}\n{help}")
        })?;
        let Read { metadata, found } = read(&bytes, &Place::path("metadata.json"));
        let refused = found.iter().find(|found| found.stops_build);
        let error = refused.map(|found| at_place(&String::from_utf8_lossy(&bytes), found));
        match (metadata, error) {
            (Some(metadata), None) => Ok(metadata),
            (_, error) => Err(anyhow!(error.unwrap_or_default())),
        }
        .with_context(|| format!("cannot use {file}"))
    }

    /// The text for one platform: without the files that none of these cells is for, and otherwise as the author wrote it.
    pub fn text_for(&self, platform: Platform, cells: &[Cell]) -> String {
        let cells: Vec<_> = cells.iter().filter(|cell| cell.platform == platform).collect();
        let gone = self
            .listed
            .iter()
            .filter(|listed| !cells.iter().any(|cell| cell.os == listed.os && cell.path() == listed.path));
        let changes: Vec<_> = gone.map(|listed| Change::Remove(listed.entry.clone())).collect();
        changed(&self.text, &changes).unwrap_or_else(|| self.text.clone())
    }

    /// The place of the value at a path of keys, in bytes; that of the whole object if there is none.
    pub fn place_of(&self, keys: &[&str]) -> Range<usize> {
        let Ok(root) = parse(&self.text) else { return 0..0 };
        span(lookup(&root, keys).unwrap_or(&root))
    }
}

fn at_place(text: &str, found: &Found) -> String {
    format!("{}\nhelp: {}", shown(text, &found.span, &found.finding.message), found.finding.help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::HostOs;

    fn load(text: &[u8]) -> Result<Metadata> {
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join("metadata.json");
        fs_err::write(&file, text).unwrap();
        Metadata::read(&file)
    }

    #[test]
    fn the_build_refuses_what_it_cannot_read() {
        for (text, place, expected) in [
            (&b"{\n  \"host\": 1,\n}"[..], "line 3, column 1", "is not JSON: trailing comma"),
            (b"{ // x\n}", "line 1, column 3", "is not JSON: key must be a string"),
            (b"{\n\"icon\": \"a\", \"icon\": \"b\"}", "line 2, column 14", "has the key `icon` twice"),
            (b"{\"icon\": 1}", "line 1, column 10", "`icon` is not a string"),
            (
                b"{\"ui\": {\"dashboard-tab\": {\"src\": []}}}",
                "column 34",
                "`ui.dashboard-tab.src` is not a string",
            ),
            (b"{\"vm\": {\"composefile\": 1}}", "column 24", "`vm.composefile` is not a string"),
            (b"{\"host\": {\"binaries\": {}}}", "column 23", "`host.binaries` is not a list"),
            (
                b"{\"host\": {\"binaries\": [{\"linux\": {}}]}}",
                "column 34",
                "`host.binaries.linux` is not a list",
            ),
            (b"{\"host\": {\"binaries\": [{\"linux\": [{}]}]}}", "column 35", "an entry without `path`"),
            (b"{\"host\": {\"binaries\": [{\"linux\": [{\"path\": \"../x\"}]}]}}", "column 44", "`..`"),
            (b"[]", "line 1, column 1", "is not a JSON object"),
            (b"\xef\xbb\xbf{}", "line 1, column 1", "byte order mark"),
            (b"{\n\"\xff\"}", "line 2, column 2", "is not UTF-8"),
        ] {
            let error = format!("{:#}", load(text).unwrap_err());
            assert!(error.starts_with("cannot use ") && error.contains("\nhelp: "), "{error}");
            assert!(error.contains(place) && error.contains(expected), "{place} {expected}:\n{error}");
        }
        assert!(load(b"{\"name\": \"x\", \"host\": {}}").is_ok());
    }

    #[test]
    fn a_missing_file_is_an_error_with_help() {
        let error = Metadata::read("nowhere/metadata.json".into()).unwrap_err().to_string();
        assert!(
            error.contains("nowhere/metadata.json") && error.contains("\nhelp: every extension"),
            "{error}"
        );
    }

    #[test]
    fn a_platform_lists_only_its_own_files() {
        let text = "{\n  \"host\": { \"binaries\": [{\n    \"darwin\": [{ \"path\": \"/darwin/a\" }, { \"path\": \"/darwin/b\" }],\n    \"linux\": [\n      { \"path\": \"linux/b\" }\n    ]\n  }] }\n}\n";
        let metadata = load(text.as_bytes()).unwrap();
        let [amd64, arm64] = Platform::ALL;
        let cells = [
            Cell::of("a", HostOs::Darwin, amd64),
            Cell::of("b", HostOs::Darwin, amd64),
            Cell::of("b", HostOs::Linux, amd64),
            Cell::of("b", HostOs::Darwin, arm64),
        ];
        assert_eq!(metadata.text_for(amd64, &cells), text);
        let shorter = load(metadata.text_for(arm64, &cells).as_bytes()).unwrap();
        assert_eq!(shorter.binaries, [(HostOs::Darwin, cells[3].path())]);
        assert_eq!(metadata.text_for(arm64, &cells).lines().next(), text.lines().next());
    }

    #[test]
    fn a_value_has_its_place() {
        let metadata = load(b"{\"ui\": {\"dashboard-tab\": {\"src\": \"x\"}}}").unwrap();
        assert_eq!(&metadata.text[metadata.place_of(&["ui", "dashboard-tab", "src"])], "\"x\"");
        assert_eq!(metadata.place_of(&["icon"]), 0..metadata.text.len());
    }
}
