//! The files of the repository that are read. A link that leads out of the repository is not followed.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_inspect::check::source::Source;

pub(super) struct Sources {
    /// With all links resolved.
    pub root: Utf8PathBuf,
}

impl Sources {
    pub(super) fn new(root: &Utf8Path) -> Result<Self> {
        Ok(Self { root: root.canonicalize_utf8()? })
    }

    /// Reads a file; `None` if there is none. Fails if it cannot be read, or is outside of the repository.
    pub(super) fn read(&self, name: &str) -> Result<Option<Source>> {
        self.must_be_inside(name)?;
        Source::read(&self.root, name)
    }

    /// Fails for a link that leads out of the repository.
    pub(super) fn must_be_inside(&self, name: &str) -> Result<()> {
        match self.root.join(name).canonicalize_utf8() {
            Ok(path) if !path.starts_with(&self.root) => bail!(
                "{name} is a link to {path}, which is outside of the repository\nhelp: put the file itself into the repository"
            ),
            _ => Ok(()),
        }
    }

    /// The nearest folder with a package.json, at or above `folder`, and inside of the repository. Relative.
    pub(super) fn package_folder(&self, folder: &Utf8Path) -> Option<Utf8PathBuf> {
        let has_package = |folder: &&Utf8Path| self.root.join(folder).join("package.json").is_file();
        folder.ancestors().find(has_package).map(Utf8Path::to_owned)
    }
}
