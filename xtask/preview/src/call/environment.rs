//! The environment of the programs: this one's, without what cargo and the preview put into it, and what the page adds,
//! without what makes a program run something else.

use std::collections::BTreeMap;
use std::env;

use anyhow::{Result, bail};
use tokio::process::Command;

/// Variables that make a system's loader, or an interpreter, run code that the caller names, or read its settings from
/// where the caller says. Compared without case, as Windows does. No list of these is whole.
const REFUSED: &[&str] = &[
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

/// Families of such variables, by what their names begin with.
const REFUSED_FAMILIES: &[&str] =
    &["LD_", "DYLD_", "PYTHON", "BASH_FUNC_", "GIT_", "CORECLR_", "DOTNET_STARTUP", "XDG_"];

/// What cargo sets for what it runs. Among `CARGO_…` are an author's registry tokens, and the search paths of libraries
/// are those of this program.
const CARGOS: &[&str] =
    &["CARGO", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// Fails, naming the variable, when one may not be set by a page.
pub fn check(env: &BTreeMap<String, String>) -> Result<()> {
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            bail!("the variable {name:?} has a name or a value that no environment can hold");
        }
        let upper = name.to_ascii_uppercase();
        if REFUSED.contains(&upper.as_str())
            || REFUSED_FAMILIES.iter().any(|family| upper.starts_with(family))
        {
            bail!(
                "the preview does not let a page set {name}, which makes programs run other code: \
                 use a variable that only your program reads"
            );
        }
    }
    Ok(())
}

/// Gives the command its environment. `env` has been checked.
pub fn apply(command: &mut Command, env: &BTreeMap<String, String>) {
    let is_cargos = |name: &str| CARGOS.contains(&name) || name.starts_with("CARGO_");
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_cargos) {
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
    fn what_runs_other_code_is_refused_by_name() {
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
