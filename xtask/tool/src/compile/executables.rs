//! What cargo made.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use sixfold_model::matrix::Target;

use super::linked_libraries::LinkedLibraries;

/// The path of each binary, and which crates linked which libraries.
#[derive(Debug, Default)]
pub(crate) struct Executables {
    pub(super) paths: BTreeMap<(String, Target), Utf8PathBuf>,
    pub(super) libraries: LinkedLibraries,
}

impl Executables {
    /// Adds what another call of cargo made.
    pub(super) fn extend(&mut self, other: Self) {
        self.paths.extend(other.paths);
        self.libraries.extend(other.libraries);
    }

    pub(crate) fn get(&self, binary: &str, target: Target) -> Option<&Utf8PathBuf> {
        self.paths.get(&(binary.to_owned(), target))
    }

    /// The crates whose build scripts linked a library that a binary needs.
    pub(crate) fn crates_that_link(&self, library: &str) -> Vec<&str> {
        self.libraries.crates_that_link(library)
    }
}
