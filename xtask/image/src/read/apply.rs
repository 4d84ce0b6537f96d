//! Applies the entries of layers to a tree, by the rules of container engines.
//!
//! The rules are those of the OCI image specification's layer chapter (whiteouts, opaque folders). Where it leaves something
//! open, they are containerd's: an entry whose folder is a symlink goes where the link leads, inside the root.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use tar::EntryType;

use super::tar_entries::Header;
use crate::tree::{At, Kind, Node, Tree};

/// The file that is kept in memory, because it is needed first.
const KEPT: &str = "metadata.json";
const KEPT_SIZE: u64 = 1 << 20;
const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";

/// A tree while layers are applied to it.
#[derive(Default)]
pub(super) struct Applied {
    pub(super) tree: Tree,
    /// The size in bytes of files that a later layer hides.
    pub(super) hidden: u64,
}

impl Applied {
    /// Applies the entry `index` of a layer.
    pub(super) fn apply(
        &mut self,
        (layer, index): (usize, u64),
        header: &Header,
        content: &mut dyn Read,
    ) -> Result<()> {
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
