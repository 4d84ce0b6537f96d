//! The environment variables of the author, as opposed to those that cargo adds for the tool.

use std::process::Command;

/// Prefixes of variables that cargo sets for the program that `cargo xtask` runs: they describe xtask, and no UI.
const OF_CARGO: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// True for a variable that cargo has added.
pub(super) fn is_of_cargo(name: &str) -> bool {
    OF_CARGO.iter().any(|prefix| name.starts_with(prefix))
}

/// Gives a command the environment of the author.
pub(crate) fn of_author(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if is_of_cargo(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
}
