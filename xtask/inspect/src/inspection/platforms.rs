//! The image as a whole: which platforms it has, and whether they agree.

use std::collections::BTreeMap;

use anyhow::Result;

use super::files;
use crate::labels;
use crate::metadata::{self, METADATA_MISSING, Metadata};
use sixfold_image::read::Source;
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::{Arch, Platform};

sixfold_model::lints! {
    PLATFORM_MISSING = Error "platform-missing";
    PLATFORM_UNUSED = Note "platform-unused";
    METADATA_DIFFERS = Warning "metadata-differs";
    LABELS_DIFFER = Warning "labels-differ";
    TAG_NOT_SEMVER = Warning "tag-not-semver";
}

/// Checks the platforms and the tag. A host pulls the platform of its own processor, so it cannot install an image without
/// it. Docker Desktop picks the greatest tag that is a version.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let missing = Platform::ALL
        .into_iter()
        .filter(|platform| !source.images.iter().any(|image| image.platform == *platform));
    let mut findings: Vec<_> = missing.map(platform_missing).collect();
    if let Some(tag) = source.tag.as_deref().filter(|tag| semver::Version::parse(tag).is_err()) {
        let message = format!(
            "has the tag `{tag}`, which is not a semantic version: Docker's validator and marketplace need one"
        );
        let help = "push it with a tag such as 1.0.0";
        findings.push(Finding::new(&TAG_NOT_SEMVER, Place::whole(), message, help));
    }
    findings.extend(source.others.iter().map(|other| {
        let message = format!("has an image for {other}, which no host of Docker Desktop pulls");
        Finding::new(&PLATFORM_UNUSED, Place::whole(), message, "")
    }));
    findings
}

fn platform_missing(platform: Platform) -> Finding {
    let hosts = match platform.arch() {
        Arch::Amd64 => "Intel Macs, and Windows and Linux on amd64,",
        Arch::Arm64 => "Macs with Apple Silicon, and Windows and Linux on arm64,",
    };
    let message = format!("has no image for this platform: {hosts} cannot install it");
    let help = "build with `--platform linux/amd64,linux/arm64`";
    Finding::new(&PLATFORM_MISSING, Place::whole().on(platform), message, help)
}

type Labels = BTreeMap<String, String>;

/// Checks the labels; once if all platforms have the same ones. Directories have no labels.
pub(super) fn check_labels(source: &Source, has_host_binaries: bool) -> Vec<Finding> {
    let check = |labels: &Labels, place: &dyn Fn(&str) -> Place| {
        let mut findings = labels::check(labels, place);
        findings.extend(has_host_binaries.then(|| labels::check_title(labels, place)).flatten());
        findings
    };
    let images: Vec<_> =
        source.images.iter().filter_map(|image| Some((image.platform, image.labels.as_ref()?))).collect();
    match images.as_slice() {
        [] => vec![],
        [(_, labels), rest @ ..] if rest.iter().all(|(_, other)| other == labels) => {
            check(labels, &Place::label)
        }
        _ => {
            let message = "has different labels in its platforms: Docker Desktop shows those of one platform";
            let help = "set the same labels for all platforms";
            let differ = Finding::new(&LABELS_DIFFER, Place::whole(), message, help);
            let of_each = images
                .iter()
                .flat_map(|(platform, labels)| check(labels, &|label| Place::label(label).on(*platform)));
            std::iter::once(differ).chain(of_each).collect()
        }
    }
}

/// The metadata of each platform. Adds its findings; once if all platforms have the same file.
pub(super) fn read_metadata(source: &Source, findings: &mut Vec<Finding>) -> Result<Vec<Option<Metadata>>> {
    let texts: Vec<_> =
        source.images.iter().map(|image| files::small(image, metadata::FILE)).collect::<Result<_>>()?;
    let is_same = texts.iter().zip(texts.iter().skip(1)).all(|(one, next)| one == next);
    if !is_same {
        let message = "differs between the platforms, so hosts get different extensions";
        let help = "copy the same file into all platforms";
        findings.push(Finding::new(&METADATA_DIFFERS, Place::path(metadata::FILE), message, help));
    }
    let mut read = vec![];
    for (number, (image, text)) in source.images.iter().zip(texts).enumerate() {
        let place = Place::path(metadata::FILE);
        let place = if is_same { place } else { place.on(image.platform) };
        let (metadata, found) = match text {
            Some(text) => metadata::read(&text, &place).into_parts(),
            None => {
                let message = "is missing, or larger than 1 MiB, so this is not an extension";
                let help = "copy metadata.json to the root of the image";
                (None, vec![Finding::new(&METADATA_MISSING, place, message, help)])
            }
        };
        if number == 0 || !is_same {
            findings.extend(found);
        }
        read.push(metadata);
    }
    Ok(read)
}
