//! Finds files for hosts whose names Windows or macOS cannot store.

use std::collections::BTreeMap;

use crate::metadata::Metadata;
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::Kind;
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::HostOs;

sixfold_model::lints! {
    /// Windows or macOS cannot store a file that is copied to hosts.
    UNPORTABLE_NAME = Error "unportable-name";
}

/// The limit of findings for one platform.
const FINDINGS: usize = 50;
/// Device names of Windows, which no file can have, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Checks the files that one platform's image has for hosts: host binaries, and the UI's directory.
pub(super) fn check(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let on_windows = metadata.binaries.iter().filter(|(os, _)| *os == HostOs::Windows);
    let binaries = on_windows.filter_map(|(_, path)| Some((path.relative(), mistake(path.base_name())?)));
    let ui = ui_files(image, metadata);
    // The names above the UI's directory stay in the image.
    let ui_names = ui.iter().filter_map(|(path, below)| Some((*path, below.split('/').find_map(mistake)?)));
    let found = binaries.chain(ui_names).chain(collisions(&ui));
    found
        .take(FINDINGS)
        .map(|(path, message)| {
            let place = Place::path(format_args!("/{path}")).on(image.platform);
            Finding::new(&UNPORTABLE_NAME, place, message, "rename it")
        })
        .collect()
}

/// The files in the UI's directory: their paths in the image, and below that directory.
fn ui_files<'a>(image: &'a PlatformImage, metadata: &Metadata) -> Vec<(&'a str, &'a str)> {
    let root = metadata.tab.as_ref().and_then(|tab| tab.root.as_deref());
    let root = root.and_then(|root| image.tree.real_path(root, true)).filter(|root| !root.is_empty());
    let Some(root) = root else { return vec![] };
    let files = image.tree.below(&root).filter(|(_, node)| matches!(node.kind, Kind::File { .. }));
    files.filter_map(|(path, _)| Some((path, path.strip_prefix(&root)?.trim_start_matches('/')))).collect()
}

/// Why Windows cannot store a file or directory with this name; completes "the file …".
fn mistake(name: &str) -> Option<String> {
    if let Some(c) = name.chars().find(|c| c.is_ascii_control() || "<>:\"|?*\\".contains(*c)) {
        return Some(format!("has `{}` in its name, which Windows cannot store", c.escape_default()));
    }
    if name.ends_with(['.', ' ']) {
        return Some("has a dot or a space at the end of its name, which Windows removes".to_owned());
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    is_device(&stem).then(|| "has the name of a device on Windows, which no file can have".to_owned())
}

fn is_device(stem: &str) -> bool {
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    is_port || DEVICES.contains(&stem)
}

/// Files whose paths differ only in case. Windows and macOS store only one of them.
fn collisions<'a>(files: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    let mut by_name: BTreeMap<String, &str> = BTreeMap::new();
    let mut found = vec![];
    for (path, _) in files {
        match by_name.insert(path.to_lowercase(), path) {
            None => {}
            Some(other) => found.push((
                *path,
                format!("differs only in case from /{other}, so Windows and macOS store only one of them"),
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_cannot_store_are_found() {
        for name in [
            "a:b",
            "what?.js",
            "a\\b",
            "a\u{7}",
            "<x>",
            "x|y",
            "\"",
            "*",
            "end.",
            "end ",
            "con",
            "Aux.js",
            "NUL",
            "com1",
            "LPT9.tar.gz",
            "prn .txt",
        ] {
            assert!(mistake(name).is_some(), "{name}");
        }
        for name in ["a.js", ".hidden", "com10", "com", "lpt0", "console", "aux-1.js", "a b", "ä", "x.con"] {
            assert_eq!(mistake(name), None, "{name}");
        }
    }

    #[test]
    fn paths_that_differ_only_in_case_are_found() {
        let files = [("ui/A.js", "A.js"), ("ui/a.js", "a.js"), ("ui/b.js", "b.js")];
        let found = collisions(&files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "ui/a.js");
        assert!(found[0].1.contains("/ui/A.js"));
    }
}
