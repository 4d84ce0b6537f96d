//! Rancher Desktop, through its command line `rdctl`
//! (<https://docs.rancherdesktop.io/references/rdctl-command-reference>, and its sources below `src/go/rdctl`).
//!
//! It has one of two engines. With moby, extensions are images of docker's engine; with containerd, they are in the
//! namespace `rancher-desktop-extensions`, where only nerdctl reaches them.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use xshell::{Shell, cmd};

use super::{Answer, Images, Installer, listing};
use sixfold_base::{process, terminal};
use sixfold_model::reference::Repository;

/// The context of its engine moby, where it makes one.
const CONTEXT: &str = "rancher-desktop";

/// What `rdctl list-settings` says that matters here.
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

/// The images that an administrator lets be installed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Allowed {
    enabled: bool,
    list: Vec<String>,
}

pub(super) fn ask(sh: &Shell) -> Result<Answer> {
    if which::which("rdctl").is_err() {
        let help = "rdctl is not on this machine: install Rancher Desktop 1.9 or later, which brings it";
        return Ok(Answer::Absent(help.to_owned()));
    }
    listing(Installer::Rancher, cmd!(sh, "rdctl extension ls"), |output| {
        Answer::Silent(format!(
            "Rancher Desktop does not answer: start it, for instance with `rdctl start`\n{}",
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
            "Rancher Desktop installs only what its setting application.extensions.allowed.list names: {}",
            allowed.list.join(", ")
        ));
    }
    match settings.container_engine.name.as_str() {
        "containerd" => Images::of_containerd(sh),
        _ => Images::of_docker(sh, CONTEXT),
    }
}

fn parse(text: &str) -> Result<Settings> {
    serde_json::from_str(text).context("`rdctl list-settings` answers in an unknown form")
}

/// Takes the place of another version by itself.
pub(super) fn install(sh: &Shell, image: &str) -> Result<()> {
    process::show(cmd!(sh, "rdctl extension install {image}"), "install the extension")
        .context("Rancher Desktop refused; its messages are above")
}

pub(super) fn uninstall(sh: &Shell, repository: &Repository) -> Result<()> {
    let name = repository.as_str();
    process::show(cmd!(sh, "rdctl extension uninstall {name}"), "remove the extension")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_where_there_are_some() {
        let text = r#"{"version": 14, "containerEngine": {"name": "containerd", "allowedImages": {}},
            "application": {"extensions": {"allowed": {"enabled": true, "list": ["example/"]}, "installed": {}}}}"#;
        let settings = parse(text).unwrap();
        assert_eq!(settings.container_engine.name, "containerd");
        assert_eq!(settings.application.extensions.allowed.list, ["example/"]);
        assert!(!parse("{}").unwrap().application.extensions.allowed.enabled);
        assert!(parse("").is_err());
    }
}
