//! The engine `buildx`: images that leave this machine go through `docker buildx`, with Docker's own credentials.
//!
//! [`Buildx::find`] checks everything that can be checked before anything is compiled. [`Buildx::build`] builds the image
//! of the stage and delivers it.

mod build;
mod builder;
mod tag_guard;

pub(crate) use build::{Output, layout};

use anyhow::{Result, ensure};
use camino::Utf8Path;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_base::{process, terminal};
use sixfold_image::docker::must_be_here;
use sixfold_image::loopback::transfer;
use sixfold_model::digest::Digest;
use sixfold_model::reference::by_digest;
use sixfold_project::plan::{Delivery, Image};

use crate::docker::Docker;

/// A docker with buildx, and a builder that can make the image.
#[derive(Debug)]
pub(crate) struct Buildx {
    builder: String,
    /// False for the docker driver without containerd's image store.
    pub writes_files: bool,
}

impl Buildx {
    /// Checks docker, buildx, the builder, the engine if it is needed and, for a push, that the tags are free.
    pub(crate) fn find(docker: &Docker, image: &Image, delivery: &Delivery, lookup: Lookup) -> Result<Self> {
        let (builder, writes_files) = builder::choose(docker, image, delivery)?;
        if let Delivery::Registry { overwrite } = *delivery {
            tag_guard::check(docker, &builder, &image.names, overwrite, lookup)?;
        }
        Ok(Self { builder, writes_files })
    }

    /// The same for an image that exists already and gets this name. It needs a builder only for its settings of registries.
    pub(crate) fn for_upload(
        docker: &Docker,
        builder: Option<&str>,
        name: &str,
        overwrite: bool,
        lookup: Lookup,
    ) -> Result<Self> {
        must_be_here()?;
        docker.engine_must_answer()?;
        let builder = builder::named(docker, builder)?;
        tag_guard::check(docker, &builder, &[name.to_owned()], overwrite, lookup)?;
        Ok(Self { builder, writes_files: false })
    }

    pub(crate) fn builder(&self) -> &str {
        &self.builder
    }

    /// What `plan` says about the builder, if the engine answers and there is anything to say.
    pub(crate) fn note(docker: &Docker, image: &Image, delivery: &Delivery) -> Option<String> {
        builder::note(docker, image, delivery)
    }

    /// Builds the image of the stage. Returns the digest of the index, or of the manifest if there is one platform, if buildx
    /// reports it.
    pub(crate) fn build(
        &self,
        docker: &Docker,
        image: &Image,
        to: Output,
        dist: &DistFolder,
        stage: &Utf8Path,
    ) -> Result<Option<Digest>> {
        build::run(docker, &self.builder, image, to, dist, stage)
    }

    /// Pushes the verified image of [`layout`] under its digest. Returns `repository@digest`.
    pub(crate) fn push_by_digest(&self, name: &str, layout: &Utf8Path) -> Result<(String, Digest)> {
        let digest = transfer::index_of(layout)?;
        let name = by_digest(name, &digest);
        terminal::step("Pushing", format_args!("{name}"));
        transfer::upload(layout, &digest, &name, Some(&self.builder))?;
        Ok((name, digest))
    }

    /// Gives a pushed image its names.
    pub(crate) fn tag(&self, docker: &Docker, names: &[String], pushed: &str) -> Result<()> {
        let tags = names.iter().flat_map(|name| ["--tag", name]);
        let create = ["buildx", "imagetools", "create", "--builder", &self.builder];
        let create = docker.call(create.into_iter().chain(tags).chain([pushed]));
        let output = process::capture(create, "set the tags")?;
        let (names, tail) = (names.join(", "), output.tail());
        ensure!(
            output.status.success(),
            "{pushed} is pushed and verified, but not tagged as {names}:\n{tail}\nhelp: push again; if some of the tags exist \
             now, add `--overwrite`"
        );
        Ok(())
    }
}
