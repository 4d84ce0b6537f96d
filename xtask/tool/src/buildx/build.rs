//! The call of `docker buildx build`.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::program::TOOL;
use sixfold_base::{process, terminal};
use sixfold_image::docker::destination;
use sixfold_image::write::DockerfileText;
use sixfold_model::digest::Digest;
use sixfold_model::reference;
use sixfold_model::stage::CONTEXT;
use sixfold_project::plan::{Image, Sbom};

use crate::docker::Docker;

const DOCKERFILE: &str = "Dockerfile";
const IGNORE: &str = "Dockerfile.dockerignore";

/// What `docker buildx build --metadata-file` writes.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    /// The digest of the index, or of the manifest if there is one platform.
    #[serde(rename = "containerimage.digest")]
    digest: Option<Digest>,
}

/// What buildx does with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Writes it to the folder [`layout`], to be verified before it goes anywhere else.
    Layout,
    Archive,
    Registry,
    Engine,
}

pub(super) fn run(
    docker: &Docker,
    builder: &str,
    image: &Image,
    to: Output,
    dist: &DistFolder,
    stage: &Utf8Path,
) -> Result<Option<Digest>> {
    let dockerfile = write_dockerfile(&image.dockerfile.text, dist)?;
    let metadata = dist.partial("buildx.json");
    let platforms = image.platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let mut build = docker.call(["buildx", "build", "--builder", builder, "--platform", &platforms]);
    build.arg(format!("--provenance={}", image.provenance));
    if let Sbom::Buildx(value) = &image.sbom {
        build.arg(format!("--sbom={value}"));
    }
    build.args(output(image, to, dist));
    build.args(image.names.iter().flat_map(|name| ["--tag", name]));
    let labels = image.labels.iter().map(|(key, value)| format!("{key}={value}"));
    build.args(labels.flat_map(|label| ["--label".to_owned(), label]));
    build.args(["--metadata-file", metadata.as_str(), "--file", dockerfile.as_str()]);
    build.args(contexts(image.dockerfile.text.context.as_deref(), stage));
    // The image has the labels of the plan, and no others.
    build.env("SOURCE_DATE_EPOCH", image.created.to_string()).env_remove("BUILDX_GIT_LABELS");
    terminal::step("Building", format_args!("the image with buildx, builder {builder}"));
    if !process::show_status(build, "build the image")?.success() {
        bail!(explain_failure(&image.names, to == Output::Registry));
    }
    Ok(read_metadata(&metadata).digest)
}

/// The build context, after the named one if there is one.
fn contexts(context: Option<&Utf8Path>, stage: &Utf8Path) -> Vec<String> {
    match context {
        Some(context) => vec![format!("--build-context={CONTEXT}={stage}"), context.to_string()],
        None => vec![stage.to_string()],
    }
}

/// Writes the Dockerfile as it was when the plan was made, with its ignore file.
fn write_dockerfile(text: &DockerfileText, dist: &DistFolder) -> Result<Utf8PathBuf> {
    match &text.ignore {
        Some(ignore) => drop(dist.write(IGNORE, ignore)?),
        None => dist.forget(IGNORE)?,
    }
    dist.write(DOCKERFILE, text.text.as_bytes())
}

/// Where an image that only buildx can make is written before it is pushed or loaded: an OCI layout.
pub(crate) fn layout(dist: &DistFolder) -> Utf8PathBuf {
    dist.partial("layout")
}

fn output(image: &Image, to: Output, dist: &DistFolder) -> Vec<String> {
    match to {
        Output::Layout => vec!["--output".to_owned(), destination("oci,tar=false", &layout(dist))],
        Output::Registry => vec!["--push".to_owned()],
        Output::Engine => vec!["--load".to_owned()],
        Output::Archive => {
            vec!["--output".to_owned(), destination("oci", &dist.partial(&image.archive))]
        }
    }
}

/// The error after buildx's own messages. Only those say whether building or pushing failed.
fn explain_failure(names: &[String], pushes: bool) -> String {
    let image = names.first().map(String::as_str).unwrap_or_default();
    if !pushes {
        return format!("buildx did not build {image}; its messages are above");
    }
    let login = reference::login(image);
    let mut text = format!(
        "buildx did not push {image}; its messages are above\nhelp: if they contain `denied`, `unauthorized`, 401 or 403, \
         run `{login}`, and check that the repository exists and that you may push to it"
    );
    if names.len() > 1 {
        let commands: Vec<_> = names.iter().map(|name| format!("`{TOOL} inspect {name}`")).collect();
        text.push_str(&format!(
            "; some of the tags may exist now, which {} shows; to push to such a tag again, add `--overwrite`",
            commands.join(", ")
        ));
    }
    text
}

/// The image is delivered by now, so an unknown format only leaves its digest unknown.
fn read_metadata(file: &Utf8Path) -> Metadata {
    let text = fs_err::read_to_string(file);
    // If this fails, the next run removes the file.
    let _ = fs_err::remove_file(file);
    let metadata = text.map_err(anyhow::Error::from).and_then(|text| Ok(serde_json::from_str(&text)?));
    metadata.unwrap_or_else(|error| {
        terminal::note(format_args!(
            "the digest is unknown, because buildx's metadata cannot be read: {error}"
        ));
        Metadata::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_push_ends_with_advice() {
        let names = ["reg.example/x/y:1".to_owned(), "reg.example/x/y:latest".to_owned()];
        let message = explain_failure(&names[..1], true);
        let has_login = message.contains("`docker login reg.example`");
        assert!(message.contains("reg.example/x/y:1") && has_login, "{message}");
        assert!(!message.contains("--overwrite"), "{message}");
        let message = explain_failure(&names, true);
        let inspect = format!("`{TOOL} inspect reg.example/x/y:latest`");
        assert!(message.contains(&inspect) && message.contains("--overwrite"));
        assert!(!explain_failure(&names, false).contains("login"));
    }

    #[test]
    fn metadata_in_an_unknown_format_leaves_the_digest_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join("buildx.json");
        for text in ["", "[]", "{\"containerimage.digest\": 1}", "{}"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(read_metadata(&file).digest, None, "{text}");
            assert!(!file.exists());
        }
        assert_eq!(read_metadata(&file).digest, None, "a missing file");
    }

    #[test]
    fn the_planned_dockerfile_is_written_with_its_ignore_file() {
        let folder = tempfile::tempdir().unwrap();
        let dist = DistFolder::take(folder.path().to_owned().try_into().unwrap()).unwrap();
        let mut text = DockerfileText {
            path: "Dockerfile".into(),
            text: "FROM scratch\n".into(),
            ignore: Some(b"*.map".into()),
            context: None,
        };
        let dockerfile = write_dockerfile(&text, &dist).unwrap();
        assert_eq!(std::fs::read_to_string(&dockerfile).unwrap(), "FROM scratch\n");
        let ignore = Utf8PathBuf::from(format!("{dockerfile}.dockerignore"));
        assert_eq!(std::fs::read(&ignore).unwrap(), b"*.map");
        text.ignore = None;
        write_dockerfile(&text, &dist).unwrap();
        assert!(!ignore.exists(), "left by an earlier run");
    }
}
