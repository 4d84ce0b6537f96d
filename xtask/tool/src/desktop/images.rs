//! Where a desktop takes the images of extensions from: an engine of docker's kind, or containerd.
//!
//! docker may be pointed at another engine than the desktop's, by a context or by `DOCKER_HOST`; an image that is loaded
//! there is not found by the desktop. So the shell is pointed at the desktop's own engine for the rest of the run.

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use xshell::{Shell, cmd};

use super::is_for_development;
use sixfold_base::{process, terminal};
use sixfold_model::matrix::Platform;
use sixfold_model::reference::{Repository, Tag};

/// The namespace in which Rancher Desktop looks for extensions.
const NAMESPACE: &str = "rancher-desktop-extensions";

/// What holds the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// docker's engine; buildx loads into it.
    Docker,
    /// containerd; nerdctl loads archives into it.
    Containerd,
}

#[derive(Debug)]
pub(crate) struct Images {
    pub store: Store,
    /// Of the engine, and so of the images that it takes.
    pub platform: Platform,
}

impl Images {
    /// Points docker at the engine of this context, where there is such a context, and asks it for its platform.
    pub(crate) fn of_docker(sh: &Shell, context: &str) -> Result<Self> {
        let format = "{{.Endpoints.docker.Host}}";
        let found = process::capture(
            cmd!(sh, "docker context inspect --format {format} {context}"),
            "ask docker for its contexts",
        )?;
        let host = found.stdout.trim();
        if found.status.success() && !host.is_empty() {
            // Stronger than a context, and what every plugin of docker respects.
            sh.set_var("DOCKER_HOST", host);
            terminal::step("Using", format_args!("the engine of the context {context}: {host}"));
        }
        let format = "{{.Server.Os}}/{{.Server.Arch}}";
        let output = process::capture(cmd!(sh, "docker version --format {format}"), "ask the engine")?;
        if !output.status.success() {
            bail!(
                "the desktop's engine does not answer: wait until it has started, or see `docker context ls`\n{}",
                output.tail()
            );
        }
        let text = output.stdout.trim();
        let platform = text.parse().map_err(anyhow::Error::msg).with_context(|| {
            format!("the engine runs {text}: switch the desktop to Linux containers, since extensions run no others")
        })?;
        Ok(Self { store: Store::Docker, platform })
    }

    /// Asks containerd for its platform, through nerdctl.
    pub(crate) fn of_containerd(sh: &Shell) -> Result<Self> {
        if which::which("nerdctl").is_err() {
            bail!(
                "Rancher Desktop uses containerd, and nerdctl, which loads images into it, is not on the PATH: add \
                 Rancher Desktop's own folder (`~/.rd/bin`), or switch to moby with `rdctl set --container-engine.name moby`"
            );
        }
        let format = "{{.OSType}}/{{.Architecture}}";
        let text =
            process::read(cmd!(sh, "nerdctl info --format {format}"), "ask containerd for its platform")?;
        // The kernel's words, where docker has those of Go.
        let text = text.trim().replace("x86_64", "amd64").replace("aarch64", "arm64");
        let platform = text.parse().map_err(anyhow::Error::msg)?;
        Ok(Self { store: Store::Containerd, platform })
    }

    /// Loads an archive into containerd.
    pub(crate) fn load(&self, sh: &Shell, archive: &Utf8Path) -> Result<()> {
        let cmd = cmd!(sh, "nerdctl --namespace {NAMESPACE} load --input {archive}");
        process::show(cmd, "load the image into containerd")
    }

    /// Removes the images that earlier runs left, but for `kept`. One that is still in use stays, and that is said.
    pub(crate) fn remove_old(&self, sh: &Shell, repository: &Repository, kept: Option<&Tag>) -> Result<()> {
        let (program, args) = self.client();
        let (name, format) = (repository.familiar(), "{{.Tag}}");
        let listed = process::read(
            cmd!(sh, "{program} {args...} image ls --format {format} {name}"),
            "list the images of the extension",
        )?;
        let is_old =
            |tag: &&str| is_for_development(tag) && kept.is_none_or(|kept| kept.to_string() != **tag);
        for tag in listed.lines().map(str::trim).filter(is_old) {
            let image = format!("{name}:{tag}");
            let removed =
                process::capture(cmd!(sh, "{program} {args...} image rm {image}"), "remove an image")?;
            match removed.status.success() {
                true => terminal::step("Removed", format_args!("the image {image}")),
                false => terminal::note(format_args!("the image {image} stays: {}", removed.tail())),
            }
        }
        Ok(())
    }

    const fn client(&self) -> (&'static str, &'static [&'static str]) {
        match self.store {
            Store::Docker => ("docker", &[]),
            Store::Containerd => ("nerdctl", &["--namespace", NAMESPACE]),
        }
    }
}
