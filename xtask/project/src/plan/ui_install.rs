//! The command that installs the packages of a UI, chosen by its lock file.

use std::path::Path;

use camino::Utf8Path;
use fs_err as fs;
use serde_json::Value;

use sixfold_model::values::CommandLine;

/// Lock files, each with a command that installs exactly what it says. Scripts of packages do not run, and npm spends no time
/// on a report that is not shown.
const COMMANDS: [(&str, &str); 4] = [
    ("package-lock.json", "npm ci --ignore-scripts --no-audit"),
    ("npm-shrinkwrap.json", "npm ci --ignore-scripts --no-audit"),
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile --ignore-scripts"),
    ("yarn.lock", "yarn install --frozen-lockfile --ignore-scripts"),
];
/// For a yarn.lock of Yarn 2 or later, which contains `MODERN_LOCK`.
const MODERN_YARN: &str = "yarn install --immutable --mode=skip-build";
const MODERN_LOCK: &str = "\n__metadata:";

/// The command for the lock file in the UI's folder, or else for that of a workspace above it. `None` if there is none.
pub(super) fn command(dir: &Utf8Path) -> Option<CommandLine> {
    let line = package_roots(dir).find_map(command_in)?;
    CommandLine::try_from(line.to_owned()).ok()
}

/// The package manager of a UI, by the lock file in its folder or in that of a workspace above it. `None` if there is none.
pub fn package_manager(dir: &Utf8Path) -> Option<String> {
    command(dir).map(|line| line.program)
}

fn command_in(root: &Utf8Path) -> Option<&'static str> {
    let (lock, line) = COMMANDS.into_iter().find(|(lock, _)| root.join(lock).is_file())?;
    let is_modern = || fs::read_to_string(root.join(lock)).is_ok_and(|text| text.contains(MODERN_LOCK));
    Some(if lock == "yarn.lock" && is_modern() { MODERN_YARN } else { line })
}

/// The folder of the UI, and the roots of workspaces above it.
pub fn package_roots(dir: &Utf8Path) -> impl Iterator<Item = &Utf8Path> {
    let is_workspace = |root: &&Utf8Path| {
        root.join("pnpm-workspace.yaml").is_file()
            || package_json(root.as_std_path()).is_some_and(|package| package.get("workspaces").is_some())
    };
    std::iter::once(dir).chain(dir.ancestors().skip(1).filter(is_workspace))
}

/// The package.json in the folder. `None` if there is none, and if it is not JSON.
pub fn package_json(dir: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(dir.join("package.json")).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_of_the_ui_or_of_its_workspace_chooses_the_command() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let ui = root.join("apps/ui");
        fs::create_dir_all(&ui).unwrap();
        let command = || command(&ui).map(|line| line.to_string());
        let write = |name: &str, text: &str| fs::write(root.join(name), text).unwrap();
        write("yarn.lock", "# yarn lockfile v1\n");
        assert_eq!(command(), None, "the lock file of another package");
        write("package.json", r#"{"workspaces": ["apps/*"]}"#);
        assert_eq!(command().unwrap(), "yarn install --frozen-lockfile --ignore-scripts");
        write("yarn.lock", "# generated\n\n__metadata:\n  version: 8\n");
        assert_eq!(command().unwrap(), MODERN_YARN);
        write("apps/ui/pnpm-lock.yaml", "");
        assert_eq!(command().unwrap(), "pnpm install --frozen-lockfile --ignore-scripts");
        write("apps/ui/package-lock.json", "");
        assert_eq!(command().unwrap(), "npm ci --ignore-scripts --no-audit");
    }
}
