//! The repository that these rules apply to: its files, its packages and their targets.

use std::collections::BTreeMap;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::layers::Package;

pub(crate) struct Repository {
    root: Utf8PathBuf,
    /// Relative to the root, with `/`.
    files: Vec<String>,
}

/// One crate: a library, a binary, a test, an example or a build script of a package.
pub(crate) struct Target {
    pub name: String,
    pub kind: String,
    pub root: Utf8PathBuf,
    /// Its root file, relative to `root`.
    pub file: Utf8PathBuf,
}

impl Repository {
    /// Lists what git tracks, or would add. Ignored files, such as `target/`, are left out.
    pub(crate) fn open() -> Self {
        let root = Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize_utf8().unwrap();
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&root);
        let output = git.output().expect("cannot run git: install it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let listed = String::from_utf8(output.stdout).expect("all paths are UTF-8");
        // A file that was deleted is listed until that is committed.
        let exists = |file: &&str| root.join(file).is_file();
        let files = listed.split_terminator('\0').filter(exists).map(str::to_owned).collect();
        Self { root, files }
    }

    /// True for a file, and for a folder with a file below it.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| Utf8Path::new(file).starts_with(path))
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs_err::read_to_string(self.root.join(file)).unwrap()
    }

    /// All text files by path; with `extensions`, only those. Files that are not UTF-8 are images.
    pub(crate) fn texts(&self, extensions: &[&str]) -> BTreeMap<String, String> {
        let wanted = |file: &&String| {
            let extension = Utf8Path::new(file).extension().unwrap_or_default();
            extensions.is_empty() || extensions.contains(&extension)
        };
        let read = |file: &String| {
            let bytes = fs_err::read(self.root.join(file)).unwrap();
            Some((file.clone(), String::from_utf8(bytes).ok()?))
        };
        self.files.iter().filter(wanted).filter_map(read).collect()
    }

    /// The packages below `xtask/`: everything but the sample.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let packages = self.metadata().packages.into_iter().filter_map(|package| {
            self.relative(&package.manifest_path).filter(|path| path.starts_with("xtask"))?;
            let dependencies = package.dependencies.into_iter().map(|dependency| dependency.name).collect();
            Some(Package { name: package.name.to_string(), dependencies })
        });
        packages.collect()
    }

    /// Every target of the packages below `xtask/`.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let targets = self.metadata().packages.into_iter().flat_map(|package| package.targets);
        let below_xtask = targets.filter_map(|target| {
            let file = self.relative(&target.src_path).filter(|path| path.starts_with("xtask"))?;
            let kind = target.kind.first().map(ToString::to_string).unwrap_or_default();
            Some(Target { name: target.name, kind, root: self.root.clone(), file })
        });
        below_xtask.collect()
    }

    fn relative(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = path.canonicalize_utf8().ok()?;
        path.strip_prefix(&self.root).ok().map(Utf8Path::to_owned)
    }

    fn metadata(&self) -> Metadata {
        let mut command = MetadataCommand::new();
        command.current_dir(&self.root).no_deps().exec().expect("cargo can read the workspace")
    }
}
