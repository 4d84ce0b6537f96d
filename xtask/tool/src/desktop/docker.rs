//! Docker Desktop, through the plugin `docker extension` that it brings
//! (<https://docs.docker.com/extensions/extensions-sdk/dev/usage/>).
//!
//! The plugin talks to the desktop and not to an engine, so it knows nothing of docker's context.

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use super::{Answer, Installer, listing};
use sixfold_base::process;
use sixfold_model::reference::Repository;

/// The context of Docker Desktop's own engine. An engine beside it, or another context, has other images.
pub(super) const CONTEXT: &str = "desktop-linux";

/// What may stand in the way of an installation, and cannot be asked for.
const IN_THE_WAY: &str = "Docker Desktop refused; its messages are above. Settings, Extensions must have `Enable Docker \
                          Extensions` on and `Allow only extensions distributed through the Docker Marketplace` off";

pub(super) fn ask(sh: &Shell) -> Result<Answer> {
    if which::which("docker").is_err() {
        return Ok(Answer::Absent("docker is not on this machine: install Docker Desktop".to_owned()));
    }
    listing(Installer::Docker, cmd!(sh, "docker extension ls"), |output| {
        if is_no_command(&output.stderr) {
            return Answer::Absent(
                "docker has no command `extension`: install Docker Desktop, which brings it, or put its docker first on the PATH"
                    .to_owned(),
            );
        }
        Answer::Silent(format!(
            "Docker Desktop does not answer: start it, and turn on Settings, Extensions, Enable Docker Extensions\n{}",
            output.tail()
        ))
    })
}

/// How docker says that it has no such plugin: today, and before version 28.
fn is_no_command(stderr: &str) -> bool {
    stderr.contains("unknown command") || stderr.contains("is not a docker command")
}

/// `update` removes what is there and installs anew; `install` refuses what is there.
pub(super) fn install(sh: &Shell, image: &str, is_there: bool) -> Result<()> {
    let verb = if is_there { "update" } else { "install" };
    process::show(cmd!(sh, "docker extension {verb} --force {image}"), &format!("{verb} the extension"))
        .context(IN_THE_WAY)
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
        "have the page come from the dev server",
    )
}

/// Undoes `ui-source` and `debug`. Whether it fails where there is nothing to undo is not documented: then it may.
pub(super) fn reset(sh: &Shell, repository: &Repository) -> Result<()> {
    let name = repository.as_str();
    process::capture(cmd!(sh, "docker extension dev reset {name}"), "reset the page's source").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_docker_without_the_plugin_is_told_from_a_desktop_that_sleeps() {
        assert!(is_no_command("docker: 'extension' is not a docker command.\nSee 'docker --help'\n"));
        assert!(is_no_command("docker: unknown command: docker extension\n\nRun 'docker --help'\n"));
        assert!(!is_no_command(
            "Get \"http://localhost/version\": open \\\\.\\pipe\\dockerExtensionManagerAPI: The system cannot find the file\n"
        ));
    }
}
