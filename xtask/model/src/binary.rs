//! A host binary or the backend of the configuration, and where it comes from.

use crate::built::Built;
use crate::image_path::PathTemplate;
use crate::matrix::{HostOs, ImagePath, Target};
use crate::prebuilt::{Prebuilt, Supply};
use crate::values::Hosts;

/// A host binary, or the backend.
#[derive(Clone, Debug)]
pub struct BinaryConfig {
    /// The host systems that it is for.
    pub(crate) hosts: Hosts,
    /// Its path in the image. `None`: the usual one.
    pub(crate) image_path: Option<PathTemplate>,
    /// Where it comes from.
    pub source: BinarySource,
}

/// Where a binary comes from.
#[derive(Clone, Debug)]
pub enum BinarySource {
    /// A bin of this workspace, with these features of its package.
    Own { features: Vec<String> },
    /// A third-party binary.
    Prebuilt(Box<Prebuilt>),
    /// A command of the author builds it.
    Built(Box<Built>),
}

impl BinaryConfig {
    /// The host systems that it is for.
    pub fn hosts(&self) -> &[HostOs] {
        self.hosts.as_slice()
    }

    /// True if cargo builds it.
    pub fn is_own(&self) -> bool {
        matches!(self.source, BinarySource::Own { .. })
    }

    /// `None` if it is not a third-party binary.
    pub fn prebuilt(&self) -> Option<&Prebuilt> {
        if let BinarySource::Prebuilt(prebuilt) = &self.source { Some(prebuilt) } else { None }
    }

    /// `None` if no command of the author builds it.
    pub fn built(&self) -> Option<&Built> {
        if let BinarySource::Built(built) = &self.source { Some(built) } else { None }
    }

    /// The features of its package that the author has chosen.
    pub fn features(&self) -> &[String] {
        if let BinarySource::Own { features } = &self.source { features } else { &[] }
    }

    /// Fails if hosts of different systems would get one path of the image, where only one file can be.
    pub(crate) fn check(self) -> Result<Self, String> {
        match &self.image_path {
            Some(path) if self.hosts().len() > 1 && !path.differs_by_host() => {
                Err("`image-path` is the same for several host systems\nhelp: use {os} in it".into())
            }
            _ => Ok(self),
        }
    }

    /// The path of the binary itself, or of a file next to it. `None`: the usual one.
    pub(crate) fn path(&self, os: HostOs, file: Option<&str>) -> Option<ImagePath> {
        let path = self.image_path.as_ref()?.path(os);
        let Some(file) = file else { return Some(path) };
        let (folder, _) = path.as_str().rsplit_once('/')?;
        ImagePath::new(&format!("{folder}/{file}")).ok()
    }

    /// The files that the hosts of a cell get next to the binary. `None` if they do not get the binary either.
    pub(crate) fn files(&self, target: Target) -> Option<Vec<String>> {
        match self.prebuilt().map(|prebuilt| prebuilt.supply(target)) {
            Some(Supply::Skipped) => None,
            Some(Supply::Given(given)) => Some(given.files.into_iter().map(|file| file.name).collect()),
            Some(Supply::Missing) | None => Some(vec![]),
        }
    }
}
