//! `inspect`: what every kind of host gets from an extension's image, whoever built it, and what is wrong with it.
//!
//! The way through: a [`source`] gives the files of each platform, [`metadata`] what the extension lists of them,
//! [`cells`] judges each listed file with the same judge as `dist`, [`files`] and [`labels`] the rest, [`desktops`] says
//! who can install it. Invariant: images come from anywhere; nothing in one can make this panic, write outside of the
//! tool's scratch folder, or use memory in proportion to the image.

pub mod cells;
pub mod check;
pub mod desktops;
mod duplicates;
pub mod files;
pub mod labels;
pub mod metadata;
pub mod report;

use anyhow::{Context as _, Result};
use serde::Serialize;

use cells::CellReport;
use desktops::{Install, Known};
use metadata::Metadata;
use sixfold_image::read::{self as source, PlatformImage, Source};
use sixfold_model::finding::{Finding, Lint, Place, Severity};
use sixfold_model::matrix::{Arch, Platform};

sixfold_model::lints! {
    PLATFORM_MISSING = Error "platform-missing";
    PLATFORM_UNUSED = Note "platform-unused";
    METADATA_DIFFERS = Warning "metadata-differs";
    LABELS_DIFFER = Warning "labels-differ";
    TAG_NOT_SEMVER = Warning "tag-not-semver";
}

/// All that was found.
#[derive(Debug)]
pub struct Inspection {
    /// As the user named it.
    pub what: String,
    /// The platforms that are there, amd64 first.
    pub platforms: Vec<Platform>,
    /// What each kind of host gets, by path, operating system and platform.
    pub cells: Vec<CellReport>,
    /// Everything worth saying, worst first.
    pub findings: Vec<Finding>,
    pub sizes: Vec<Size>,
    /// Who can install it.
    pub desktops: Vec<Install>,
}

/// How large one platform's image is when it is unpacked, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    pub platform: Platform,
    pub bytes: u64,
    /// Of files that a later layer replaces or removes.
    pub hidden: u64,
}

impl Inspection {
    /// What makes the exit code 1: errors and warnings.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity > Severity::Note)
    }

    /// What is only worth knowing.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Note)
    }
}

/// All lints of inspections.
pub fn lints() -> impl Iterator<Item = &'static Lint> {
    let all =
        [ALL, metadata::ALL, files::ALL, cells::ALL, labels::ALL, duplicates::ALL, sixfold_judge::LINTS];
    all.into_iter().flatten().copied()
}

/// Inspects an image: a reference (through `docker buildx`), an archive, a layout, or a folder that holds
/// `linux_amd64/` and `linux_arm64/`. Fails where it cannot be read; whatever is wrong with what it holds is a finding.
pub fn image(what: &str) -> Result<Inspection> {
    inspect(what, source::open(what)?)
}

/// The same, for a reference only, and through this builder of buildx instead of the current one.
pub fn pushed(reference: &str, builder: &str) -> Result<Inspection> {
    inspect(reference, source::pushed(reference, builder)?)
}

fn inspect(what: &str, source: Source) -> Result<Inspection> {
    let (mut findings, mut cells) = (platforms(&source), vec![]);
    let read = read_metadata(&source, &mut findings)?;
    for (image, metadata) in source.images.iter().zip(&read) {
        if let Some(metadata) = metadata {
            let (judged, found) = cells::judge(image, metadata)
                .with_context(|| format!("cannot read {what} for {}", image.platform))?;
            cells.extend(judged);
            findings.extend(found);
            findings.extend(files::judge(image, metadata));
            findings.extend(duplicates::judge(image)?);
        }
    }
    findings.extend(judge_labels(&source));
    cells.sort_by(|a, b| (&a.path, a.os, a.platform).cmp(&(&b.path, b.os, b.platform)));
    let known = source.images.iter().zip(&read).map(|(image, metadata)| Known {
        image,
        metadata: metadata.as_ref(),
        cells: &cells,
    });
    let desktops = desktops::judge(&known.collect::<Vec<_>>());
    findings.sort_by(|a, b| (b.severity, a.code(), &a.place).cmp(&(a.severity, b.code(), &b.place)));
    Ok(Inspection {
        what: what.to_owned(),
        platforms: source.images.iter().map(|image| image.platform).collect(),
        cells,
        findings,
        desktops,
        sizes: source.images.iter().map(size).collect(),
    })
}

fn size(image: &PlatformImage) -> Size {
    let bytes = image.tree.iter().map(|(_, node)| node.size()).sum();
    Size { platform: image.platform, bytes, hidden: image.hidden }
}

/// Hosts pull the platform of their own processor: one that is missing cannot be installed there. Docker Desktop picks
/// the greatest tag that is a version.
fn platforms(source: &Source) -> Vec<Finding> {
    let missing = Platform::ALL
        .into_iter()
        .filter(|platform| !source.images.iter().any(|image| image.platform == *platform));
    let mut findings: Vec<_> = missing
        .map(|platform| {
            let hosts = match platform.arch() {
                Arch::Amd64 => "Intel Macs, Windows and Linux on amd64",
                Arch::Arm64 => "Macs with Apple Silicon, Windows on Arm and Linux on arm64",
            };
            let help = "build with `--platform linux/amd64,linux/arm64`";
            let message = format!("the image has no {platform}: {hosts} cannot install it");
            Finding::new(&PLATFORM_MISSING, Place::whole().on(platform), message, help)
        })
        .collect();
    if let Some(tag) = source.tag.as_deref().filter(|tag| semver::Version::parse(tag).is_err()) {
        let message =
            format!("the tag `{tag}` is no semantic version, which Docker's validator and marketplace want");
        findings.push(Finding::new(
            &TAG_NOT_SEMVER,
            Place::whole(),
            message,
            "push it with a tag such as 1.0.0",
        ));
    }
    findings.extend(source.others.iter().map(|other| {
        let message = format!("has an image for {other}, which no host of Docker Desktop pulls");
        Finding::new(&PLATFORM_UNUSED, Place::whole(), message, "")
    }));
    findings
}

/// What is wrong with the labels: said once where all platforms have the same. A folder has none to judge.
fn judge_labels(source: &Source) -> Vec<Finding> {
    let images: Vec<_> =
        source.images.iter().filter_map(|image| Some((image.platform, image.labels.as_ref()?))).collect();
    match images.as_slice() {
        [] => vec![],
        [(_, labels), rest @ ..] if rest.iter().all(|(_, other)| other == labels) => {
            labels::judge(labels, &Place::label)
        }
        _ => {
            let message =
                "its labels are not the same in all platforms: Docker Desktop shows those of one of them";
            let differ = Finding::new(
                &LABELS_DIFFER,
                Place::whole(),
                message,
                "set the same labels for all platforms",
            );
            let of_each = images.iter().flat_map(|(platform, labels)| {
                labels::judge(labels, &|label| Place::label(label).on(*platform))
            });
            std::iter::once(differ).chain(of_each).collect()
        }
    }
}

/// The metadata of each platform, and what is wrong with it: said once where all platforms have the same.
fn read_metadata(source: &Source, findings: &mut Vec<Finding>) -> Result<Vec<Option<Metadata>>> {
    let texts: Vec<_> =
        source.images.iter().map(|image| files::small(image, metadata::FILE)).collect::<Result<_>>()?;
    let same = texts.windows(2).all(|pair| pair[0] == pair[1]);
    if !same {
        let message = "is not the same in all platforms: hosts get different extensions";
        findings.push(Finding::new(
            &METADATA_DIFFERS,
            Place::path(metadata::FILE),
            message,
            "copy the same file",
        ));
    }
    let mut read = vec![];
    for (number, (image, text)) in source.images.iter().zip(texts).enumerate() {
        let place = Place::path(metadata::FILE);
        let place = if same { place } else { place.on(image.platform) };
        let (metadata, found) = match text {
            Some(text) => metadata::read(&text, &place),
            None => {
                let help = "copy metadata.json to the root of the image";
                let message = "is not there, or no file of a sane size: this is no extension";
                (None, vec![Finding::new(&metadata::METADATA_MISSING, place, message, help)])
            }
        };
        if number == 0 || !same {
            findings.extend(found);
        }
        read.push(metadata);
    }
    Ok(read)
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod stored_tests;
#[cfg(test)]
mod tests;
