//! Packages of the UI that are folders or archives of this machine: `file:` and `link:` dependencies, workspaces, and
//! packages linked by `npm link`. No lock file pins their content.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use fs_err as fs;
use serde_json::Value;
use sixfold_project::plan::{package_json, package_roots};

/// The tables of package.json that name dependencies.
const TABLES: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/// What the version of a local package starts with.
const PREFIXES: [&str; 3] = ["file:", "link:", "portal:"];
const NODE_MODULES: &str = "node_modules";

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LocalPackage {
    /// Without symbolic links.
    pub path: PathBuf,
    /// True if node_modules has a link to it; otherwise an installation copies its content.
    pub linked: bool,
}

/// All local packages that the UI in `dir` depends on, directly or not, in order.
pub(super) fn find(dir: &Utf8Path) -> BTreeSet<LocalPackage> {
    let mut found: BTreeSet<LocalPackage> = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = node_modules(dir).iter().flat_map(|folder| links(folder)).collect();
    let linked: BTreeSet<PathBuf> = waiting.iter().cloned().collect();
    waiting.extend(declared(dir.as_std_path()));
    while let Some(path) = waiting.pop() {
        let package = LocalPackage { linked: linked.contains(&path), path };
        if !found.contains(&package) {
            waiting.extend(declared(&package.path));
            found.insert(package);
        }
    }
    found
}

/// The folders of installed packages: that of the UI, and those of the workspaces that it may be a member of.
pub(super) fn node_modules(dir: &Utf8Path) -> Vec<PathBuf> {
    let folders = package_roots(dir).map(|root| root.join(NODE_MODULES));
    folders.filter(|folder| folder.is_dir()).map(Into::into).collect()
}

/// The links in node_modules that lead out of it. pnpm's links lead into a folder within node_modules.
fn links(node_modules: &Path) -> Vec<PathBuf> {
    let entries =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_scope =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"@"));
    let (scopes, packages): (Vec<_>, Vec<_>) = entries(node_modules).partition(is_scope);
    let packages = packages.into_iter().chain(scopes.iter().flat_map(|scope| entries(scope)));
    let targets = packages.filter(|path| path.is_symlink()).filter_map(|path| fs::canonicalize(path).ok());
    targets.filter(|path| path.components().all(|part| part.as_os_str() != NODE_MODULES)).collect()
}

/// The local packages that the package.json in `dir` names, as far as they exist.
fn declared(dir: &Path) -> Vec<PathBuf> {
    let Some(package) = package_json(dir) else { return vec![] };
    let tables = TABLES.iter().filter_map(|table| package.get(table)?.as_object());
    let versions = tables.flat_map(|table| table.values()).filter_map(Value::as_str);
    let paths = versions.filter_map(local_path).map(|path| dir.join(path));
    paths.filter_map(|path| fs::canonicalize(path).ok()).collect()
}

/// The path in the version of a local package; npm also takes a path by itself.
fn local_path(version: &str) -> Option<&str> {
    match PREFIXES.iter().find_map(|prefix| version.strip_prefix(prefix)) {
        Some(path) => Some(path.strip_prefix("//").unwrap_or(path)),
        None => (version.starts_with('.') || version.starts_with('/')).then_some(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_local_packages_contain_a_path() {
        for (version, path) in [
            ("file:../shared", Some("../shared")),
            ("link:./a", Some("./a")),
            ("portal:../b", Some("../b")),
            ("file:///opt/c", Some("/opt/c")),
            ("../d", Some("../d")),
            ("^1.2.3", None),
            ("workspace:*", None),
            ("github:a/b", None),
        ] {
            assert_eq!(local_path(version), path, "{version}");
        }
    }
}
