//! Reads the layers of a platform, and compares them with what the image states about them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, copy, sink};

use anyhow::{Context as _, Result, bail, ensure};

use super::apply::Applied;
use super::decompress::{Compression, Limited, detect, unpack};
use super::source::Store;
use super::tar_entries::{Header, each_entry};
use crate::hash::HashReader;
use crate::oci::{DAMAGED, Descriptor};
use crate::tree::{At, Tree};
use sixfold_model::digest::Digest;

/// The most bytes that all layers of a platform may unpack to. No extension comes near it; a compression bomb does.
const UNPACKED: u64 = 64 << 30;
/// The compressed bytes of a layer, which can be read more than once.
pub(super) trait Packed {
    fn open(&self) -> Result<Box<dyn Read + '_>>;
    /// For error messages; different for layers with different bytes.
    fn name(&self) -> String;
    /// What the image states about the bytes; `None` if it states nothing.
    fn stated(&self) -> Option<Stated<'_>> {
        None
    }
}

/// What an image states about a layer.
pub(super) struct Stated<'a> {
    /// Describes the compressed bytes. `docker save` writes no descriptor.
    pub(super) descriptor: Option<&'a Descriptor>,
    /// The digest of the uncompressed bytes.
    pub(super) diff_id: &'a Digest,
}

/// The layers of one platform, lowest first.
pub(super) struct Layers<P> {
    layers: Vec<P>,
    /// The names of layers that have been hashed, with their diff IDs. A layer may be read often, and listed often.
    verified: RefCell<BTreeMap<String, Digest>>,
    /// The most bytes that all layers may unpack to.
    limit: u64,
}

impl<P: Packed> Layers<P> {
    pub(super) fn new(layers: Vec<P>) -> Self {
        Self { layers, verified: RefCell::default(), limit: UNPACKED }
    }

    /// Returns the files of all layers together, and the size in bytes of those that a later layer hides.
    pub(super) fn tree(&self) -> Result<(Tree, u64)> {
        let mut applied = Applied::default();
        let mut left = self.limit;
        for (number, layer) in self.layers.iter().enumerate() {
            self.read(layer, &mut left, &mut |index, header, content| {
                applied.apply((number, index), header, content)
            })?;
        }
        Ok((applied.tree, applied.hidden))
    }

    /// Unpacks a layer to at most `left` bytes. Fails if the layer is not what the image states.
    fn read(
        &self,
        layer: &P,
        left: &mut u64,
        each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
    ) -> Result<()> {
        let name = layer.name();
        let known = self.verified.borrow().get(&name).cloned();
        let mut read = || -> Result<Digest> {
            match &known {
                Some(diff_id) => {
                    each_entry(Limited { inner: unpack(layer.open()?)?, left }, each)?;
                    Ok(diff_id.clone())
                }
                None => read_verified(layer, left, each),
            }
        };
        let checked = read().and_then(|diff_id| match layer.stated() {
            Some(stated) if *stated.diff_id != diff_id => {
                bail!("its uncompressed content does not match its diff ID in the image configuration\n{DAMAGED}")
            }
            _ => Ok(diff_id),
        });
        let diff_id = checked.with_context(|| format!("cannot read {name}"))?;
        self.verified.borrow_mut().insert(name, diff_id);
        Ok(())
    }
}

impl<P: Packed> Store for Layers<P> {
    fn visit(&self, wanted: &[At], each: &mut dyn FnMut(&At, &mut dyn Read) -> Result<()>) -> Result<()> {
        let mut left = self.limit;
        for at in wanted {
            if let At::Memory(bytes) = at {
                each(at, &mut &bytes[..])?;
            }
        }
        for (number, layer) in self.layers.iter().enumerate() {
            let here: BTreeSet<u64> = wanted
                .iter()
                .filter_map(|at| match at {
                    At::Layer(layer, index) if *layer == number => Some(*index),
                    _ => None,
                })
                .collect();
            if !here.is_empty() {
                self.read(layer, &mut left, &mut |index, _, content| match here.contains(&index) {
                    true => each(&At::Layer(number, index), content),
                    false => Ok(()),
                })?;
            }
        }
        Ok(())
    }
}

/// Reads a layer, compares it with its descriptor, and returns the digest of its uncompressed bytes.
fn read_verified(
    layer: &impl Packed,
    left: &mut u64,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<Digest> {
    let mut packed = HashReader::new(layer.open()?);
    let (compression, plain) = detect(Box::new(&mut packed))?;
    let mut plain = HashReader::new(Limited { inner: plain, left });
    each_entry(&mut plain, each)?;
    // The digests include what follows the last entry.
    copy(&mut plain, &mut sink())?;
    let (diff_id, _) = plain.finish();
    copy(&mut packed, &mut sink())?;
    let (digest, size) = packed.finish();
    if let Some(descriptor) = layer.stated().and_then(|stated| stated.descriptor) {
        descriptor.check(&digest, size)?;
        ensure!(
            layer_compression(&descriptor.media_type)? == compression,
            "its content is not `{}`, as its descriptor states\n{DAMAGED}",
            descriptor.media_type
        );
    }
    Ok(diff_id)
}

/// The compression of a layer with this media type. Fails on a type that engines do not unpack.
fn layer_compression(media_type: &str) -> Result<Compression> {
    let oci = media_type.strip_prefix("application/vnd.oci.image.layer.");
    let oci = oci.map(|rest| rest.strip_prefix("nondistributable.").unwrap_or(rest));
    let docker = media_type.strip_prefix("application/vnd.docker.image.rootfs.");
    let docker = docker.map(|rest| rest.strip_prefix("foreign.").unwrap_or(rest));
    match (oci, docker) {
        (Some("v1.tar"), _) | (_, Some("diff.tar")) => Ok(Compression::None),
        (Some("v1.tar+gzip"), _) | (_, Some("diff.tar.gzip")) => Ok(Compression::Gzip),
        (Some("v1.tar+zstd"), _) | (_, Some("diff.tar.zstd")) => Ok(Compression::Zstd),
        _ => bail!("`{}` is not the media type of a layer", media_type.escape_debug()),
    }
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
