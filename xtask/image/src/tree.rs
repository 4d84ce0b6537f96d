//! The files of one platform's image: a map from paths to files, folders and links, without contents.
//!
//! Paths are resolved inside the tree as in a root file system of its own: neither `..` nor a symlink leads out of it. Nothing
//! here accesses the disk.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};

/// How many links to follow: the limit of Linux.
const MAX_LINKS: usize = 40;
/// The most files, and the longest path in bytes: more than any image has, and a bound on memory.
const MAX_FILES: usize = 300_000;
const MAX_PATH: usize = 4096;
/// The longest that all paths and link targets may be together, in bytes.
const MAX_PATHS: usize = 32 << 20;
/// The most steps that building the tree may take. Looking up a part of a path and passing over a file are a step each. A
/// large image takes some millions; without a limit, a crafted image could take the square of its size.
const MAX_STEPS: u64 = 100_000_000;

/// Where the contents of a file are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// A file on disk, by its path in the folder of the image.
    Disk(String),
    /// The number of the layer, and the number of the entry in it. Both start at 0.
    Layer(usize, u64),
    /// The contents themselves, of a small file that is always needed.
    Memory(Arc<[u8]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    File {
        /// In bytes.
        size: u64,
        at: At,
    },
    Dir,
    Symlink(String),
    /// A device or a pipe, which Docker Desktop does not copy to a host.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    /// Permission bits; `None` if the source has none.
    pub mode: Option<u32>,
    /// The number of the layer that it comes from.
    pub layer: usize,
}

impl Node {
    /// The memory that the node takes with its path, in bytes.
    fn weight(&self, path: &str) -> usize {
        match &self.kind {
            Kind::Symlink(target) => path.len() + target.len(),
            _ => path.len(),
        }
    }

    /// The size of a file in bytes, and 0 for anything else.
    pub const fn size(&self) -> u64 {
        match self.kind {
            Kind::File { size, .. } => size,
            _ => 0,
        }
    }
}

/// All files. Keys are relative and normalised, with `/`. The root itself is not in it.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
    /// The length of all keys and link targets together, in bytes.
    weight: usize,
    steps: Cell<u64>,
}

impl Tree {
    /// Puts a node at a normalised path and replaces what was there. A folder over a folder keeps its contents. Returns the
    /// size in bytes of the files that this hides. Fails on a tree that is larger than that of any extension.
    pub fn insert(&mut self, path: String, node: Node) -> Result<u64> {
        let both_dirs =
            node.kind == Kind::Dir && self.nodes.get(&path).is_some_and(|old| old.kind == Kind::Dir);
        let hidden = if both_dirs { self.take(&path) } else { self.remove(&path, usize::MAX) };
        self.add_parents(&path, node.layer)?;
        if self.steps.get() > MAX_STEPS {
            bail!("the image would take too long to read: it is not laid out as any build does it");
        }
        self.add(path, node)?;
        Ok(hidden)
    }

    /// Adds a node where there is none.
    fn add(&mut self, path: String, node: Node) -> Result<()> {
        self.weight += node.weight(&path);
        if self.nodes.len() >= MAX_FILES || path.len() > MAX_PATH || self.weight > MAX_PATHS {
            bail!(
                "the image has more files or longer paths than any extension: the limits are {MAX_FILES} files and paths of \
                 {MAX_PATH} bytes"
            );
        }
        self.nodes.insert(path, node);
        Ok(())
    }

    /// Adds the folders that a path is in, which a layer may leave out. Fails if one of them is not a folder.
    pub(crate) fn add_parents(&mut self, path: &str, layer: usize) -> Result<()> {
        for (at, _) in path.match_indices('/') {
            let parent = path.get(..at).unwrap_or_default();
            self.step();
            match self.nodes.get(parent).map(|node| &node.kind) {
                Some(Kind::Dir) => {}
                Some(_) => {
                    bail!(
                        "`{}` is in `{}`, which is not a folder",
                        path.escape_debug(),
                        parent.escape_debug()
                    )
                }
                None => {
                    self.add(parent.to_owned(), Node { kind: Kind::Dir, mode: Some(0o755), layer })?;
                }
            }
        }
        Ok(())
    }

    /// Removes a path and everything in it, as far as they come from layers below this one. Returns the size in bytes of the
    /// files that were removed.
    pub fn remove(&mut self, path: &str, layer: usize) -> u64 {
        let below = self.remove_below(path, layer);
        match self.nodes.get(path) {
            Some(node) if node.layer < layer => below + self.take(path),
            _ => below,
        }
    }

    /// Removes everything in a folder, but not the folder.
    pub(crate) fn remove_below(&mut self, path: &str, layer: usize) -> u64 {
        let old: Vec<String> = self
            .below(path)
            .inspect(|_| self.step())
            .filter(|(_, node)| node.layer < layer)
            .map(|(path, _)| path.to_owned())
            .collect();
        old.iter().map(|path| self.take(path)).sum()
    }

    /// True if this layer has added the path or something in it.
    pub(crate) fn has_from(&self, path: &str, layer: usize) -> bool {
        let is_from = |node: &Node| node.layer == layer;
        self.get(path).is_some_and(is_from)
            || self.below(path).inspect(|_| self.step()).any(|(_, node)| is_from(node))
    }

    /// True if this layer has added something to the folder that is not directly in it.
    pub(crate) fn has_deep(&self, folder: &str, layer: usize) -> bool {
        let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
        self.below(folder).inspect(|_| self.step()).any(|(path, node)| {
            node.layer == layer && path.get(start..).is_some_and(|below| below.contains('/'))
        })
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    fn take(&mut self, path: &str) -> u64 {
        let Some(node) = self.nodes.remove(path) else { return 0 };
        self.weight = self.weight.saturating_sub(node.weight(path));
        node.size()
    }

    /// Everything in a folder, at any depth, sorted. An empty path is the root.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.nodes
            .range(start.clone()..)
            .take_while(move |(path, _)| path.starts_with(&start))
            .map(|(path, node)| (path.as_str(), node))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.below("")
    }

    /// The node at a normalised path; links are not followed.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// The node at a path, and its real path: links are followed inside the root.
    pub fn resolve(&self, path: &str) -> Option<(String, &Node)> {
        let real = self.real_path(path, true)?;
        let node = self.nodes.get(&real)?;
        Some((real, node))
    }

    /// The path with the links in its folders followed, and the last part too if `last` is true. `None` if the links form a
    /// circle, or if the path has a NUL. A part that does not exist stays as written.
    pub fn real_path(&self, path: &str, last: bool) -> Option<String> {
        // In a tree, a NUL stands for a byte that is not UTF-8. No path that is text names such a file.
        if path.contains('\0') { None } else { self.follow(path, last) }
    }

    /// Like [`Self::real_path`], for a path as it is in the tree.
    pub(crate) fn follow(&self, path: &str, last: bool) -> Option<String> {
        let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut real, mut links) = (String::new(), 0);
        while let Some(part) = todo.pop() {
            self.step();
            if self.steps.get() > MAX_STEPS {
                return None;
            }
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    real.truncate(real.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let before = real.len();
            if !real.is_empty() {
                real.push('/');
            }
            real.push_str(&part);
            if real.len() > MAX_PATH {
                return None;
            }
            if let Some(Node { kind: Kind::Symlink(target), .. }) = self.nodes.get(&real)
                && (last || todo.iter().any(|part| !matches!(part.as_str(), "" | ".")))
            {
                links += 1;
                if links > MAX_LINKS {
                    return None;
                }
                real.truncate(if target.starts_with('/') { 0 } else { before });
                todo.extend(target.split('/').rev().map(str::to_owned));
            }
        }
        Some(real)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64, layer: usize) -> Node {
        Node { kind: Kind::File { size, at: At::Layer(layer, 0) }, mode: Some(0o644), layer }
    }

    fn link(target: &str) -> Node {
        Node { kind: Kind::Symlink(target.into()), mode: None, layer: 0 }
    }

    fn tree(nodes: Vec<(&str, Node)>) -> Tree {
        let mut tree = Tree::default();
        for (path, node) in nodes {
            tree.insert(path.into(), node).unwrap();
        }
        tree
    }

    #[test]
    fn links_stay_inside_the_root() {
        let tree = tree(vec![
            ("etc/passwd", file(1, 0)),
            ("up", link("../../../etc")),
            ("bin/tool", link("/up/passwd")),
            ("a", link("b")),
            ("b", link("a")),
        ]);
        assert_eq!(tree.resolve("/bin/tool").unwrap().0, "etc/passwd");
        assert_eq!(tree.resolve("../../up/./passwd").unwrap().0, "etc/passwd");
        assert!(tree.resolve("a").is_none() && tree.resolve("a/x").is_none());
        assert_eq!(tree.real_path("bin/tool", false).unwrap(), "bin/tool");
    }

    #[test]
    fn a_file_replaces_a_folder_and_its_contents() {
        let mut tree = tree(vec![("ui/a", file(3, 0)), ("ui/b/c", file(4, 0)), ("uix", file(5, 0))]);
        assert_eq!(tree.insert("ui".into(), file(1, 1)).unwrap(), 7);
        assert_eq!(tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["ui", "uix"]);
    }

    #[test]
    fn only_lower_layers_are_removed() {
        let mut tree = tree(vec![("ui/old", file(3, 0)), ("ui/new", file(4, 1))]);
        assert_eq!(tree.remove_below("ui", 1), 3);
        assert!(tree.resolve("ui/new").is_some() && tree.resolve("ui/old").is_none());
    }

    #[test]
    fn long_link_targets_count_as_memory() {
        let mut tree = Tree::default();
        let target = "x".repeat(1 << 20);
        let mut insert = |number: usize| tree.insert(number.to_string(), link(&target));
        assert!((0..30).all(|number| insert(number).is_ok()));
        assert!((30..33).any(|number| insert(number).is_err()));
    }

    #[test]
    fn folders_that_only_a_whiteout_needs_count_as_memory() {
        let mut tree = Tree::default();
        let deep = "a/".repeat(2000);
        let added = (0..100).take_while(|number| tree.add_parents(&format!("{number}/{deep}x"), 0).is_ok());
        assert!((1..=8).contains(&added.count()));
    }

    #[test]
    fn a_repeated_folder_counts_once() {
        let mut tree = Tree::default();
        let mut insert = || tree.insert("a".repeat(4000), Node { kind: Kind::Dir, mode: None, layer: 0 });
        assert!((0..10_000).all(|_| insert().is_ok()));
    }

    #[test]
    fn too_many_files_are_an_error() {
        let mut tree = Tree::default();
        assert!((0..MAX_FILES).all(|number| tree.insert(number.to_string(), file(1, 0)).is_ok()));
        assert!(tree.insert("x".into(), file(1, 0)).unwrap_err().to_string().contains("300000 files"));
    }

    #[test]
    fn an_image_that_takes_too_long_to_read_is_an_error() {
        let mut tree = Tree::default();
        for number in 0..1000 {
            tree.insert(format!("a/{number}"), file(1, 5)).unwrap();
        }
        tree.steps.set(MAX_STEPS - 100_000);
        let busy = (0..200).find_map(|_| {
            tree.remove_below("a", 5);
            tree.insert("b".into(), file(1, 5)).err()
        });
        assert!(busy.unwrap().to_string().contains("too long to read"));
        assert_eq!(tree.follow("a", true), None);
    }

    proptest::proptest! {
        #[test]
        fn resolving_any_links_ends_inside_the_root(
            links in proptest::collection::vec(("[a-c](/[a-c]){0,2}", "/?(\\.\\.|[a-c])(/(\\.\\.|[a-c])){0,4}"), 0..12),
            path in "/?(\\.\\.|[a-c])(/(\\.\\.|[a-c])){0,6}",
        ) {
            let mut tree = Tree::default();
            for (path, target) in &links {
                // Some are in others, which are not folders.
                let _ = tree.insert(path.clone(), link(target));
            }
            if let Some(real) = tree.real_path(&path, true) {
                proptest::prop_assert!(real.split('/').all(|part| part != ".." && part != "."), "{real}");
            }
        }
    }
}
