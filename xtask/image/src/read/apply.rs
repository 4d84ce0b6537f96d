//! Applies the entries of layers to a tree, by the rules of container engines.
//!
//! The rules are those of the OCI image specification's layer chapter (whiteouts, opaque folders). Where it leaves something
//! open, they are containerd's: an entry whose folder is a symlink goes where the link leads, inside the root.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use tar::EntryType;

use super::tar_entries::Header;
use crate::oci::TOO_MUCH;
use crate::tree::{At, Kind, Node, Tree};

/// The file that is kept in memory, because it is needed first.
const KEPT: &str = "metadata.json";
const KEPT_SIZE: u64 = 1 << 20;
const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";

/// The most entries that all layers may have together. Reading one takes some microseconds, also if it is replaced later.
const MAX_ENTRIES: u64 = 1_000_000;

/// A tree while layers are applied to it.
#[derive(Default)]
pub(super) struct Applied {
    pub(super) tree: Tree,
    /// The size in bytes of files that a later layer hides.
    pub(super) hidden: u64,
    entries: u64,
}

impl Applied {
    #[cfg(test)]
    pub(super) fn with_entries(entries: u64) -> Self {
        Self { entries, ..Self::default() }
    }

    /// Applies the entry `index` of a layer.
    pub(super) fn apply(
        &mut self,
        (layer, index): (usize, u64),
        header: &Header,
        content: &mut dyn Read,
    ) -> Result<()> {
        self.entries += 1;
        ensure!(self.entries <= MAX_ENTRIES, "the layers have more than {MAX_ENTRIES} entries\n{TOO_MUCH}");
        let Some((folder, base)) = self.place(&header.name)? else { return Ok(()) };
        let path = join(&folder, &base);
        if base == OPAQUE {
            self.tree.add_parents(&path, layer)?;
            return self.hide_folder(&folder, layer);
        }
        if let Some(removed) = base.strip_prefix(WHITEOUT) {
            self.tree.add_parents(&path, layer)?;
            return self.hide(&folder, removed, layer);
        }
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
            EntryType::Char | EntryType::Block | EntryType::Fifo => (Kind::Other, header.mode),
            kind => bail!(
                "`{}` has the type `{}`, which engines do not unpack",
                path.escape_debug(),
                kind.as_byte().escape_ascii()
            ),
        };
        self.hidden += self.tree.insert(path, Node { kind, mode, layer })?;
        Ok(())
    }

    /// Removes what lower layers have in a folder.
    fn hide_folder(&mut self, folder: &str, layer: usize) -> Result<()> {
        // By the specification, what this layer added stays; containerd removes the folders that have no entry.
        ensure!(
            !self.tree.has_deep(folder, layer),
            "it adds files to `{}` before it removes its contents, which engines understand differently",
            folder.escape_debug()
        );
        self.hidden += self.tree.remove_below(folder, layer);
        Ok(())
    }

    /// Removes what lower layers have under this name.
    fn hide(&mut self, folder: &str, removed: &str, layer: usize) -> Result<()> {
        // Engines would remove the folder, or the one that it is in.
        ensure!(
            !matches!(removed, "" | "." | ".."),
            "it has the whiteout `{WHITEOUT}{removed}`, which names no file"
        );
        // Names of this form belong to storage drivers, and never reach a host.
        if removed.starts_with(WHITEOUT) {
            return Ok(());
        }
        let path = join(folder, removed);
        // By the specification, what this layer added stays; containerd removes it.
        ensure!(
            !self.tree.has_from(&path, layer),
            "it both adds and removes `{}`, which engines understand differently",
            path.escape_debug()
        );
        self.hidden += self.tree.remove(&path, layer);
        Ok(())
    }

    /// The folder with links followed, and the base name. `None` for the root, which engines skip. Fails where engines go to
    /// another folder or to none.
    fn place(&self, name: &str) -> Result<Option<(String, String)>> {
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        // Engines remove `a/..` before they follow links.
        ensure!(
            !parts.iter().skip_while(|part| **part == "..").any(|part| *part == ".."),
            "it has the ambiguous name `{}`",
            name.escape_debug()
        );
        let Some((base, folders)) = parts.split_last().filter(|(base, _)| **base != "..") else {
            return Ok(None);
        };
        match self.tree.follow(&folders.join("/"), true) {
            Some(folder) => Ok(Some((folder, (*base).to_owned()))),
            None => bail!("the links in `{}` lead nowhere", name.escape_debug()),
        }
    }

    /// The node of a hard link: the same file under another name.
    fn linked(&self, path: &str, target: &str) -> Result<(Kind, Option<u32>)> {
        let place = self.place(target)?.map(|(folder, base)| join(&folder, &base));
        // An engine removes what has the name of the link first.
        let place = place.filter(|place| place != path && !place.starts_with(&format!("{path}/")));
        match place.and_then(|place| self.tree.get(&place)) {
            Some(node) if node.kind != Kind::Dir => Ok((node.kind.clone(), node.mode)),
            _ => bail!(
                "{} is a hard link to {}, which is not a file, so no engine can unpack the layer",
                path.escape_debug(),
                target.escape_debug()
            ),
        }
    }
}

fn join(folder: &str, base: &str) -> String {
    if folder.is_empty() { base.to_owned() } else { format!("{folder}/{base}") }
}
