//! The environment of the programs: that of this process without the variables that cargo sets, plus variables from the
//! page, except those that make a program run other code.

use std::collections::BTreeMap;
use std::env;

use anyhow::{Result, bail};
use tokio::process::Command;

/// Variables that make the system's loader or an interpreter run code that the caller names, or read settings from a
/// place that the caller names. Compared without case, as Windows does. No such list is complete.
const FORBIDDEN: &[&str] = &[
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SYSTEMROOT",
    "WINDIR",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELLOPTS",
    "PROMPT_COMMAND",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYLIB",
    "RUBYOPT",
    "CLASSPATH",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "DOCKER_CONFIG",
    "DOCKER_CLI_PLUGIN_EXTRA_DIRS",
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ZDOTDIR",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "SSH_ASKPASS",
];

/// Prefixes of the names of such variables.
const FORBIDDEN_PREFIXES: &[&str] =
    &["LD_", "DYLD_", "PYTHON", "BASH_FUNC_", "GIT_", "CORECLR_", "DOTNET_STARTUP", "XDG_"];

/// Variables that cargo sets for the programs that it runs. The variables `CARGO_…` include the author's registry tokens,
/// and the library search paths are meant for this program only.
const SET_BY_CARGO: &[&str] =
    &["CARGO", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// Fails if the page may not set one of these variables. The error names it.
pub(crate) fn check(env: &BTreeMap<String, String>) -> Result<()> {
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            bail!("the name or the value of the environment variable {name:?} is invalid");
        }
        let upper = name.to_ascii_uppercase();
        if FORBIDDEN.contains(&upper.as_str())
            || FORBIDDEN_PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
        {
            bail!(
                "cannot set the environment variable {name}: it can make programs run other code\n\
                 help: use a variable that only your host binary reads"
            );
        }
    }
    Ok(())
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
        check(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn variables_that_run_other_code_are_rejected_by_name() {
        for name in [
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "PATH",
            "Path",
            "NODE_OPTIONS",
            "node_options",
            "PYTHONSTARTUP",
            "GIT_SSH_COMMAND",
            "HOME",
            "XDG_CONFIG_HOME",
            "DOCKER_CLI_PLUGIN_EXTRA_DIRS",
        ] {
            assert!(one(name, "x").unwrap_err().to_string().contains(name), "{name}");
        }
        for (name, value) in [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "\0")] {
            assert!(one(name, value).is_err(), "{name:?}={value:?}");
        }
        for name in ["KUBECONFIG", "MY_PATH", "HTTPS_PROXY", "DOCKER_HOST"] {
            one(name, "x").unwrap();
        }
    }
}
