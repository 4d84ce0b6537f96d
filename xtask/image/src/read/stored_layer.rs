//! One layer of a stored image.

use std::io::Read;
use std::rc::Rc;

use anyhow::Result;

use super::blobs::Blobs;
use super::layers::{Packed, Stated};
use crate::oci::Descriptor;
use sixfold_model::digest::Digest;

pub(super) struct StoredLayer {
    pub(super) blobs: Rc<Blobs>,
    pub(super) path: String,
    /// `None` in what `docker save` writes.
    pub(super) descriptor: Option<Descriptor>,
    pub(super) diff_id: Digest,
}

impl Packed for StoredLayer {
    fn open(&self) -> Result<Box<dyn Read + '_>> {
        match self.descriptor {
            Some(_) => self.blobs.open(&self.path),
            None => self.blobs.open_linked(&self.path),
        }
    }

    fn name(&self) -> String {
        format!("the layer {}", self.path)
    }

    fn stated(&self) -> Option<Stated<'_>> {
        Some(Stated { descriptor: self.descriptor.as_ref(), diff_id: &self.diff_id })
    }
}
