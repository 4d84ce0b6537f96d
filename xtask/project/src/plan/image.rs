//! The image part of the plan: everything about the image apart from where it goes.

use anyhow::Result;

use sixfold_model::labels::Labels;
use sixfold_model::matrix::Platform;
use sixfold_model::place::wrong_key;
use sixfold_model::reference::Tag;

use super::dockerfile::Dockerfile;
use super::flags::BuildFlags;
use super::sbom::Sbom;
use super::signing::Signing;
use crate::project::Project;
use crate::times::Times;

/// The value of buildx's `--provenance` if the author gives none.
const NO_PROVENANCE: &str = "false";

#[derive(Debug)]
pub struct Image {
    /// Every `repository:tag` that the image gets; at least one.
    pub names: Vec<String>,
    pub platforms: Vec<Platform>,
    pub dockerfile: Dockerfile,
    pub labels: Labels,
    /// The time of the image, in seconds since 1970.
    pub created: u64,
    /// The time of every file in it, in seconds since 1970.
    pub file_time: u64,
    /// The file name of its archive in the dist folder, where one is written.
    pub archive: String,
    /// The builder that buildx has to use, if the author named one.
    pub builder: Option<String>,
    /// The value of buildx's `--provenance`.
    pub provenance: String,
    pub sbom: Sbom,
    /// How the image is signed after it was pushed, if it is.
    pub signing: Option<Signing>,
}

impl Image {
    /// Fails when a label cannot be made, and when the version cannot be a tag.
    pub(super) fn new(
        project: &Project,
        flags: &BuildFlags,
        platforms: Vec<Platform>,
        dockerfile: Dockerfile,
        times: Times,
        sbom: Sbom,
    ) -> Result<Self> {
        let repository = flags.common.repository(project);
        let mut names = vec![];
        for name in tags(project, flags)?.iter().map(|tag| repository.tagged(tag)) {
            // A tag that is given twice counts once.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let archive = match &flags.archive {
            Some(name) => name.clone(),
            None => format!("{}-{}.oci.tar", repository.name(), project.version()?),
        };
        Ok(Self {
            names,
            platforms,
            dockerfile,
            labels: project.labels()?,
            created: times.created,
            file_time: times.files,
            archive,
            builder: flags.common.builder.clone(),
            // Docker's validator of extensions may not accept an image with provenance (docker/extensions-sdk#305).
            provenance: flags.provenance.clone().unwrap_or_else(|| NO_PROVENANCE.to_owned()),
            sbom,
            signing: Signing::of_image(project).filter(|_| flags.push),
        })
    }

    /// True if only buildx can build the image, so that a push needs a builder which can write it to a folder first.
    pub fn is_only_for_buildx(&self) -> bool {
        self.dockerfile.parsed.is_none()
    }

    /// True if a push sets the tags last: after the image was verified where only buildx can build it, and after it was signed.
    pub fn is_tagged_last(&self) -> bool {
        self.is_only_for_buildx() || self.signing.is_some()
    }

    /// True if buildx writes the image to a folder before it is pushed. With a document of our own, that is only for what BuildKit
    /// alone can write.
    pub fn is_written_first(&self) -> bool {
        match self.sbom.is_own() {
            true => self.is_only_for_buildx() || self.has_provenance(),
            false => self.is_tagged_last(),
        }
    }

    /// True if the author asked for provenance, which only BuildKit writes.
    pub fn has_provenance(&self) -> bool {
        self.provenance != NO_PROVENANCE
    }

    /// The name that messages use: the first one.
    pub fn name(&self) -> &str {
        self.names.first().map(String::as_str).unwrap_or_default()
    }
}

fn tags(project: &Project, flags: &BuildFlags) -> Result<Vec<Tag>> {
    if !flags.tags.is_empty() {
        return Ok(flags.tags.clone());
    }
    let tag = Tag::of_version(project.version()?).map_err(|error| {
        let (path, key) = (project.root.join(project.file.name()), project.file.package_keys(&["version"]));
        wrong_key(&path, &key, error.to_string())
    })?;
    Ok(vec![tag])
}
