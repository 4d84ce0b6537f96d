//! What a build of the UI can read besides files: environment variables, npm's settings, and the version of Node.js.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use fs_err as fs;
use sixfold_base::process;
use sixfold_project::plan::Ui;

use super::command::programs;
use crate::author_command::{variables, variables_of_build};

/// Variables that change what an installation does.
const NAMES: [&str; 3] = ["NODE_ENV", "NODE_OPTIONS", "NODE_PATH"];
/// Prefixes of variables that configure npm, pnpm and yarn, in lower case.
const NPM: [&str; 3] = ["npm_config_", "pnpm_config_", "yarn_"];
/// Texts that change whenever the environment of a build, or of an installation, changes.
#[derive(Debug)]
pub(super) struct Environment {
    build: String,
    install: String,
}

impl Environment {
    /// Reads the variables and npm's settings of this user, and asks Node.js for its version if the UI needs it.
    pub(super) fn of(ui: &Ui) -> Result<Self> {
        let mut install = format!("{} {}\n", std::env::consts::OS, std::env::consts::ARCH);
        if programs(ui).contains("node") {
            install.push_str(&node_version(ui)?);
            let settings = user_npmrc().and_then(|file| fs::read_to_string(file).ok());
            install.push_str(&settings.unwrap_or_default());
        }
        install.push_str(&variables(is_for_installation));
        let build = format!("{install}{}", variables_of_build());
        Ok(Self { build, install })
    }

    pub(super) fn for_build(&self) -> &str {
        &self.build
    }

    pub(super) fn for_installation(&self) -> &str {
        &self.install
    }
}

fn node_version(ui: &Ui) -> Result<String> {
    let mut node = Command::new("node");
    node.args(["-p", "[process.version, process.platform, process.arch].join(' ')"]).current_dir(&ui.dir);
    Ok(process::capture(node, "ask Node.js for its version")?.stdout)
}

fn is_for_installation(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    NAMES.contains(&name) || NPM.iter().any(|prefix| lower.starts_with(prefix))
}

/// The user's npm settings. Those of the project are files of the UI.
fn user_npmrc() -> Option<PathBuf> {
    let named =
        std::env::var_os("NPM_CONFIG_USERCONFIG").or_else(|| std::env::var_os("npm_config_userconfig"));
    named.map(PathBuf::from).or_else(|| Some(dirs::home_dir()?.join(".npmrc")))
}
