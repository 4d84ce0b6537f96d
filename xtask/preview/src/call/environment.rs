//! The environment of the programs: that of this process without the variables that cargo sets, plus the variables from the
//! page that are allowed. A list of forbidden ones would never be complete: every loader, runtime and tool has its own
//! variables that make it run other code.

use std::collections::BTreeMap;
use std::env;

use anyhow::{Result, bail, ensure};
use sixfold_model::config_file::CONFIG;
use tokio::process::Command;

/// Variables that a page may set in every project: the language, the time zone, colors, and the amount of logging. None of
/// them names a file, a program or an address.
const ALLOWED: &[&str] = &[
    "LANG",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NUMERIC",
    "LC_TIME",
    "TZ",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LINES",
    "RUST_LOG",
    "RUST_BACKTRACE",
    "LOG_LEVEL",
];

/// Variables that cargo sets for the programs that it runs. The variables `CARGO_…` include the author's registry tokens,
/// and the library search paths are meant for this program only.
const SET_BY_CARGO: &[&str] =
    &["CARGO", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// Fails if the page may not set one of these variables. `configured` are those that the author allows. The error names the
/// variable.
pub(crate) fn check(env: &BTreeMap<String, String>, configured: &[String]) -> Result<()> {
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            bail!("the name or the value of the environment variable {name:?} is invalid");
        }
        let configured = configured.iter().map(String::as_str);
        ensure!(
            ALLOWED.iter().copied().chain(configured).any(|allowed| is_same(allowed, name)),
            "the page may not set the environment variable {name} in the preview\n\
             help: if your host binary reads it, add it to `env` in {} in {CONFIG}",
            CONFIG.table("preview")
        );
    }
    Ok(())
}

/// Windows ignores the case of names.
fn is_same(one: &str, other: &str) -> bool {
    one == other || (cfg!(windows) && one.eq_ignore_ascii_case(other))
}

/// Sets the environment of the command. Call [`check`] first.
pub(crate) fn apply(command: &mut Command, env: &BTreeMap<String, String>) {
    let is_set_by_cargo = |name: &str| SET_BY_CARGO.contains(&name) || name.starts_with("CARGO_");
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo) {
            command.env_remove(name);
        }
    }
    command.envs(env);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> Result<()> {
        let configured = ["MY_NAME".to_owned(), "KUBECONFIG".to_owned()];
        check(&BTreeMap::from([(name.to_owned(), value.to_owned())]), &configured)
    }

    #[test]
    fn only_listed_and_configured_variables_may_be_set() {
        for name in [
            "LD_PRELOAD",
            "PATH",
            "HOME",
            "NODE_OPTIONS",
            "LUA_INIT",
            "PHPRC",
            "COR_PROFILER",
            "PSModulePath",
            "GTK_MODULES",
            "npm_config_script_shell",
            "MY_NAME2",
            "MY_",
            "LANGUAGE",
        ] {
            let error = one(name, "x").unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("`env`"), "{error}");
        }
        for (name, value) in [("", "x"), ("A=B", "x"), ("MY_NAME\0", "x"), ("MY_NAME", "\0")] {
            assert!(one(name, value).is_err(), "{name:?}={value:?}");
        }
        for name in ["MY_NAME", "KUBECONFIG", "LANG", "TZ", "RUST_LOG"] {
            one(name, "x").unwrap();
        }
        assert_eq!(one("my_name", "x").is_ok(), cfg!(windows));
    }
}
