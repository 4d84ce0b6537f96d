//! Chooses the desktop to install into, and passes each operation on to it.

use anyhow::{Result, bail};

use super::answer::Answer;
use super::images::Images;
use super::installer::Installer;
use super::{docker, rancher, settings};
use sixfold_base::program::TOOL;
use sixfold_base::terminal;
use sixfold_model::reference::Repository;

/// A desktop that responds.
#[derive(Debug)]
pub(crate) struct Desktop {
    pub installer: Installer,
    /// Its table of extensions.
    listing: String,
}

/// Returns the desktop `wanted`; without one, the desktop that responds, or Docker Desktop if both do.
///
/// Fails if none responds; the error says what to do.
pub(crate) fn choose(wanted: Option<Installer>) -> Result<Desktop> {
    if let Some(installer) = wanted {
        return match ask(installer)? {
            Answer::Listing(listing) => Ok(Desktop { installer, listing }),
            Answer::NotRunning(problem) | Answer::NotInstalled(problem) => bail!(problem),
        };
    }
    decide(ask(Installer::Docker)?, ask(Installer::Rancher)?)
}

fn ask(installer: Installer) -> Result<Answer> {
    match installer {
        Installer::Docker => docker::ask(),
        Installer::Rancher => rancher::ask(),
    }
}

fn decide(docker: Answer, rancher: Answer) -> Result<Desktop> {
    use Installer::{Docker, Rancher};
    match (docker, rancher) {
        (Answer::Listing(listing), other) => Ok(chosen(Docker, listing, &other, Rancher)),
        (other, Answer::Listing(listing)) => Ok(chosen(Rancher, listing, &other, Docker)),
        (Answer::NotRunning(docker), Answer::NotRunning(rancher)) => {
            bail!("neither desktop responds{}{}", indented(&docker), indented(&rancher))
        }
        (Answer::NotRunning(problem), _) | (_, Answer::NotRunning(problem)) => bail!(problem),
        (Answer::NotInstalled(docker), Answer::NotInstalled(rancher)) => bail!(
            "no desktop found that can install an extension from the command line{}{}\n  Podman Desktop has no command \
             for extensions\n  help: run `{TOOL} dist --push`, then install the pushed image in Podman Desktop with \
             Extensions, Install custom",
            indented(&docker),
            indented(&rancher)
        ),
    }
}

/// One of several problems, on lines of its own.
fn indented(problem: &str) -> String {
    format!("\n  {}", problem.replace('\n', "\n  "))
}

/// The desktop that was chosen. Prints a note if the other one is installed too.
fn chosen(installer: Installer, listing: String, other: &Answer, unused: Installer) -> Desktop {
    let state = match other {
        Answer::Listing(_) => Some("is running too"),
        Answer::NotRunning(_) => Some("is installed but does not respond"),
        Answer::NotInstalled(_) => None,
    };
    if let Some(state) = state {
        let (chosen, other, flag) = (installer.name(), unused.name(), unused.flag());
        terminal::note(format_args!("using {chosen}; {other} {state}, use --desktop {flag} to choose it"));
    }
    Desktop { installer, listing }
}

impl Desktop {
    /// Whether any version of the extension is installed.
    pub(crate) fn has(&self, repository: &Repository) -> bool {
        self.installed(repository).next().is_some()
    }

    /// What the desktop calls the installed versions. Both desktops print a table that contains the image's name, with or
    /// without its tag.
    fn installed(&self, repository: &Repository) -> impl Iterator<Item = &str> {
        let is_it = |word: &&str| {
            let word = word.strip_prefix("docker.io/").unwrap_or(word);
            word.strip_prefix(repository.familiar())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        self.listing.split_whitespace().filter(is_it)
    }

    /// The engine from which this desktop takes images. Fails if the engine does not respond.
    pub(crate) fn images(&self) -> Result<Images> {
        match self.installer {
            Installer::Docker => Images::of_docker(docker::CONTEXT),
            Installer::Rancher => rancher::images(),
        }
    }

    /// Fails if a setting of the desktop forbids extensions that are not from its marketplace.
    pub(crate) fn allows_local_images(&self) -> Result<()> {
        match self.installer {
            Installer::Docker => settings::allow_local_images(),
            Installer::Rancher => Ok(()),
        }
    }

    /// Installs the image `repository:tag`. It replaces an installed version.
    pub(crate) fn install(&self, repository: &Repository, image: &str) -> Result<()> {
        match self.installer {
            Installer::Docker => docker::install(image, self.has(repository)),
            Installer::Rancher => {
                // It installs over an installed version, whose other files would stay callable.
                self.uninstall(repository)?;
                rancher::install(image)
            }
        }
    }

    /// Removes the extension and its development settings.
    pub(crate) fn uninstall(&self, repository: &Repository) -> Result<()> {
        match self.installer {
            Installer::Docker => docker::uninstall(repository),
            Installer::Rancher => {
                self.installed(repository).try_for_each(rancher::uninstall)?;
                if self.has(repository) && choose(Some(self.installer))?.has(repository) {
                    bail!(
                        "Rancher Desktop still lists {repository} after removing it\n\
                         help: remove it in Rancher Desktop, under Extensions, and run this command again"
                    );
                }
                Ok(())
            }
        }
    }

    /// Fails if the desktop cannot load the UI from a dev server.
    pub(crate) fn can_use_dev_server(&self) -> Result<()> {
        match self.installer {
            Installer::Docker => Ok(()),
            Installer::Rancher => bail!(
                "Rancher Desktop cannot load the UI from a dev server\n\
                 help: leave out --ui-source, or open the UI in a browser with `{TOOL} preview --dev`"
            ),
        }
    }

    /// Makes the desktop load the UI from a dev server, or from the image again if `server` is `None`.
    pub(crate) fn set_ui_source(&self, repository: &Repository, server: Option<&str>) -> Result<()> {
        match (self.installer, server) {
            (Installer::Docker, Some(address)) => docker::use_dev_server(repository, address),
            (Installer::Docker, None) if self.has(repository) => docker::reset(repository),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Answer {
        Answer::Listing(String::new())
    }

    fn not_running() -> Answer {
        Answer::NotRunning("start it".into())
    }

    fn not_installed() -> Answer {
        Answer::NotInstalled("install it".into())
    }

    #[test]
    fn the_desktop_that_responds_is_chosen() {
        let decided = |docker, rancher| decide(docker, rancher).map(|desktop| desktop.installer).ok();
        assert_eq!(decided(listing(), listing()), Some(Installer::Docker));
        assert_eq!(decided(listing(), not_installed()), Some(Installer::Docker));
        assert_eq!(decided(not_running(), listing()), Some(Installer::Rancher));
        assert_eq!(decided(not_installed(), listing()), Some(Installer::Rancher));
        assert_eq!(decided(not_running(), not_installed()), None);
        assert_eq!(decided(not_installed(), not_running()), None);
    }

    #[test]
    fn errors_name_what_to_do_for_each_installed_desktop() {
        let error = |docker, rancher| decide(docker, rancher).unwrap_err().to_string();
        assert_eq!(error(not_installed(), not_running()), "start it");
        assert!(error(not_running(), not_running()).contains("neither desktop responds"));
        assert!(error(not_installed(), not_installed()).contains("Podman Desktop"));
    }

    #[test]
    fn an_extension_is_found_in_the_table_of_each_desktop() {
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
