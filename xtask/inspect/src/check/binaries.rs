//! The host binaries that metadata.json lists: their names, and whether they are what the build makes.

use std::collections::BTreeSet;

use super::fix::Fixed;
use super::source::Source;
use crate::cells::{DIRECTORY_LISTED, EXE_SUFFIX};
use sixfold_judge::host_name;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::json;
use sixfold_model::json::Node;
use sixfold_model::json_edit::{add_element, add_member, quote, remove};
use sixfold_model::matrix::{Cell, HostOs, ImagePath};
use sixfold_model::text::{Edit, apply};

sixfold_model::lints! {
    /// metadata.json lists what the build does not make.
    BINARY_NOT_BUILT = Error "binary-not-built";
    /// The build makes what metadata.json does not list.
    BINARY_NOT_LISTED = Error "binary-not-listed";
    /// A script or program of another operating system, by its name.
    HOST_FILE_NAME = Warning "host-file-name";
}

/// A file as metadata.json lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub os: HostOs,
    pub written: String,
    pub path: ImagePath,
    /// The offset of the path in the file.
    pub at: usize,
}

/// Every list of files, by operating system.
fn lists(root: &Node) -> impl Iterator<Item = (HostOs, &Node)> {
    let objects = root.get("host").and_then(|host| host.get("binaries")).and_then(Node::as_array);
    let lists =
        |object| HostOs::ALL.into_iter().filter_map(move |os| Some((os, Node::get(object, os.as_str())?)));
    objects.unwrap_or_default().iter().flat_map(lists)
}

/// The most files that are judged: more than any extension has.
const FILES: usize = 1000;

/// Every path that can be one.
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

/// What the names say by themselves.
pub fn names(source: &Source, root: &Node) -> Vec<Fixed> {
    listed(root).iter().filter_map(|file| name(source, file)).map(Fixed::from).collect()
}

fn name(source: &Source, file: &Listed) -> Option<Finding> {
    let place = || source.place(file.at);
    if file.written.ends_with('/') {
        let help = "list each file: that a folder is copied is not documented";
        return Some(Finding::new(&DIRECTORY_LISTED, place(), "is a folder", help));
    }
    let name = file.path.base_name();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let of_windows = ["exe", "bat", "cmd", "ps1", "dll"];
    let of_unix = ["sh", "bash", "zsh", "command", "dylib", "so"];
    let is_foreign = match (file.os, extension.as_deref()) {
        (HostOs::Windows, None) => {
            let message =
                format!("`{name}` is listed for Windows without an extension: Windows starts no such file");
            return Some(
                Finding::new(&EXE_SUFFIX, place(), message, format!("call it {name}.exe"))
                    .with(Severity::Warning),
            );
        }
        (HostOs::Windows, Some(extension)) => of_unix.contains(&extension),
        (_, Some(extension)) => of_windows.contains(&extension),
        (_, None) => false,
    };
    is_foreign.then(|| {
        let message =
            format!("`{name}` is listed for {}, where nothing starts such a file", host_name(file.os));
        Finding::new(&HOST_FILE_NAME, place(), message, "list what was made for that system")
    })
}

/// Whether metadata.json lists exactly what the build makes.
pub fn agree(source: &Source, root: &Node, cells: &[Cell]) -> Vec<Fixed> {
    let built: BTreeSet<_> = cells.iter().map(|cell| (cell.os, cell.path())).collect();
    let files = listed(root);
    let mut found: Vec<_> = vec![];
    for file in files.iter().filter(|file| !built.contains(&(file.os, file.path.clone()))) {
        let message = format!("lists {} for {}, which the build does not make", file.path, file.os);
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
        let message = format!("does not list {path} for {os}, which the build makes: no host gets it");
        let help = format!("add {{ \"path\": {} }} to host.binaries.{os}", quote(path.as_str()));
        let edits = add_file(source, root, *os, path).into_iter().collect();
        found.push(Fixed {
            finding: Finding::new(&BINARY_NOT_LISTED, source.place(at), message, help),
            edits,
        });
    }
    found
}

/// The text without the files that `is_gone` names, and otherwise as it is. Fails where it is no JSON.
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
    remove(&items, |number| items[number].contains(&file.at))
}

/// One step towards the path being listed. Where a list is missing, it is the list: what goes into it comes with the next
/// round.
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
    // A missing key is added by the rule that misses it.
    let list = object.get(os.as_str())?;
    let items = list.as_array()?;
    // In the style of the last one, where it is of the usual shape.
    let last = items
        .last()
        .and_then(|last| Some((last, last.get("path")?)))
        .filter(|(last, _)| last.members().len() == 1);
    let item = match last {
        Some((last, old)) => {
            let (before, after) =
                (&text[last.span.start..old.span.start], &text[old.span.end..last.span.end]);
            format!("{before}{}{after}", quote(path.as_str()))
        }
        None => format!("{{ \"path\": {} }}", quote(path.as_str())),
    };
    Some(add_element(text, list, &item))
}

/// Whether the object lists the program for another system.
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
    fn names_tell_what_a_host_cannot_start() {
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
    fn metadata_is_made_to_list_what_is_built() {
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
        let sound = fixed("{}");
        assert_eq!(fixed(&sound), sound);
    }
}
