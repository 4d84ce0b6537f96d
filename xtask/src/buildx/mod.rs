//! The engine `buildx`: whatever leaves this machine goes through `docker buildx`, with Docker's own credentials.
//!
//! [`Buildx::ready`] checks all that can be checked before anything is compiled; [`Buildx::build`] hands the stage over.

mod builder;
mod tag;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use semver::Version;
use serde::Deserialize;
use xshell::{Shell, cmd};

use crate::dist_folder::DistFolder;
use crate::image::oci::Digest;
use crate::plan::{BuildFlags, Delivery, Plan};
use crate::{process, terminal};

/// The oldest buildx that knows `--provenance` and `--sbom`.
pub const OLDEST: Version = Version::new(0, 10, 0);

/// A docker with an engine, buildx and a builder that can do what the plan asks.
#[derive(Debug)]
pub struct Buildx {
    builder: String,
}

/// What `docker buildx build --metadata-file` says of the image.
#[derive(Debug, Deserialize)]
pub struct Built {
    /// Of the index for several platforms, of the manifest for one.
    #[serde(rename = "containerimage.digest")]
    pub digest: Option<Digest>,
}

impl Buildx {
    /// Checks docker, its engine, buildx, the builder and, for a push, that the tags are free.
    ///
    /// Fails with what is missing and what mends it.
    pub fn ready(sh: &Shell, plan: &Plan, flags: &BuildFlags) -> Result<Self> {
        if which::which("docker").is_err() {
            bail!("docker is not on this machine: install Docker Desktop, or docker with the buildx plugin");
        }
        let version = process::capture(cmd!(sh, "docker buildx version"), "ask docker for buildx")?;
        if !version.status.success() {
            bail!(
                "docker has no buildx: install the docker-buildx plugin (Docker Desktop brings it)\n{}",
                version.tail()
            );
        }
        if is_too_old(&version.stdout) {
            bail!(
                "{} is too old: install the docker-buildx plugin {OLDEST} or later (Docker Desktop brings it)",
                version.stdout.trim()
            );
        }
        let format = "{{.Server.Version}}";
        let engine = process::capture(cmd!(sh, "docker version --format {format}"), "ask the engine")?;
        if !engine.status.success() {
            bail!(
                "docker's engine does not answer: start Docker Desktop, or see `docker context ls`\n{}",
                engine.tail()
            );
        }
        let builder = builder::choose(sh, flags.common.builder.as_deref(), plan)?;
        if plan.delivery == (Delivery::Registry { overwrite: false }) {
            plan.names.iter().try_for_each(|name| tag::must_be_free(sh, &builder, name))?;
        }
        Ok(Self { builder })
    }

    /// The builder that was chosen.
    pub fn builder(&self) -> &str {
        &self.builder
    }

    /// Builds the image of the stage and sends it where the plan says.
    pub fn build(
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
        process::show(cmd.env("SOURCE_DATE_EPOCH", plan.created.to_string()), "build the image")
            .context("buildx refused; its messages are above")?;
        let text = fs_err::read_to_string(&metadata)?;
        fs_err::remove_file(&metadata)?;
        serde_json::from_str(&text).context("the metadata file of buildx is not of the known form")
    }
}

/// Whether this answer of `docker buildx version` names a version before [`OLDEST`]. `github.com/docker/buildx v0.13.1 …`
/// of Docker, `… 0.13.1+ds1 …` of Debian; one that is not understood is taken for new.
pub fn is_too_old(answer: &str) -> bool {
    let version = answer.split_whitespace().nth(1).map(|word| word.trim_start_matches('v'));
    version.and_then(|version| Version::parse(version).ok()).is_some_and(|version| version < OLDEST)
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

/// The value of `--output` for a file. Buildx reads it as a line of CSV, where a comma or a quote in a path has to be
/// quoted (<https://docs.docker.com/reference/cli/docker/buildx/build/#output>).
pub fn destination(kind: &str, file: &Utf8Path) -> String {
    let quoted = file.as_str().replace('"', "\"\"");
    format!("type={kind},\"dest={quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_buildx_is_known_by_its_answer() {
        for (version, old) in
            [("v0.9.1", true), ("v0.10.0", false), ("0.13.1+ds1", false), ("v0.13.1", false), ("abc", false)]
        {
            assert_eq!(
                is_too_old(&format!("github.com/docker/buildx {version} 7884339\n")),
                old,
                "{version}"
            );
        }
    }

    #[test]
    fn a_destination_is_a_line_of_csv() {
        let file = Utf8Path::new("/a, b/the \"x\"/image.tar");
        assert_eq!(destination("oci", file), r#"type=oci,"dest=/a, b/the ""x""/image.tar""#);
    }
}
