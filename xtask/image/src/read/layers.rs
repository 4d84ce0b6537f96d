//! Layers, applied on top of each other as a container engine applies them.
//!
//! The rules are those of the OCI image specification's layer chapter (whiteouts, opaque folders). Where it leaves something
//! open, they are containerd's: an entry whose folder is a symlink goes where the link leads, inside the root.

use std::collections::BTreeSet;
use std::io::{Read, copy, sink};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tar::EntryType;

use super::decompress::{Limited, unpack};
use super::source::Store;
use super::tar_entries::{Header, each_entry};
use crate::hash::HashReader;
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
    /// For error messages.
    fn name(&self) -> String;
    /// The digest that the bytes must have; `None` if nothing states it.
    fn digest(&self) -> Option<&Digest> {
        None
    }
}

/// The layers of one platform, lowest first.
pub(super) struct Layers<P>(pub Vec<P>);

impl<P: Packed> Layers<P> {
    /// Returns the files of all layers together, and the size in bytes of those that a later layer hides.
    pub(super) fn tree(&self) -> Result<(Tree, u64)> {
        let mut applied = Applied { tree: Tree::default(), hidden: 0 };
        let mut left = UNPACKED;
        for (number, layer) in self.0.iter().enumerate() {
            read_layer(layer, &mut left, &mut |index, header, content| {
                applied.apply((number, index), header, content)
            })?;
        }
        Ok((applied.tree, applied.hidden))
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
        for (number, layer) in self.0.iter().enumerate() {
            let here: BTreeSet<u64> = wanted
                .iter()
                .filter_map(|at| match at {
                    At::Layer(layer, index) if *layer == number => Some(*index),
                    _ => None,
                })
                .collect();
            if !here.is_empty() {
                read_layer(layer, &mut left, &mut |index, _, content| match here.contains(&index) {
                    true => each(&At::Layer(number, index), content),
                    false => Ok(()),
                })?;
            }
        }
        Ok(())
    }
}

/// Unpacks a layer to at most `left` bytes. Fails if the layer does not match its digest.
fn read_layer(
    layer: &impl Packed,
    left: &mut u64,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let mut read = || -> Result<()> {
        let mut hashed = HashReader::new(layer.open()?);
        each_entry(Limited { inner: unpack(Box::new(&mut hashed))?, left }, each)?;
        // The digest includes what follows the last entry.
        copy(&mut hashed, &mut sink())?;
        match layer.digest() {
            Some(digest) if *digest != hashed.finish().0 => {
                bail!(
                    "its content does not match its digest\nhelp: the image is damaged; write or download it again"
                )
            }
            _ => Ok(()),
        }
    };
    read().with_context(|| format!("cannot read {}", layer.name()))
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
                self.hidden += self.tree.remove(&join(&folder, removed), layer);
            }
            return Ok(());
        }
        let path = join(&folder, &base);
        let (kind, mode) = match header.kind {
            EntryType::Regular | EntryType::Continuous if path == KEPT && header.size <= KEPT_SIZE => {
                let mut bytes = vec![];
                content.read_to_end(&mut bytes)?;
                (Kind::File { size: header.size, at: At::Memory(Arc::from(bytes)) }, header.mode)
            }
            EntryType::Regular | EntryType::Continuous => {
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
            // As it is: the crate itself refuses to write some of the names that others write.
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
        let layers = Layers(layers);
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
            Layers(vec![layer(&[("a", "=12345"), ("b", "=1")]), layer(&[("a", "=1"), (".wh.b", "=")])]);
        assert_eq!(layers.tree().unwrap().1, 6);
    }

    #[test]
    fn metadata_json_is_kept_in_memory() {
        let layers = Layers(vec![layer(&[("metadata.json", "={}"), ("x/metadata.json", "={}")])]);
        let (tree, _) = layers.tree().unwrap();
        let kept = |path| matches!(&tree.get(path).unwrap().kind, Kind::File { at: At::Memory(_), .. });
        assert!(kept("metadata.json") && !kept("x/metadata.json"));
    }
}
