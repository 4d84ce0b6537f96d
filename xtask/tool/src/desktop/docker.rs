//! Docker Desktop, through its plugin `docker extension`
//! (<https://docs.docker.com/extensions/extensions-sdk/dev/usage/>).
//!
//! The plugin talks to the desktop and not to an engine, so docker's context does not affect it.

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use super::answer::{self, Answer};
use super::installer::Installer;
use sixfold_base::process;
use sixfold_model::reference::Repository;

/// The context of Docker Desktop's own engine. Engines of other contexts have other images.
pub(super) const CONTEXT: &str = "desktop-linux";

/// The settings that make Docker Desktop refuse an extension. Its command line does not report them.
const REFUSED: &str = "Docker Desktop refused the extension; its messages are above\n\
                       help: in Settings, Extensions, turn on `Enable Docker Extensions` and turn off `Allow only extensions \
                       distributed through the Docker Marketplace`";

pub(super) fn ask(sh: &Shell) -> Result<Answer> {
    if which::which("docker").is_err() {
        return Ok(Answer::NotInstalled("docker was not found\nhelp: install Docker Desktop".to_owned()));
    }
    answer::ask(Installer::Docker, cmd!(sh, "docker extension ls"), |output| {
        if is_unknown_command(&output.stderr) {
            return Answer::NotInstalled(
                "docker has no command `extension`\n\
                 help: install Docker Desktop, which includes it, or put Docker Desktop's docker first on the PATH"
                    .to_owned(),
            );
        }
        Answer::NotRunning(format!(
            "Docker Desktop does not respond:\n{}\n\
             help: start it, and turn on `Enable Docker Extensions` in Settings, Extensions",
            output.tail()
        ))
    })
}

/// Recognizes docker's message about a missing plugin: the current one, and the one before version 28.
fn is_unknown_command(stderr: &str) -> bool {
    stderr.contains("unknown command") || stderr.contains("is not a docker command")
}

/// Installs the image. `docker extension update` removes the installed version first; `install` fails if there is one.
pub(super) fn install(sh: &Shell, image: &str, is_installed: bool) -> Result<()> {
    let verb = if is_installed { "update" } else { "install" };
    process::show(cmd!(sh, "docker extension {verb} --force {image}"), &format!("{verb} the extension"))
        .context(REFUSED)
}

pub(super) fn uninstall(sh: &Shell, repository: &Repository) -> Result<()> {
    let name = repository.as_str();
    reset(sh, repository)?;
    process::show(cmd!(sh, "docker extension rm {name}"), "remove the extension")
}

pub(super) fn use_dev_server(sh: &Shell, repository: &Repository, address: &str) -> Result<()> {
    let name = repository.as_str();
    process::show(
        cmd!(sh, "docker extension dev ui-source {name} {address}"),
        "load the UI from the dev server",
    )
}

/// Undoes `ui-source` and `debug`. The documentation does not say whether this fails if there is nothing to undo, so a
/// failure is ignored.
pub(super) fn reset(sh: &Shell, repository: &Repository) -> Result<()> {
    let name = repository.as_str();
    process::capture(cmd!(sh, "docker extension dev reset {name}"), "load the UI from the image again")
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_plugin_and_a_stopped_desktop_are_distinguished() {
        assert!(is_unknown_command("docker: 'extension' is not a docker command.\nSee 'docker --help'\n"));
        assert!(is_unknown_command("docker: unknown command: docker extension\n\nRun 'docker --help'\n"));
        assert!(!is_unknown_command(
            "Get \"http://localhost/version\": open \\\\.\\pipe\\dockerExtensionManagerAPI: The system cannot find the file\n"
        ));
    }
}
