//! Where this repository is on disk.

use camino::Utf8Path;

/// The folder of this crate.
pub(crate) fn ci() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The root folder of the workspace, two levels above this crate.
pub(crate) fn root() -> &'static Utf8Path {
    ci().ancestors().nth(2).unwrap_or(ci())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_root_has_the_workspace_manifest() {
        let manifest = fs_err::read_to_string(super::root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"), "{manifest}");
    }
}
