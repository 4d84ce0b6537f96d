//! The build contexts that a Dockerfile can copy from: the stage that `dist` builds, or a directory on disk.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::git_ignored::{excludes_all, is_excluded, is_ignored};
use crate::metadata::Metadata;
use sixfold_model::matrix::{Cell, HostOs, ImagePath, Platform};
use sixfold_model::stage;

/// What a build context has at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    File,
    Folder,
    /// It does not exist, and nothing can make it before the build.
    Missing,
    /// It does not exist, but something may make it before the build.
    Later,
}

/// A folder that COPY copies from.
pub(super) trait Context {
    /// `path` is relative, normalised, and empty for the folder itself.
    fn held(&self, path: &str) -> Held;

    /// Whether its ignore file keeps everything out of it.
    fn is_emptied(&self) -> bool {
        false
    }

    /// Whether its ignore file keeps out a file or a folder that exists.
    fn keeps_out(&self, _path: &str) -> bool {
        false
    }

    /// The names in a folder, if they are known.
    fn names(&self, _folder: &str) -> Option<Vec<String>> {
        None
    }

    /// The path of a file that can be opened now.
    fn on_disk(&self, path: &str) -> Option<Utf8PathBuf>;
}

/// The build contexts of one build.
pub(super) struct Contexts {
    main: Box<dyn Context>,
    /// What messages call the main one.
    pub(super) title: String,
    /// True if the main one is the stage, so that none has its name.
    pub(super) is_stage: bool,
    named: BTreeMap<String, Box<dyn Context>>,
}

impl Contexts {
    pub(super) fn new(main: impl Context + 'static, named: impl IntoIterator<Item = (String, Disk)>) -> Self {
        let named = named.into_iter().map(|(name, disk)| (name, Box::new(disk) as Box<dyn Context>));
        Self {
            main: Box::new(main),
            title: "the build context".to_owned(),
            is_stage: false,
            named: named.collect(),
        }
    }

    /// The contexts of a project: the stage, or a folder of the project and the stage with a name.
    pub(super) fn of_project(stage: Stage, chosen: Option<(&Utf8Path, Disk)>) -> Self {
        let Some((name, disk)) = chosen else { return Self { is_stage: true, ..Self::new(stage, []) } };
        let named = BTreeMap::from([(stage::CONTEXT.to_owned(), Box::new(stage) as Box<dyn Context>)]);
        Self { main: Box::new(disk), title: format!("the build context `{name}`"), is_stage: false, named }
    }

    /// The context with a name, or the main one for an empty name.
    pub(super) fn get(&self, name: &str) -> Option<&dyn Context> {
        match name {
            "" => Some(self.main.as_ref()),
            name => self.named.get(name).map(AsRef::as_ref),
        }
    }
}

/// A directory on disk.
pub(super) struct Disk {
    pub root: Utf8PathBuf,
    /// The Dockerfile, which may have an ignore file beside it.
    pub dockerfile: Utf8PathBuf,
    /// What is made before the image is built, if that is known: paths below `root`, of files or folders. Otherwise, any tool may
    /// make a folder, with unknown content.
    pub made: Option<Vec<Utf8PathBuf>>,
}

impl Disk {
    /// Whether a path that does not exist may exist when the image is built.
    fn is_made_later(&self, path: &str) -> bool {
        let full = self.root.join(path);
        let is_made = match &self.made {
            Some(made) => made.iter().any(|made| made.starts_with(&full) || full.starts_with(made)),
            None => !self.root.join(path.split('/').next().unwrap_or_default()).exists(),
        };
        is_made || is_ignored(&self.root, path)
    }
}

impl Context for Disk {
    fn held(&self, path: &str) -> Held {
        let full = self.root.join(path);
        if !path.is_empty() && is_excluded(&self.root, &self.dockerfile, path) {
            Held::Missing
        } else if full.is_file() {
            Held::File
        } else if full.is_dir() {
            Held::Folder
        } else if self.is_made_later(path) {
            Held::Later
        } else {
            Held::Missing
        }
    }

    fn is_emptied(&self) -> bool {
        excludes_all(&self.root, &self.dockerfile)
    }

    fn keeps_out(&self, path: &str) -> bool {
        self.root.join(path).exists() && is_excluded(&self.root, &self.dockerfile, path)
    }

    fn names(&self, folder: &str) -> Option<Vec<String>> {
        let entries = self.root.join(folder).read_dir_utf8().ok()?;
        Some(entries.flatten().map(|entry| entry.file_name().to_owned()).collect())
    }

    fn on_disk(&self, path: &str) -> Option<Utf8PathBuf> {
        Some(self.root.join(path)).filter(|path| path.is_file())
    }
}

/// A context whose content is not known.
pub(super) struct Elsewhere;

impl Context for Elsewhere {
    fn held(&self, _: &str) -> Held {
        Held::Later
    }

    fn on_disk(&self, _: &str) -> Option<Utf8PathBuf> {
        None
    }
}

/// The stage as `dist` will build it. See [`sixfold_model::stage`].
#[derive(Clone)]
pub(super) struct Stage {
    files: BTreeSet<String>,
    directories: BTreeSet<String>,
    has_ui: bool,
}

impl Stage {
    pub(super) fn new(cells: &[Cell], metadata: Option<&Metadata>, has_ui: bool) -> Self {
        let common = |name: &String| Some(stage::common(&ImagePath::new(name).ok()?));
        let named = metadata.iter().flat_map(|metadata| metadata.icon.iter().chain(&metadata.composefile));
        let files = cells.iter().map(stage::cell).chain(Platform::ALL.map(stage::metadata));
        let files: BTreeSet<_> =
            files.chain(named.filter_map(common)).chain([stage::common_metadata()]).collect();
        let mut directories: BTreeSet<_> = Platform::ALL
            .into_iter()
            .flat_map(|platform| HostOs::ALL.map(|os| stage::cell_folder(platform, os.into())))
            .chain([stage::UI.to_owned()])
            .collect();
        for path in files.iter().chain(&directories.clone()) {
            directories
                .extend(path.match_indices('/').filter_map(|(at, _)| Some(path.get(..at)?.to_owned())));
        }
        directories.insert(String::new());
        Self { files, directories, has_ui }
    }
}

impl Context for Stage {
    fn held(&self, path: &str) -> Held {
        if self.files.contains(path) {
            Held::File
        } else if self.directories.contains(path) {
            Held::Folder
        } else if self.has_ui && path.strip_prefix(stage::UI).is_some_and(|rest| rest.starts_with('/')) {
            Held::Later
        } else {
            Held::Missing
        }
    }

    fn on_disk(&self, _: &str) -> Option<Utf8PathBuf> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_has_the_files_that_dist_creates() {
        let cells = [Cell::of("tool", HostOs::Darwin, Platform::ALL[1])];
        let metadata = Metadata { icon: Some("/art/icon.svg".into()), ..Metadata::default() };
        let stage = Stage::new(&cells, Some(&metadata), true);
        for (path, held) in [
            ("", Held::Folder),
            ("arm64/darwin/tool", Held::File),
            ("amd64/darwin/tool", Held::Missing),
            ("amd64/linux", Held::Folder),
            ("common/art/icon.svg", Held::File),
            ("common/ui/index.html", Held::Later),
            ("metadata.json", Held::Missing),
        ] {
            assert_eq!(stage.held(path), held, "{path}");
        }
    }

    #[test]
    fn files_that_git_ignores_may_exist_later() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
        std::fs::create_dir_all(root.join("ui/src")).unwrap();
        std::fs::write(root.join(".gitignore"), "# built\n/ui/build/\n").unwrap();
        let disk = Disk { root, dockerfile: "Dockerfile".into(), made: None };
        let held = ["ui/src", "ui/build/x", "ui/other", "dist/x"].map(|path| disk.held(path));
        assert_eq!(held, [Held::Folder, Held::Later, Held::Missing, Held::Later]);
    }
}
