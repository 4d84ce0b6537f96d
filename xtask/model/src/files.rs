//! `[[workspace.metadata.extension.files]]`: scripts, data and programs that hosts get as they are in the project.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Deserialize;

use crate::config_file::CONFIG;
use crate::image_path::PathTemplate;
use crate::matrix::{Cell, ImagePath};
use crate::prebuilt::is_file_name;
use crate::values::{Hosts, Platforms, RelativeDir};

/// A file or a folder, and the hosts that get it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Relative to the root of the workspace. Of a folder, hosts get the content, without hidden files.
    from: RelativeDir,
    #[serde(default = "Hosts::all")]
    hosts: Hosts,
    #[serde(default = "Platforms::both")]
    platforms: Platforms,
    /// The path in the image. Default: `/{os}/NAME`.
    to: Option<PathTemplate>,
}

/// A file that hosts get as it is in the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The file in the project, absolute.
    pub from: Utf8PathBuf,
    /// What it becomes.
    pub cell: Cell,
}

/// Lists the files, by host system, path and platform. Reads folders.
///
/// Fails if something does not exist, and if a name cannot be that of a file on a host. The error ends with `help: …`.
pub fn list(files: &[Files], root: &Utf8Path) -> Result<Vec<Shipped>, String> {
    let mut all = vec![];
    for entry in files {
        let from = root.join(entry.from.as_path());
        let found = if from.is_dir() { content(&from, Utf8Path::new(""))? } else { vec![Utf8PathBuf::new()] };
        if !from.exists() || found.is_empty() {
            let what = if from.exists() { "has no files" } else { "does not exist" };
            return Err(format!(
                "`files` names {}, which {what}\nhelp: add it, or correct `from` in [{}]",
                entry.from.as_path(),
                CONFIG.table("files")
            ));
        }
        for name in found {
            all.extend(
                entry.cells(&name)?.into_iter().map(|cell| Shipped { from: path(&from, &name), cell }),
            );
        }
    }
    all.sort_by_cached_key(|file| (file.cell.os, file.cell.path(), file.cell.platform));
    Ok(all)
}

/// `name` in the folder `from`; `from` itself if that is a file.
fn path(from: &Utf8Path, name: &Utf8Path) -> Utf8PathBuf {
    if name.as_str().is_empty() { from.to_owned() } else { from.join(name) }
}

/// The files in a folder, relative to it, in order.
fn content(folder: &Utf8Path, relative: &Utf8Path) -> Result<Vec<Utf8PathBuf>, String> {
    let mut files = vec![];
    let entries = fs::read_dir(folder.join(relative)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.map_err(|error| error.to_string())? {
        let name = Utf8PathBuf::try_from(std::path::PathBuf::from(entry.file_name())).map_err(|error| {
            format!("a file name in {folder} is not UTF-8: {error}\nhelp: rename the file")
        })?;
        if name.as_str().starts_with('.') {
            continue;
        }
        let (name, kind) = (relative.join(name), entry.file_type().map_err(|error| error.to_string())?);
        if kind.is_dir() {
            files.extend(content(folder, &name)?);
        } else if folder.join(&name).is_file() {
            files.push(name);
        } else {
            return Err(format!(
                "{} is neither a file nor a folder\nhelp: replace it by a file, or name single files in `from`",
                folder.join(&name)
            ));
        }
    }
    files.sort();
    Ok(files)
}

impl Files {
    /// The cells that a file fills. `name` is relative to `from`, and empty if that is a file.
    fn cells(&self, name: &Utf8Path) -> Result<Vec<Cell>, String> {
        let full = path(self.from.as_path(), name);
        let base = full.file_name().unwrap_or_default();
        is_file_name(base)?;
        let name = if name.as_str().is_empty() { base } else { name.as_str() };
        let mut cells = vec![];
        for os in self.hosts.as_slice() {
            let is_file = full == self.from.as_path();
            let path = match &self.to {
                Some(to) if is_file && !to.is_folder() => to.path(*os),
                Some(to) => ImagePath::new(&format!("{}/{name}", to.path(*os)))?,
                None => ImagePath::new(&format!("/{os}/{name}"))?,
            };
            cells.extend(
                self.platforms.as_slice().iter().map(|platform| Cell::at(path.clone(), *os, *platform)),
            );
        }
        Ok(cells)
    }
}

/// Fails if two files of a host have the same name, also if one belongs to a binary: all are copied into one folder.
pub(crate) fn differ_by_name(cells: &[Cell]) -> Result<(), String> {
    let mut names = BTreeMap::new();
    for cell in cells {
        let name = cell.os.system().file_key(&cell.file_name());
        let first = names.entry((cell.os, cell.platform, name)).or_insert(cell);
        if first != &cell {
            return Err(format!(
                "{} and {} have the same name on {}, where all files of an extension are copied into one folder\n\
                 help: rename one of them",
                first.path(),
                cell.path(),
                cell.os
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::matrix::{HostOs, Platform};

    fn list_in(files: &[&str], table: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for file in files {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "x").unwrap();
        }
        let text = format!(
            "[workspace.metadata.extension]\nimage = 'a/b'\n[[workspace.metadata.extension.files]]\n{table}"
        );
        let (config, _) = config::parse(&text).map_err(|error| error.to_string())?;
        let list = list(&config.files, root)?;
        Ok(list.iter().map(|file| format!("{} {}", file.cell.platform, file.cell.path())).collect())
    }

    #[test]
    fn a_file_keeps_its_name_and_goes_to_the_folder_of_each_host() {
        let list =
            list_in(&["scripts/run.sh"], "from = 'scripts/run.sh'\nhosts = ['darwin', 'linux']").unwrap();
        assert_eq!(
            list,
            [
                "linux/amd64 /darwin/run.sh",
                "linux/arm64 /darwin/run.sh",
                "linux/amd64 /linux/run.sh",
                "linux/arm64 /linux/run.sh"
            ]
        );
    }

    #[test]
    fn a_folder_ships_its_content_without_hidden_files() {
        let table = "from = 'data'\nhosts = ['linux']\nplatforms = ['linux/arm64']\nto = '/share/{os}'";
        let list = list_in(&["data/a.txt", "data/sub/b.txt", "data/.DS_Store"], table).unwrap();
        assert_eq!(list, ["linux/arm64 /share/linux/a.txt", "linux/arm64 /share/linux/sub/b.txt"]);
    }

    #[test]
    fn to_is_a_folder_if_it_ends_with_a_slash() {
        let one = |to: &str| {
            list_in(
                &["a"],
                &format!("from = 'a'\nhosts = ['linux']\nplatforms = ['linux/amd64']\nto = '{to}'"),
            )
        };
        assert_eq!(one("/share/b").unwrap(), ["linux/amd64 /share/b"]);
        assert_eq!(one("/share/").unwrap(), ["linux/amd64 /share/a"]);
    }

    #[test]
    fn a_missing_or_unusable_file_is_an_error() {
        for (files, table, expected) in [
            (&["b"][..], "from = 'a'", "`files` names a, which does not exist"),
            (&["a/.hidden"], "from = 'a'", "`files` names a, which has no files"),
            (&["a b"], "from = 'a b'", "is not a valid name for a file on a host"),
            (&["a"], "from = '../a'", "must be a path inside the project"),
            (&["a"], "from = 'a'\nto = 'b'", "starts with `/`"),
            (&["a"], "from = 'a'\nmode = 1", "unknown field"),
        ] {
            let error = list_in(files, table).unwrap_err();
            assert!(error.contains(expected), "{table}:\n{error}");
        }
    }

    #[test]
    fn two_files_of_a_host_must_not_have_the_same_name() {
        let cell = |path| Cell::at(ImagePath::new(path).unwrap(), HostOs::Darwin, Platform::ALL[0]);
        assert!(differ_by_name(&[cell("/a/x"), cell("/b/y")]).is_ok());
        assert!(differ_by_name(&[cell("/a/x"), cell("/b/X")]).unwrap_err().contains("/a/x and /b/X"));
    }
}
