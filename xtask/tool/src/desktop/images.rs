//! The engine from which a desktop takes the images of extensions: docker's engine, or containerd.
//!
//! A context or `DOCKER_HOST` may point docker at another engine than the desktop's, and the desktop does not find images
//! that are loaded there. So the shell's `DOCKER_HOST` is set to the desktop's own engine for the rest of the run.

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use xshell::{Shell, cmd};

use super::tag::is_for_development;
use sixfold_base::{process, terminal};
use sixfold_model::matrix::Platform;
use sixfold_model::reference::{Repository, Tag};

/// The namespace in which Rancher Desktop looks for extensions.
const NAMESPACE: &str = "rancher-desktop-extensions";

/// What stores the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// docker's engine; buildx loads images into it.
    Docker,
    /// containerd; nerdctl loads archives into it.
    Containerd,
}

#[derive(Debug)]
pub(crate) struct Images {
    pub store: Store,
    /// The platform of the engine, and so of the images to load.
    pub platform: Platform,
}

impl Images {
    /// Points docker at the engine of this context, if the context exists, and asks the engine for its platform.
    pub(crate) fn of_docker(sh: &Shell, context: &str) -> Result<Self> {
        let format = "{{.Endpoints.docker.Host}}";
        let found = process::capture(
            cmd!(sh, "docker context inspect --format {format} {context}"),
            "ask docker for its contexts",
        )?;
        let host = found.stdout.trim();
        if found.status.success() && !host.is_empty() {
            // DOCKER_HOST overrides the context, and every docker plugin respects it.
            sh.set_var("DOCKER_HOST", host);
            terminal::step("Using", format_args!("the engine of the context {context}: {host}"));
        }
        let format = "{{.Server.Os}}/{{.Server.Arch}}";
        let output = process::capture(cmd!(sh, "docker version --format {format}"), "ask the engine")?;
        if !output.status.success() {
            bail!(
                "the desktop's engine does not respond:\n{}\nhelp: wait until it has started, or check `docker context ls`",
                output.tail()
            );
        }
        let text = output.stdout.trim();
        let platform = text.parse().map_err(anyhow::Error::msg).with_context(|| {
            format!("the engine runs {text}, but extensions are Linux containers\nhelp: switch the desktop to Linux containers")
        })?;
        Ok(Self { store: Store::Docker, platform })
    }

    /// Asks containerd for its platform, through nerdctl.
    pub(crate) fn of_containerd(sh: &Shell) -> Result<Self> {
        if which::which("nerdctl").is_err() {
            bail!(
                "nerdctl, which loads images into Rancher Desktop's containerd, was not found\n\
                 help: add Rancher Desktop's folder (`~/.rd/bin`) to the PATH, or switch to moby with \
                 `rdctl set --container-engine.name moby`"
            );
        }
        let format = "{{.OSType}}/{{.Architecture}}";
        let text =
            process::read(cmd!(sh, "nerdctl info --format {format}"), "ask containerd for its platform")?;
        // containerd uses the kernel's names of architectures, docker uses Go's.
        let text = text.trim().replace("x86_64", "amd64").replace("aarch64", "arm64");
        let platform = text.parse().map_err(anyhow::Error::msg)?;
        Ok(Self { store: Store::Containerd, platform })
    }

    /// Loads an archive into containerd.
    pub(crate) fn load(&self, sh: &Shell, archive: &Utf8Path) -> Result<()> {
        let cmd = cmd!(sh, "nerdctl --namespace {NAMESPACE} load --input {archive}");
        process::show(cmd, "load the image into containerd")
    }

    /// Removes the images of earlier runs, except the tag `kept`. Prints a note about an image that is still in use.
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
            if removed.status.success() {
                terminal::step("Removed", format_args!("the image {image}"));
            } else {
                terminal::note(format_args!("the image {image} was not removed: {}", removed.tail()));
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
