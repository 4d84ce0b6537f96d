//! `inspect`: what each kind of host gets from any extension's image, and what is wrong with the image.
//!
//! [`sixfold_image::read`] provides the files of each platform, [`crate::metadata`] the paths that the extension lists.
//! [`host_binaries`] checks the listed files as `dist` does; [`files`], `file_names`, `duplicates` and [`crate::labels`]
//! check the rest, and [`desktops`] tells who can install the extension. Invariant: images come from anywhere; none can
//! cause a panic, a write outside of the scratch directory, or memory use in proportion to the image.

pub(crate) mod attestations;
pub mod desktops;
mod duplicates;
pub mod file_names;
pub mod files;
pub mod host_binaries;
mod platforms;
pub(crate) mod signatures;
pub(crate) mod variants;
pub(crate) mod vm;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Serialize;

use attestations::Attested;
use desktops::{Install, KnownImage};
use host_binaries::CellReport;
use sixfold_image::read::{self, Identity, PlatformImage, Source};
use sixfold_judge::{CrateCount, lines_by_kind};
#[cfg(test)]
use sixfold_model::finding::Lint;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::Platform;
use sixfold_model::signatures::Signatures;

pub use platforms::{METADATA_DIFFERS, PLATFORM_MISSING};
pub use signatures::check_signatures;

/// The result of an inspection.
#[derive(Debug)]
pub struct Inspection {
    /// The image as the user named it.
    pub what: String,
    /// The platforms of the image, amd64 first.
    pub platforms: Vec<Platform>,
    /// What each kind of host gets, by path, operating system and platform.
    pub cells: Vec<CellReport>,
    /// All findings, worst first.
    pub findings: Vec<Finding>,
    pub sizes: Vec<Size>,
    /// For each platform, `None` for a folder.
    pub identities: Vec<Option<Identity>>,
    /// Who can install it.
    pub desktops: Vec<Install>,
    /// The labels of the first platform. There is a finding if another one has different labels.
    pub labels: BTreeMap<String, String>,
    /// What its index says about its platforms. Nothing of it is signed.
    pub(crate) attested: Vec<Attested>,
    /// What was found beside the image in its registry. `None` if the registry was not asked.
    pub signatures: Option<Signatures>,
}

/// The unpacked size of one platform's image, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    pub platform: Platform,
    pub bytes: u64,
    /// The size of files that a later layer replaces or removes.
    pub hidden: u64,
}

impl Inspection {
    /// Errors and warnings: they make the exit code 1.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity > Severity::Note)
    }

    /// Adds what the registry answered about signatures of the image.
    pub fn add_signatures(&mut self, signatures: Signatures) {
        self.findings.extend(signatures::check(&signatures));
        sort(&mut self.findings);
        self.signatures = Some(signatures);
    }

    /// Lines about what is attached to the image: attestations, and signatures if the registry was asked.
    pub(crate) fn attached(&self) -> Vec<String> {
        let signatures = self.signatures.iter().flat_map(signatures::lines);
        attestations::lines(&self.attested).into_iter().chain(signatures).collect()
    }

    /// A line for each kind of code signature.
    pub(crate) fn code_signatures(&self) -> Vec<String> {
        lines_by_kind(self.cells.iter().map(|cell| (&cell.path, cell.platform, cell.signature.as_ref())))
    }

    /// A line for each number of crates that programs list.
    pub(crate) fn crates(&self) -> Vec<String> {
        let text = |crates: &CrateCount| match crates {
            Ok(1) => "lists one crate".to_owned(),
            Ok(count) => format!("lists {count} crates"),
            Err(error) => format!("its list of crates {error}"),
        };
        let cells = self.cells.iter();
        lines_by_kind(cells.map(|cell| (&cell.path, cell.platform, cell.crates.as_ref().map(text))))
    }

    /// Findings that need no action.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Note)
    }
}

/// All lints of inspections.
#[cfg(test)]
pub(crate) fn lints() -> impl Iterator<Item = &'static Lint> {
    let own = [
        attestations::ALL,
        signatures::ALL,
        platforms::ALL,
        files::ALL,
        file_names::ALL,
        host_binaries::ALL,
        duplicates::ALL,
        vm::ALL,
    ];
    let shared = [
        crate::metadata::ALL,
        crate::published::ALL,
        crate::labels::ALL,
        crate::compose::ALL,
        sixfold_judge::LINTS,
    ];
    own.into_iter().chain(shared).flatten().copied()
}

/// Inspects an image: a reference (through `docker buildx`), an archive, a layout, or a directory that contains
/// `linux_amd64/` and `linux_arm64/`. Fails if it cannot be read; anything wrong with its content is a finding.
pub fn image(what: &str) -> Result<Inspection> {
    inspect(what, read::open(what)?)
}

/// Inspects a reference, also if there is a file of this name, through a builder of buildx, by default the current one.
pub fn pushed(reference: &str, builder: Option<&str>) -> Result<Inspection> {
    inspect(reference, read::pushed(reference, builder)?)
}

fn inspect(what: &str, source: Source) -> Result<Inspection> {
    let (mut findings, mut cells) = (platforms::check(&source), vec![]);
    findings.extend(attestations::check(&source));
    let all_metadata = platforms::read_metadata(&source, &mut findings)?;
    for (image, metadata) in source.images.iter().zip(&all_metadata) {
        if let Some(metadata) = metadata {
            let (started, found) = vm::check(image, metadata)?;
            findings.extend(found);
            let (checked, found) = host_binaries::check(image, metadata, &started)
                .with_context(|| format!("cannot read {what} for {}", image.platform))?;
            cells.extend(checked);
            findings.extend(found);
            findings.extend(files::check(image, metadata));
            findings.extend(file_names::check(image, metadata));
            findings.extend(duplicates::check(image)?);
        }
    }
    let has_host_binaries = all_metadata.iter().flatten().any(|metadata| !metadata.binaries.is_empty());
    findings.extend(platforms::check_labels(&source, has_host_binaries));
    cells.sort_by(|a, b| (&a.path, a.os, a.platform).cmp(&(&b.path, b.os, b.platform)));
    sort(&mut findings);
    let known = source.images.iter().zip(&all_metadata);
    let known =
        known.map(|(image, metadata)| KnownImage { image, metadata: metadata.as_ref(), cells: &cells });
    Ok(Inspection {
        what: what.to_owned(),
        platforms: source.images.iter().map(|image| image.platform).collect(),
        desktops: desktops::check(&known.collect::<Vec<_>>()),
        cells,
        findings,
        sizes: source.images.iter().map(size).collect(),
        identities: source.images.iter().map(|image| image.identity.clone()).collect(),
        labels: source.images.iter().find_map(|image| image.labels.clone()).unwrap_or_default(),
        attested: attestations::of(&source),
        signatures: None,
    })
}

/// Puts the worst first.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (b.severity, a.code(), &a.place).cmp(&(a.severity, b.code(), &b.place)));
}

fn size(image: &PlatformImage) -> Size {
    let bytes = image.tree.iter().map(|(_, node)| node.size()).sum();
    Size { platform: image.platform, bytes, hidden: image.hidden }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod stored_tests;
#[cfg(test)]
mod tests;
