//! The build contexts that an extension's Dockerfile copies from: the stage of our build, or somebody's folder.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::dockerfile::copies::{Context, Held};
use crate::metadata::Metadata;
use sixfold_model::matrix::{Cell, HostOs, ImagePath, Platform};
use sixfold_model::stage;

/// A folder on disk.
pub(super) struct Disk {
    pub root: Utf8PathBuf,
}

impl Context for Disk {
    fn held(&self, path: &str) -> Held {
        let full = self.root.join(path);
        let first = path.split('/').next().unwrap_or_default();
        match () {
            () if full.is_file() => Held::File,
            () if full.is_dir() => Held::Folder,
            // What is in a folder that something else makes cannot be known.
            () if !self.root.join(first).exists() || self.is_ignored(path) => Held::Unknown,
            () => Held::Missing,
        }
    }
}

impl Disk {
    /// Whether git ignores the path, as far as plain lines of .gitignore say: then something makes it.
    fn is_ignored(&self, path: &str) -> bool {
        let lines = fs_err::read_to_string(self.root.join(".gitignore")).unwrap_or_default();
        let names = |line: &str| {
            let name = line.trim().trim_matches('/');
            let inside = path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let part = !name.contains('/') && path.split('/').any(|part| part == name);
            !name.is_empty() && (inside || part)
        };
        lines.lines().filter(|line| !line.starts_with(['#', '!'])).any(names)
    }
}

/// What the stage will contain. See [`sixfold_model::stage`].
pub(super) struct Stage {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    has_ui: bool,
}

impl Stage {
    pub(super) fn new(cells: &[Cell], metadata: Option<&Metadata>, has_ui: bool) -> Self {
        let common = |name: &String| Some(stage::common(&ImagePath::new(name).ok()?));
        let named = metadata.iter().flat_map(|metadata| metadata.icon.iter().chain(&metadata.composefile));
        let files = cells.iter().map(stage::cell).chain(Platform::ALL.map(stage::metadata));
        let files: BTreeSet<_> =
            files.chain(named.filter_map(common)).chain([stage::common_metadata()]).collect();
        let mut folders: BTreeSet<_> = Platform::ALL
            .into_iter()
            .flat_map(|platform| HostOs::ALL.map(|os| stage::host_folder(platform, os)))
            .chain([stage::UI.to_owned()])
            .collect();
        for path in files.iter().chain(&folders.clone()) {
            folders.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
        }
        folders.insert(String::new());
        Self { files, folders, has_ui }
    }
}

impl Context for Stage {
    fn held(&self, path: &str) -> Held {
        match () {
            () if self.files.contains(path) => Held::File,
            () if self.folders.contains(path) => Held::Folder,
            () if self.has_ui && path.strip_prefix(stage::UI).is_some_and(|rest| rest.starts_with('/')) => {
                Held::Unknown
            }
            () => Held::Missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_holds_what_the_build_makes() {
        let cells = [Cell::of("tool", HostOs::Darwin, Platform::ALL[1])];
        let metadata = Metadata { icon: Some("/art/icon.svg".into()), ..Metadata::default() };
        let stage = Stage::new(&cells, Some(&metadata), true);
        for (path, held) in [
            ("", Held::Folder),
            ("arm64/darwin/tool", Held::File),
            ("amd64/darwin/tool", Held::Missing),
            ("amd64/linux", Held::Folder),
            ("common/art/icon.svg", Held::File),
            ("common/ui/index.html", Held::Unknown),
            ("metadata.json", Held::Missing),
        ] {
            assert_eq!(stage.held(path), held, "{path}");
        }
    }

    #[test]
    fn a_folder_may_get_what_git_ignores() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
        std::fs::create_dir_all(root.join("ui/src")).unwrap();
        std::fs::write(root.join(".gitignore"), "# built\n/ui/build/\n").unwrap();
        let disk = Disk { root };
        let held = ["ui/src", "ui/build/x", "ui/other", "dist/x"].map(|path| disk.held(path));
        assert_eq!(held, [Held::Folder, Held::Unknown, Held::Missing, Held::Unknown]);
    }
}
