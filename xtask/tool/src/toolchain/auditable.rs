//! cargo-auditable, through which cargo builds when `auditable` is set.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use semver::Version;

use sixfold_base::{cargo, process};

/// The oldest version that is known to work with all of our linkers: it looks at `-C linker-flavor`.
const OLDEST: Version = Version::new(0, 7, 7);
const INSTALL: &str = "help: install it with `cargo install cargo-auditable --locked`";

/// What was found, and where. Fails if cargo-auditable is missing or too old.
pub(crate) fn find() -> Result<String> {
    let path = program()
        .ok_or_else(|| anyhow!("cargo-auditable was not found, which `auditable = true` needs\n{INSTALL}"))?;
    let place = path.display();
    match installed_version(&path) {
        Some(version) if version < OLDEST => {
            bail!(
                "cargo-auditable {version} in {place} is too old for `auditable`: {OLDEST} is needed\n{INSTALL}"
            )
        }
        Some(version) => Ok(format!("cargo-auditable {version} in {place}")),
        // What it writes into the binaries is verified anyway.
        None => Ok(format!("{place}, of an unknown version")),
    }
}

/// The program that cargo runs for `cargo auditable`: cargo looks in its own folder, too.
fn program() -> Option<PathBuf> {
    let own = cargo::home().ok().flatten().map(|home| home.join("bin").into_std_path_buf());
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = env::split_paths(&path).collect();
    if let Some(own) = own.filter(|own| !folders.contains(own)) {
        folders.insert(0, own);
    }
    which::which_in("cargo-auditable", env::join_paths(folders).ok(), ".").ok()
}

/// The version that `cargo install` knows. The program itself does not tell. `None` if it was installed in another way.
fn installed_version(program: &std::path::Path) -> Option<Version> {
    let root = program.parent()?.parent()?;
    let mut list = cargo::command();
    list.args(["install", "--list", "--root"]).arg(root);
    let output = process::capture(list, "ask cargo what is installed").ok()?;
    version_in(&output.stdout)
}

/// From lines such as `cargo-auditable v0.7.7:`.
fn version_in(list: &str) -> Option<Version> {
    let line = list.lines().find_map(|line| line.strip_prefix("cargo-auditable v"))?;
    line.split([':', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installed_version_is_read_from_cargos_list() {
        let list = "cargo-audit v0.20.0:\n    cargo-audit\ncargo-auditable v0.7.2 (/home/me/a):\n    cargo-auditable\n";
        assert_eq!(version_in(list), Some(Version::new(0, 7, 2)));
        assert_eq!(version_in("cargo-audit v0.20.0:\n    cargo-audit\n"), None);
    }
}
