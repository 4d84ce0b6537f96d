//! Rancher Desktop, through its command line `rdctl`
//! (<https://docs.rancherdesktop.io/references/rdctl-command-reference>, and its sources in `src/go/rdctl`).
//!
//! Rancher Desktop runs one of two engines. With moby, extensions are images in docker's engine. With containerd, they are
//! in the namespace `rancher-desktop-extensions`, which only nerdctl can reach.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::answer::{self, Answer};
use super::images::Images;
use super::installer::Installer;
use sixfold_base::{process, terminal};

/// The context of its engine moby. It does not always create one.
const CONTEXT: &str = "rancher-desktop";

/// The part of `rdctl list-settings` that this tool reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    container_engine: Engine,
    application: Application,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Engine {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Application {
    extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Extensions {
    allowed: Allowed,
}

/// The images that an administrator allows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Allowed {
    enabled: bool,
    list: Vec<String>,
}

fn rdctl(arguments: &[&str]) -> Command {
    let mut command = Command::new("rdctl");
    command.args(arguments);
    command
}

pub(super) fn ask() -> Result<Answer> {
    if which::which("rdctl").is_err() {
        let problem = "rdctl was not found\nhelp: install Rancher Desktop 1.9 or later, which includes it";
        return Ok(Answer::NotInstalled(problem.to_owned()));
    }
    answer::ask(Installer::Rancher, rdctl(&["extension", "ls"]), |output| {
        Answer::NotRunning(format!(
            "Rancher Desktop does not respond:\n{}\nhelp: start it, for instance with `rdctl start`",
            output.tail()
        ))
    })
}

pub(super) fn images() -> Result<Images> {
    let text = process::read(rdctl(&["list-settings"]), "ask Rancher Desktop for its settings")?;
    let settings = parse(&text)?;
    let allowed = &settings.application.extensions.allowed;
    if allowed.enabled {
        terminal::note(format_args!(
            "Rancher Desktop installs only the extensions in its setting application.extensions.allowed.list: {}",
            allowed.list.join(", ")
        ));
    }
    match settings.container_engine.name.as_str() {
        "containerd" => Images::of_containerd(),
        _ => Images::of_docker(CONTEXT),
    }
}

fn parse(text: &str) -> Result<Settings> {
    serde_json::from_str(text).context("cannot parse the output of `rdctl list-settings`")
}

/// Installs the image.
pub(super) fn install(image: &str) -> Result<()> {
    process::show(rdctl(&["extension", "install", image]), "install the extension")
        .context("Rancher Desktop refused the extension; its messages are above")
}

/// Removes the extension that `rdctl extension ls` lists by this name. It has to contain the tag: Rancher Desktop takes what
/// follows the last colon for one, so that it would look for `localhost` in `localhost:5000/tool`, and report success.
pub(super) fn uninstall(name: &str) -> Result<()> {
    process::show(rdctl(&["extension", "uninstall", name]), "remove the extension")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_parsed_and_may_be_missing() {
        let text = r#"{"version": 14, "containerEngine": {"name": "containerd", "allowedImages": {}},
            "application": {"extensions": {"allowed": {"enabled": true, "list": ["example/"]}, "installed": {}}}}"#;
        let settings = parse(text).unwrap();
        assert_eq!(settings.container_engine.name, "containerd");
        assert_eq!(settings.application.extensions.allowed.list, ["example/"]);
        assert!(!parse("{}").unwrap().application.extensions.allowed.enabled);
        assert!(parse("").is_err());
    }
}
