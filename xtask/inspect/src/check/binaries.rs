//! Checks the host binaries in metadata.json: their names, and whether they are those that the build produces.

use std::collections::BTreeSet;

use super::source::Source;
use crate::fixed::Fixed;
use crate::inspection::host_binaries::{DIRECTORY_LISTED, EXE_SUFFIX};
use sixfold_judge::host_name;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::json;
use sixfold_model::json::Node;
use sixfold_model::json_edit::{add_element, add_member, quote, remove};
use sixfold_model::matrix::{Cell, HostOs, ImagePath};
use sixfold_model::text::{Edit, apply};

sixfold_model::lints! {
    /// metadata.json lists a file that the build does not produce.
    BINARY_NOT_BUILT = Error "binary-not-built";
    /// The build produces a file that metadata.json does not list.
    BINARY_NOT_LISTED = Error "binary-not-listed";
    /// The file's extension is for another operating system.
    HOST_FILE_NAME = Warning "host-file-name";
}

/// A listed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub os: HostOs,
    pub written: String,
    pub path: ImagePath,
    /// The offset of the path in the file.
    pub at: usize,
}

/// Every list of files, with its operating system.
fn lists(root: &Node) -> impl Iterator<Item = (HostOs, &Node)> {
    let objects = root.get("host").and_then(|host| host.get("binaries")).and_then(Node::as_array);
    let lists =
        |object| HostOs::ALL.into_iter().filter_map(move |os| Some((os, Node::get(object, os.as_str())?)));
    objects.unwrap_or_default().iter().flat_map(lists)
}

/// The limit of files: more than any extension has.
const FILES: usize = 1000;

/// Every valid path.
pub fn listed(root: &Node) -> Vec<Listed> {
    let files = lists(root)
        .flat_map(|(os, list)| list.as_array().unwrap_or_default().iter().map(move |file| (os, file)));
    files.filter_map(|(os, file)| of_file(os, file)).take(FILES).collect()
}

fn of_file(os: HostOs, file: &Node) -> Option<Listed> {
    let node = file.get("path")?;
    let written = node.as_str()?;
    let path = ImagePath::new(written).ok().filter(|path| !path.base_name().is_empty())?;
    Some(Listed { os, written: written.to_owned(), path, at: node.span.start })
}

/// Checks the names alone.
pub fn names(source: &Source, root: &Node) -> Vec<Fixed> {
    listed(root).iter().filter_map(|file| name(source, file)).map(Fixed::from).collect()
}

fn name(source: &Source, file: &Listed) -> Option<Finding> {
    let place = || source.place(file.at);
    if file.written.ends_with('/') {
        let help = "list each file: whether directories are copied is not documented";
        return Some(Finding::new(&DIRECTORY_LISTED, place(), "is a directory", help));
    }
    let name = file.path.base_name();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let of_windows = ["exe", "bat", "cmd", "ps1", "dll"];
    let of_unix = ["sh", "bash", "zsh", "command", "dylib", "so"];
    let is_for_other_os = match (file.os, extension.as_deref()) {
        (HostOs::Windows, None) => {
            let message =
                format!("`{name}` is listed for Windows, but has no extension, so Windows does not start it");
            return Some(
                Finding::new(&EXE_SUFFIX, place(), message, format!("rename it to {name}.exe"))
                    .with(Severity::Warning),
            );
        }
        (HostOs::Windows, Some(extension)) => of_unix.contains(&extension),
        (_, Some(extension)) => of_windows.contains(&extension),
        (_, None) => false,
    };
    is_for_other_os.then(|| {
        let message = format!(
            "`{name}` is listed for {}, which does not start files with this extension",
            host_name(file.os)
        );
        Finding::new(&HOST_FILE_NAME, place(), message, "list the file for that operating system")
    })
}

/// Compares metadata.json with the files that the build produces.
pub fn agree(source: &Source, root: &Node, cells: &[Cell]) -> Vec<Fixed> {
    let built: BTreeSet<_> = cells.iter().map(|cell| (cell.os, cell.path())).collect();
    let files = listed(root);
    let mut found: Vec<_> = vec![];
    for file in files.iter().filter(|file| !built.contains(&(file.os, file.path.clone()))) {
        let message = format!("lists {} for {}, but the build does not produce it", file.path, file.os);
        let help = "remove it, or configure it in [workspace.metadata.extension.binaries]";
        let edits = remove_file(root, file);
        found.push(Fixed {
            finding: Finding::new(&BINARY_NOT_BUILT, source.place(file.at), message, help),
            edits,
        });
    }
    let at = ["host", "binaries"]
        .iter()
        .try_fold(root, |node, key| node.get(key))
        .map_or(root.span.start, |node| node.span.start);
    for (os, path) in &built {
        if files.iter().any(|file| (file.os, &file.path) == (*os, path)) {
            continue;
        }
        let message = format!("does not list {path} for {os}, which the build produces, so no host gets it");
        let help = format!("add {{ \"path\": {} }} to host.binaries.{os}", quote(path.as_str()));
        let edits = add_file(source, root, *os, path).into_iter().collect();
        found.push(Fixed {
            finding: Finding::new(&BINARY_NOT_LISTED, source.place(at), message, help),
            edits,
        });
    }
    found
}

/// The text without the files for which `is_gone` is true, and otherwise unchanged. Fails if it is not JSON.
pub fn without(text: &str, is_gone: impl Fn(HostOs, &ImagePath) -> bool) -> Result<String, json::Mistake> {
    let mut text = text.to_owned();
    loop {
        let root = json::parse(&text)?;
        let Some(file) = listed(&root).into_iter().find(|file| is_gone(file.os, &file.path)) else {
            return Ok(text);
        };
        let shorter = apply(&text, remove_file(&root, &file));
        if shorter == text {
            return Ok(text);
        }
        text = shorter;
    }
}

fn remove_file(root: &Node, file: &Listed) -> Vec<Edit> {
    let list =
        lists(root).find(|(_, list)| list.span.contains(&file.at)).and_then(|(_, list)| list.as_array());
    let items: Vec<_> = list.unwrap_or_default().iter().map(|node| node.span.clone()).collect();
    remove(&items, |number| items.get(number).is_some_and(|item| item.contains(&file.at)))
}

/// The next edit that is needed to list the path. If the list is missing, this adds it; the next round adds the path.
fn add_file(source: &Source, root: &Node, os: HostOs, path: &ImagePath) -> Option<Edit> {
    const EMPTY: &str = r#"{ "darwin": [], "windows": [], "linux": [] }"#;
    let text = &source.text;
    let Some(host) = root.get("host") else {
        return Some(add_member(text, root, "host", &format!("{{ \"binaries\": [{EMPTY}] }}")));
    };
    let Some(binaries) = host.get("binaries") else {
        return host.is_object().then(|| add_member(text, host, "binaries", &format!("[{EMPTY}]")));
    };
    let objects = binaries.as_array()?;
    let Some(object) = objects.iter().find(|object| lists_same_program(object, path)).or(objects.first())
    else {
        return Some(add_element(text, binaries, EMPTY));
    };
    // Another rule reports a missing key and adds it.
    let list = object.get(os.as_str())?;
    Some(add_element(text, list, &new_item(text, list.as_array()?, path)))
}

/// A list item for the path, in the style of the last item if that has only a path.
fn new_item(text: &str, items: &[Node], path: &ImagePath) -> String {
    let path = quote(path.as_str());
    let in_style = items.last().filter(|last| last.members().len() == 1).and_then(|last| {
        let old = last.get("path")?;
        let before = text.get(last.span.start..old.span.start)?;
        let after = text.get(old.span.end..last.span.end)?;
        Some(format!("{before}{path}{after}"))
    });
    in_style.unwrap_or_else(|| format!("{{ \"path\": {path} }}"))
}

/// Whether the object lists the same program for another operating system.
fn lists_same_program(object: &Node, path: &ImagePath) -> bool {
    let stem = |name: &str| name.trim_end_matches(".exe").to_owned();
    let wanted = stem(path.base_name());
    let lists = HostOs::ALL.iter().filter_map(|os| object.get(os.as_str())?.as_array());
    lists
        .flatten()
        .filter_map(|file| file.get("path")?.as_str())
        .any(|written| stem(written.rsplit('/').next().unwrap_or_default()) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixfold_model::matrix::Platform;

    fn binaries(text: &str) -> String {
        format!("{{\"host\": {{\"binaries\": {text}}}}}")
    }

    #[test]
    fn names_that_a_host_cannot_start_are_reported() {
        let text = binaries(
            r#"[{"darwin": [{"path": "/a/x.exe"}, {"path": "/a/"}, {"path": "/a/x"}], "windows": [{"path": "/w/x.sh"}, {"path": "/w/y"}, {"path": "/w/z.CMD"}]}]"#,
        );
        let source = Source::new("metadata.json", &text);
        let found = names(&source, &json::parse(&text).unwrap());
        let codes: Vec<_> = found.iter().map(|fixed| fixed.finding.code()).collect();
        assert_eq!(codes, ["host-file-name", "directory-listed", "host-file-name", "exe-suffix"]);
        assert_eq!(found[0].finding.place.column, Some(text.find("\"/a/x.exe").unwrap() + 1));
    }

    fn fixed(text: &str) -> String {
        let cells: Vec<_> =
            [HostOs::Darwin, HostOs::Windows].map(|os| Cell::of("tool", os, Platform::ALL[0])).into();
        let mut text = text.to_owned();
        for _ in 0..5 {
            let source = Source::new("metadata.json", &text);
            let found = agree(&source, &json::parse(&text).unwrap(), &cells);
            text = apply(&text, found.into_iter().flat_map(|fixed| fixed.edits).collect());
        }
        text
    }

    #[test]
    fn fixing_lists_exactly_the_files_that_are_built() {
        assert_eq!(
            fixed(&binaries(r#"[{"darwin": [{"path":"/darwin/tol"}], "windows": [], "linux": []}]"#)),
            binaries(
                r#"[{"darwin": [{ "path": "/darwin/tool" }], "windows": [{ "path": "/windows/tool.exe" }], "linux": []}]"#
            ),
        );
        assert_eq!(
            fixed("{}"),
            r#"{"host": { "binaries": [{ "darwin": [{ "path": "/darwin/tool" }], "windows": [{ "path": "/windows/tool.exe" }], "linux": [] }] }}"#
        );
        let complete = fixed("{}");
        assert_eq!(fixed(&complete), complete);
    }
}
