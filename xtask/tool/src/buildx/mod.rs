//! The engine `buildx`: whatever leaves this machine goes through `docker buildx`, with Docker's own credentials.
//!
//! [`Buildx::ready`] checks all that can be checked before anything is compiled; [`Buildx::build`] hands the stage over.

mod builder;
mod tag;

use anyhow::{Result, bail};
use camino::Utf8Path;
use serde::Deserialize;
use xshell::{Shell, cmd};

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::program::TOOL;
use sixfold_base::{process, terminal};
use sixfold_image::docker::{destination, must_be_here};
use sixfold_model::digest::Digest;
use sixfold_model::reference;
use sixfold_project::plan::{BuildFlags, Delivery, Plan};

/// A docker with an engine, buildx and a builder that can do what the plan asks.
#[derive(Debug)]
pub(crate) struct Buildx {
    builder: String,
}

/// What `docker buildx build --metadata-file` says of the image.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Built {
    /// Of the index for several platforms, of the manifest for one.
    #[serde(rename = "containerimage.digest")]
    pub digest: Option<Digest>,
}

impl Buildx {
    /// Checks docker, its engine, buildx, the builder and, for a push, that the tags are free.
    ///
    /// Fails with what is missing and what mends it.
    pub(crate) fn ready(sh: &Shell, plan: &Plan, flags: &BuildFlags) -> Result<Self> {
        must_be_here()?;
        let format = "{{.Server.Version}}";
        let engine = process::capture(cmd!(sh, "docker version --format {format}"), "ask the engine")?;
        if !engine.status.success() {
            bail!(
                "docker's engine does not answer: start Docker Desktop, or see `docker context ls`\n{}",
                engine.tail()
            );
        }
        let builder = builder::choose(sh, flags.common.builder.as_deref(), plan)?;
        if let Delivery::Registry { overwrite } = plan.delivery {
            tag::guard(sh, &builder, &plan.names, overwrite)?;
        }
        Ok(Self { builder })
    }

    /// The builder that was chosen.
    pub(crate) fn builder(&self) -> &str {
        &self.builder
    }

    /// Builds the image of the stage and sends it where the plan says.
    pub(crate) fn build(
        &self,
        sh: &Shell,
        plan: &Plan,
        flags: &BuildFlags,
        dist: &DistFolder,
        stage: &Utf8Path,
    ) -> Result<Built> {
        let dockerfile = &plan.dockerfile;
        let metadata = dist.partial("buildx.json");
        let builder = &self.builder;
        let platforms = plan.platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let provenance = flags.provenance.as_deref().unwrap_or("false");
        let sbom = flags.sbom.as_ref().map(|value| format!("--sbom={value}"));
        let labels = arguments("--label", plan.labels.iter().map(|(key, value)| format!("{key}={value}")));
        let names = arguments("--tag", plan.names.iter().cloned());
        let to = delivery(plan, dist);
        terminal::step("Building", format_args!("the image with buildx, builder {builder}"));
        let cmd = cmd!(
            sh,
            "docker buildx build --builder {builder} --platform {platforms} --provenance={provenance} {sbom...} {to...}
                {names...} {labels...} --metadata-file {metadata} --file {dockerfile} {stage}"
        );
        let cmd = cmd.env("SOURCE_DATE_EPOCH", plan.created.to_string());
        match process::show_status(cmd, "build the image")?.success() {
            true => Ok(read_metadata(&metadata)),
            false => bail!(refusal(&plan.names, &plan.delivery)),
        }
    }
}

/// How it ends where buildx fails, whose own messages have been shown: whether it failed to build or to push, only they
/// say.
fn refusal(names: &[String], delivery: &Delivery) -> String {
    let image = names.first().map(String::as_str).unwrap_or_default();
    let Delivery::Registry { .. } = delivery else {
        return format!("buildx did not build {image}; its messages are above");
    };
    let login = reference::login(image);
    let mut text = format!(
        "buildx did not push {image}; its messages are above. If they say `denied`, `unauthorized`, 401 or 403: `{login}`, \
         and see to it that the repository exists and lets you push"
    );
    if names.len() > 1 {
        let commands: Vec<_> = names.iter().map(|name| format!("`{TOOL} inspect {name}`")).collect();
        text.push_str(&format!(
            ". Some of the tags may be there already: {} show it; to push to such a tag again, add `--overwrite`",
            commands.join(", ")
        ));
    }
    text
}

/// The image is where it should be by now: an answer that is not understood only leaves its digest unknown.
fn read_metadata(file: &Utf8Path) -> Built {
    let text = fs_err::read_to_string(file);
    // What stays, the next run removes.
    let _ = fs_err::remove_file(file);
    let built = text.map_err(anyhow::Error::from).and_then(|text| Ok(serde_json::from_str(&text)?));
    built.unwrap_or_else(|error| {
        terminal::note(format_args!(
            "the digest is not known, since buildx's metadata is not of the known form: {error}"
        ));
        Built::default()
    })
}

fn arguments(flag: &str, values: impl Iterator<Item = String>) -> Vec<String> {
    values.flat_map(|value| [flag.to_owned(), value]).collect()
}

/// Where buildx puts the image. An archive is written under a temporary name.
fn delivery(plan: &Plan, dist: &DistFolder) -> Vec<String> {
    match &plan.delivery {
        Delivery::Registry { .. } => vec!["--push".to_owned()],
        Delivery::Engine => vec!["--load".to_owned()],
        Delivery::Archive { .. } => {
            vec!["--output".to_owned(), destination("oci", &dist.partial(&plan.archive))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_push_ends_with_what_mends_it() {
        let names = ["reg.example/x/y:1".to_owned(), "reg.example/x/y:latest".to_owned()];
        let push = Delivery::Registry { overwrite: false };
        let said = refusal(&names[..1], &push);
        assert!(said.contains("reg.example/x/y:1") && said.contains("`docker login reg.example`"), "{said}");
        assert!(!said.contains("--overwrite"), "{said}");
        let said = refusal(&names, &push);
        assert!(
            said.contains(&format!("`{TOOL} inspect reg.example/x/y:latest`"))
                && said.contains("--overwrite")
        );
        assert!(!refusal(&names, &Delivery::Engine).contains("login"));
    }

    #[test]
    fn metadata_that_is_not_understood_leaves_the_digest_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join("buildx.json");
        for text in ["", "[]", "{\"containerimage.digest\": 1}", "{}"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(read_metadata(&file).digest, None, "{text}");
            assert!(!file.exists());
        }
        assert_eq!(read_metadata(&file).digest, None, "there is none");
    }
}
