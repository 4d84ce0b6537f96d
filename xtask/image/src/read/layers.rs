//! Layers, applied on top of each other as a container engine applies them.
//!
//! The rules are those of the OCI image specification's layer chapter (whiteouts, opaque folders). Where it leaves something
//! open, they are containerd's: an entry whose folder is a symlink goes where the link leads, inside the root.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, copy, sink};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use tar::EntryType;

use super::decompress::{Compression, Limited, detect, unpack};
use super::source::Store;
use super::tar_entries::{Header, each_entry};
use crate::hash::HashReader;
use crate::oci::{DAMAGED, Descriptor};
use crate::tree::{At, Kind, Node, Tree};
use sixfold_model::digest::Digest;

/// The most bytes that all layers of a platform may unpack to. No extension comes near it; a compression bomb does.
const UNPACKED: u64 = 64 << 30;
/// The file that is kept in memory, because it is needed first.
const KEPT: &str = "metadata.json";
const KEPT_SIZE: u64 = 1 << 20;
const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";

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
}

impl<P: Packed> Layers<P> {
    pub(super) fn new(layers: Vec<P>) -> Self {
        Self { layers, verified: RefCell::default() }
    }

    /// Returns the files of all layers together, and the size in bytes of those that a later layer hides.
    pub(super) fn tree(&self) -> Result<(Tree, u64)> {
        let mut applied = Applied { tree: Tree::default(), hidden: 0 };
        let mut left = UNPACKED;
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
        let mut left = UNPACKED;
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

/// A tree while layers are applied to it.
struct Applied {
    tree: Tree,
    hidden: u64,
}

impl Applied {
    fn apply(&mut self, (layer, index): (usize, u64), header: &Header, content: &mut dyn Read) -> Result<()> {
        let Some((folder, base)) = self.place(&header.name) else { return Ok(()) };
        if base == OPAQUE {
            self.hidden += self.tree.remove_below(&folder, layer);
            return Ok(());
        }
        if let Some(removed) = base.strip_prefix(WHITEOUT) {
            // Other names of this form belong to storage drivers, and never reach a host.
            if !removed.starts_with(WHITEOUT) && !removed.is_empty() {
                let path = join(&folder, removed);
                // By the specification, what this layer added stays; containerd removes it.
                ensure!(
                    !self.tree.has_from(&path, layer),
                    "it both adds and removes `{}`, which engines understand differently",
                    path.escape_debug()
                );
                self.hidden += self.tree.remove(&path, layer);
            }
            return Ok(());
        }
        let path = join(&folder, &base);
        let (kind, mode) = match header.kind {
            EntryType::Regular if path == KEPT && header.size <= KEPT_SIZE => {
                let mut bytes = vec![];
                content.read_to_end(&mut bytes)?;
                (Kind::File { size: header.size, at: At::Memory(Arc::from(bytes)) }, header.mode)
            }
            EntryType::Regular => {
                (Kind::File { size: header.size, at: At::Layer(layer, index) }, header.mode)
            }
            EntryType::Directory => (Kind::Dir, header.mode),
            EntryType::Symlink => (Kind::Symlink(header.target.clone().unwrap_or_default()), header.mode),
            EntryType::Link => self.linked(&path, header.target.as_deref().unwrap_or_default())?,
            _ => (Kind::Other, header.mode),
        };
        self.hidden += self.tree.insert(path, Node { kind, mode, layer })?;
        Ok(())
    }

    /// The folder with links followed, and the base name. `None` if the name is not that of a file.
    fn place(&self, name: &str) -> Option<(String, String)> {
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let (base, folders) = parts.split_last()?;
        if *base == ".." {
            return None;
        }
        Some((self.tree.real_path(&folders.join("/"), true)?, (*base).to_owned()))
    }

    /// The node of a hard link: the same file under another name.
    fn linked(&self, path: &str, target: &str) -> Result<(Kind, Option<u32>)> {
        let place = self.place(target).map(|(folder, base)| join(&folder, &base));
        match place.and_then(|place| self.tree.get(&place)) {
            Some(node) if node.kind != Kind::Dir => Ok((node.kind.clone(), node.mode)),
            _ => bail!(
                "{path} is a hard link to {target}, which is not a file, so no engine can unpack the layer"
            ),
        }
    }
}

fn join(folder: &str, base: &str) -> String {
    if folder.is_empty() { base.to_owned() } else { format!("{folder}/{base}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);

    impl Packed for Bytes {
        fn open(&self) -> Result<Box<dyn Read + '_>> {
            Ok(Box::new(&self.0[..]))
        }

        fn name(&self) -> String {
            "the layer".into()
        }
    }

    /// A layer of entries: `name`, and `=text` for a file, `>target` for a symlink, `#target` for a hard link, or `/`
    /// for a folder.
    fn layer(entries: &[(&str, &str)]) -> Bytes {
        let mut builder = tar::Builder::new(vec![]);
        for (name, what) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o755);
            let (kind, rest) = what.split_at(1);
            // Written as it is: the crate refuses some of the names that other programs write.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            let content = if kind == "=" { rest } else { "" };
            header.set_size(content.len() as u64);
            header.set_entry_type(match kind {
                "=" => EntryType::Regular,
                "/" => EntryType::Directory,
                ">" => EntryType::Symlink,
                _ => EntryType::Link,
            });
            if matches!(kind, ">" | "#") {
                header.set_link_name_literal(rest).unwrap();
            }
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
        Bytes(builder.into_inner().unwrap())
    }

    /// Every file of the layers with its text, `path=text`.
    fn files(layers: Vec<Bytes>) -> Result<Vec<String>> {
        let layers = Layers::new(layers);
        let (tree, _) = layers.tree()?;
        let mut files = vec![];
        for (path, node) in tree.iter() {
            if let Kind::File { at, .. } = &node.kind {
                layers.visit(std::slice::from_ref(at), &mut |_, content| {
                    let mut text = String::new();
                    content.read_to_string(&mut text)?;
                    files.push(format!("{path}={text}"));
                    Ok(())
                })?;
            }
        }
        Ok(files)
    }

    #[test]
    fn later_layers_win() {
        let layers = vec![
            layer(&[("ui", "/"), ("ui/a", "=1"), ("ui/b", "=2"), ("tool", "=old")]),
            layer(&[("./tool", "=new"), ("ui/.wh.a", "="), ("ui/c", "=3")]),
        ];
        assert_eq!(files(layers).unwrap(), ["tool=new", "ui/b=2", "ui/c=3"]);
    }

    #[test]
    fn an_opaque_folder_hides_lower_layers_only() {
        let layers = vec![
            layer(&[("ui/a", "=1"), ("ui/d/e", "=2"), ("uix", "=3")]),
            layer(&[("ui/new", "=4"), ("ui/.wh..wh..opq", "="), ("ui/later", "=5")]),
        ];
        assert_eq!(files(layers).unwrap(), ["ui/later=5", "ui/new=4", "uix=3"]);
    }

    #[test]
    fn a_whiteout_removes_a_whole_folder() {
        let layers = vec![layer(&[("a/b/c", "=1"), ("ab", "=2")]), layer(&[(".wh.a", "=")])];
        assert_eq!(files(layers).unwrap(), ["ab=2"]);
    }

    #[test]
    fn a_whiteout_of_a_file_in_the_same_layer_is_an_error() {
        for added in ["a/b", "a"] {
            let layers = vec![layer(&[("a/c", "=0")]), layer(&[(added, "=1"), (".wh.a", "=")])];
            let error = format!("{:#}", files(layers).unwrap_err());
            assert!(error.contains("both adds and removes `a`"), "{error}");
        }
        let replaced = vec![layer(&[("a", "=0")]), layer(&[(".wh.a", "="), ("a", "=1")])];
        assert_eq!(files(replaced).unwrap(), ["a=1"]);
    }

    #[test]
    fn media_types_of_layers_are_known() {
        for (media_type, expected) in [
            ("application/vnd.oci.image.layer.v1.tar", Compression::None),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Compression::Gzip),
            ("application/vnd.oci.image.layer.v1.tar+zstd", Compression::Zstd),
            ("application/vnd.docker.image.rootfs.diff.tar.gzip", Compression::Gzip),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Compression::Gzip),
        ] {
            assert_eq!(layer_compression(media_type).unwrap(), expected);
        }
        assert!(layer_compression("application/vnd.oci.image.layer.v1.tar+lz4").is_err());
    }

    #[test]
    fn entries_go_where_links_lead() {
        let layers = vec![
            layer(&[("real", "/"), ("link", ">real"), ("out", ">../../..")]),
            layer(&[("link/a", "=1"), ("out/b", "=2"), ("../../c", "=3")]),
        ];
        assert_eq!(files(layers).unwrap(), ["b=2", "c=3", "real/a=1"]);
    }

    #[test]
    fn hard_links_are_the_same_file() {
        let layers = vec![layer(&[("a", "=1")]), layer(&[("b", "#/a"), (".wh.a", "=")])];
        assert_eq!(files(layers).unwrap(), ["b=1"]);
        let error = files(vec![layer(&[("b", "#nowhere")])]).unwrap_err();
        assert!(format!("{error:#}").contains("hard link to nowhere"), "{error:#}");
    }

    #[test]
    fn hidden_bytes_are_counted() {
        let layers =
            Layers::new(vec![layer(&[("a", "=12345"), ("b", "=1")]), layer(&[("a", "=1"), (".wh.b", "=")])]);
        assert_eq!(layers.tree().unwrap().1, 6);
    }

    #[test]
    fn metadata_json_is_kept_in_memory() {
        let layers = Layers::new(vec![layer(&[("metadata.json", "={}"), ("x/metadata.json", "={}")])]);
        let (tree, _) = layers.tree().unwrap();
        let kept = |path| matches!(&tree.get(path).unwrap().kind, Kind::File { at: At::Memory(_), .. });
        assert!(kept("metadata.json") && !kept("x/metadata.json"));
    }
}
