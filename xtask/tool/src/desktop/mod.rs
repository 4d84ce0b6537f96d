//! The desktops that a command line can tell to install an extension: Docker Desktop and Rancher Desktop.
//!
//! [`choose`] asks which of them answers, before anything is built. What is missing is said with the command or the
//! setting that mends it. Podman Desktop has no command line for extensions.

mod docker;
mod images;
mod rancher;
mod settings;
mod tag;

use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;
use xshell::{Cmd, Shell};

use sixfold_base::program::TOOL;
use sixfold_base::{process, terminal};
use sixfold_model::reference::Repository;

pub(crate) use images::{Images, Store};
pub(crate) use tag::{is_for_development, of_this_moment};

/// For the answer of a desktop that runs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A desktop with a command line that installs extensions: `docker extension`, `rdctl extension`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Installer {
    Docker,
    Rancher,
}

/// A desktop that answers.
#[derive(Debug)]
pub(crate) struct Desktop {
    pub installer: Installer,
    /// Its table of the extensions that it has.
    listing: String,
}

/// What became of the question which extensions a desktop has.
#[derive(Debug)]
enum Answer {
    Listing(String),
    /// It is installed and does not answer; what mends that.
    Silent(String),
    /// It is not installed; what mends that.
    Absent(String),
}

impl Installer {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker Desktop",
            Self::Rancher => "Rancher Desktop",
        }
    }

    /// The value of `--desktop`.
    const fn flag(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Rancher => "rancher",
        }
    }

    fn ask(self, sh: &Shell) -> Result<Answer> {
        match self {
            Self::Docker => docker::ask(sh),
            Self::Rancher => rancher::ask(sh),
        }
    }
}

/// The desktop that was asked for; else the one that answers, Docker Desktop where both do.
///
/// Fails when none answers, with what mends that.
pub(crate) fn choose(sh: &Shell, wanted: Option<Installer>) -> Result<Desktop> {
    if let Some(installer) = wanted {
        return match installer.ask(sh)? {
            Answer::Listing(listing) => Ok(Desktop { installer, listing }),
            Answer::Silent(help) | Answer::Absent(help) => bail!("{help}"),
        };
    }
    let (docker, rancher) = (Installer::Docker.ask(sh)?, Installer::Rancher.ask(sh)?);
    decide(docker, rancher)
}

fn decide(docker: Answer, rancher: Answer) -> Result<Desktop> {
    use Installer::{Docker, Rancher};
    match (docker, rancher) {
        (Answer::Listing(listing), other) => Ok(taken(Docker, listing, &other, Rancher)),
        (other, Answer::Listing(listing)) => Ok(taken(Rancher, listing, &other, Docker)),
        (Answer::Silent(docker), Answer::Silent(rancher)) => {
            bail!("no desktop answers; either\n  {docker}\nor\n  {rancher}")
        }
        (Answer::Silent(help), _) | (_, Answer::Silent(help)) => bail!("{help}"),
        (Answer::Absent(docker), Answer::Absent(rancher)) => bail!(
            "there is no desktop on this machine that a command can install an extension into:\n  {docker}\n  \
             {rancher}\n  Podman Desktop has no command for it: run `{TOOL} dist --push`, then install the pushed \
             image there with Extensions, Install custom"
        ),
    }
}

/// Says which desktop was taken where that was a choice.
fn taken(installer: Installer, listing: String, other: &Answer, loser: Installer) -> Desktop {
    let why = match other {
        Answer::Listing(_) => Some("is there too"),
        Answer::Silent(_) => Some("is there and does not answer"),
        Answer::Absent(_) => None,
    };
    if let Some(why) = why {
        let (taken, other, flag) = (installer.name(), loser.name(), loser.flag());
        terminal::note(format_args!("using {taken}; {other} {why}: choose it with --desktop {flag}"));
    }
    Desktop { installer, listing }
}

impl Desktop {
    /// Whether it has the extension, in whatever version. Both print a table with the image, with or without its tag.
    pub(crate) fn has(&self, repository: &Repository) -> bool {
        let name = repository.familiar();
        let is_it = |word: &str| {
            let word = word.strip_prefix("docker.io/").unwrap_or(word);
            word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        self.listing.split_whitespace().any(is_it)
    }

    /// Finds where this desktop takes images from. Fails when that does not answer.
    pub(crate) fn images(&self, sh: &Shell) -> Result<Images> {
        match self.installer {
            Installer::Docker => Images::of_docker(sh, docker::CONTEXT),
            Installer::Rancher => rancher::images(sh),
        }
    }

    /// Fails when a setting of the desktop forbids what is not from its marketplace.
    pub(crate) fn allows_local_images(&self) -> Result<()> {
        match self.installer {
            Installer::Docker => settings::allow_local_images(),
            Installer::Rancher => Ok(()),
        }
    }

    /// Installs the image `repository:tag`, in place of the version that is there.
    pub(crate) fn install(&self, sh: &Shell, repository: &Repository, image: &str) -> Result<()> {
        match self.installer {
            Installer::Docker => docker::install(sh, image, self.has(repository)),
            Installer::Rancher => rancher::install(sh, image),
        }
    }

    /// Removes the extension, and whatever development setting it has.
    pub(crate) fn uninstall(&self, sh: &Shell, repository: &Repository) -> Result<()> {
        match self.installer {
            Installer::Docker => docker::uninstall(sh, repository),
            Installer::Rancher => rancher::uninstall(sh, repository),
        }
    }

    /// Fails when the page cannot come from a dev server.
    pub(crate) fn can_use_dev_server(&self) -> Result<()> {
        match self.installer {
            Installer::Docker => Ok(()),
            Installer::Rancher => bail!(
                "Rancher Desktop cannot take the page from a dev server: leave out --ui-source, or see the page in a \
                 browser with `{TOOL} preview --dev`"
            ),
        }
    }

    /// Has the page come from a dev server, or again from the image.
    pub(crate) fn set_page_source(
        &self,
        sh: &Shell,
        repository: &Repository,
        server: Option<&str>,
    ) -> Result<()> {
        match (self.installer, server) {
            (Installer::Docker, Some(address)) => docker::use_dev_server(sh, repository, address),
            (Installer::Docker, None) if self.has(repository) => docker::reset(sh, repository),
            _ => Ok(()),
        }
    }
}

/// Asks a desktop for its extensions by this command. One that is starting, or asleep, may never answer.
fn listing(
    installer: Installer,
    cmd: Cmd<'_>,
    silent: impl FnOnce(&process::Output) -> Answer,
) -> Result<Answer> {
    let name = installer.name();
    terminal::step("Asking", format_args!("{name} for its extensions"));
    let Some(output) = process::capture_within(cmd, "ask the desktop for its extensions", PATIENCE)? else {
        let seconds = PATIENCE.as_secs();
        return Ok(Answer::Silent(format!(
            "{name} has not answered for {seconds} seconds: start it again, and wait until it says that it runs"
        )));
    };
    Ok(match output.status.success() {
        true => Answer::Listing(output.stdout),
        false => silent(&output),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Answer {
        Answer::Listing(String::new())
    }

    fn silent() -> Answer {
        Answer::Silent("start it".into())
    }

    fn absent() -> Answer {
        Answer::Absent("install it".into())
    }

    #[test]
    fn the_desktop_that_answers_is_taken() {
        let decided = |docker, rancher| decide(docker, rancher).map(|desktop| desktop.installer).ok();
        assert_eq!(decided(listing(), listing()), Some(Installer::Docker));
        assert_eq!(decided(listing(), absent()), Some(Installer::Docker));
        assert_eq!(decided(silent(), listing()), Some(Installer::Rancher));
        assert_eq!(decided(absent(), listing()), Some(Installer::Rancher));
        assert_eq!(decided(silent(), absent()), None);
        assert_eq!(decided(absent(), silent()), None);
    }

    #[test]
    fn what_mends_it_is_said_of_those_that_are_there() {
        let said = |docker, rancher| decide(docker, rancher).unwrap_err().to_string();
        assert_eq!(said(absent(), silent()), "start it");
        assert!(said(silent(), silent()).contains("either"));
        assert!(said(absent(), absent()).contains("Podman Desktop"));
    }

    #[test]
    fn an_extension_is_found_in_every_known_table() {
        let has = |listing: &str, repository: &str| {
            let desktop = Desktop { installer: Installer::Docker, listing: listing.into() };
            desktop.has(&repository.parse().unwrap())
        };
        let docker = "ID             PROVIDER  VERSION  UI            VM  HOST\n\
                      example/tool2  Example   1.0.0    1 tab(Tool)   -   1 binarie(s)\n\
                      example/tool   Example   1.0.0    1 tab(Tool)   -   -\n";
        assert!(
            has(docker, "example/tool")
                && has(docker, "example/tool2")
                && has(docker, "docker.io/example/tool")
        );
        assert!(!has(docker, "example/to") && !has(docker, "ample/tool"));
        let old = "PLUGIN  PROVIDER     IMAGE             UI            VM\nTool    Docker Inc.  example/tool:0.1  1 tab(Tool)  -\n";
        assert!(has(old, "example/tool"));
        let rancher = "Extension IDs\n\nexample/tool:1.0.0\nlocalhost:5000/x/y:2\n";
        assert!(has(rancher, "example/tool") && has(rancher, "localhost:5000/x/y"));
        assert!(!has("No extensions are installed.\n", "example/tool"));
    }
}
