//! Rancher Desktop, through its command line `rdctl`
//! (<https://docs.rancherdesktop.io/references/rdctl-command-reference>, and its sources in `src/go/rdctl`).
//!
//! Rancher Desktop runs one of two engines. With moby, extensions are images in docker's engine. With containerd, they are
//! in the namespace `rancher-desktop-extensions`, which only nerdctl can reach.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use xshell::{Shell, cmd};

use super::answer::{self, Answer};
use super::images::Images;
use super::installer::Installer;
use sixfold_base::{process, terminal};
use sixfold_model::reference::Repository;

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

pub(super) fn ask(sh: &Shell) -> Result<Answer> {
    if which::which("rdctl").is_err() {
        let problem = "rdctl was not found\nhelp: install Rancher Desktop 1.9 or later, which includes it";
        return Ok(Answer::NotInstalled(problem.to_owned()));
    }
    answer::ask(Installer::Rancher, cmd!(sh, "rdctl extension ls"), |output| {
        Answer::NotRunning(format!(
            "Rancher Desktop does not respond:\n{}\nhelp: start it, for instance with `rdctl start`",
            output.tail()
        ))
    })
}

pub(super) fn images(sh: &Shell) -> Result<Images> {
    let text = process::read(cmd!(sh, "rdctl list-settings"), "ask Rancher Desktop for its settings")?;
    let settings = parse(&text)?;
    let allowed = &settings.application.extensions.allowed;
    if allowed.enabled {
        terminal::note(format_args!(
            "Rancher Desktop installs only the extensions in its setting application.extensions.allowed.list: {}",
            allowed.list.join(", ")
        ));
    }
    match settings.container_engine.name.as_str() {
        "containerd" => Images::of_containerd(sh),
        _ => Images::of_docker(sh, CONTEXT),
    }
}

fn parse(text: &str) -> Result<Settings> {
    serde_json::from_str(text).context("cannot parse the output of `rdctl list-settings`")
}

/// Installs the image. Rancher Desktop replaces an installed version by itself.
pub(super) fn install(sh: &Shell, image: &str) -> Result<()> {
    process::show(cmd!(sh, "rdctl extension install {image}"), "install the extension")
        .context("Rancher Desktop refused the extension; its messages are above")
}

pub(super) fn uninstall(sh: &Shell, repository: &Repository) -> Result<()> {
    let name = repository.as_str();
    process::show(cmd!(sh, "rdctl extension uninstall {name}"), "remove the extension")
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
