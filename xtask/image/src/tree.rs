//! The files of one platform's image, as a host finds them: a map from path to what is there, without the contents.
//!
//! Invariant: a path is resolved as inside a root of its own. Neither `..` nor a symlink leads out of the tree, and
//! nothing here touches the disk.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};

/// As many links as Linux follows before it gives up.
const LINKS: usize = 40;
/// The most files and the longest path that are accepted: above what any image has, and bounded in memory.
const FILES: usize = 1_000_000;
const PATH: usize = 4096;
/// The most that all paths may take together, in bytes.
const PATHS: usize = 96 << 20;
/// The most steps that building the tree may take: parts of paths looked up, and files passed over. A large image takes
/// some millions; a made-up one could otherwise take a square of its size.
const STEPS: u64 = 100_000_000;

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// A file on disk, by its path below the folder that is inspected.
    Disk(String),
    /// The entry of this number in the layer of this number.
    Layer(usize, u64),
    /// Kept, because it is small and surely needed.
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
    /// A device, a pipe: nothing that Docker Desktop copies to a host.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    /// Permission bits; `None` where the source keeps none.
    pub mode: Option<u32>,
    /// The number of the layer that brought it.
    pub layer: usize,
}

impl Node {
    /// Of a file, in bytes; 0 for anything else.
    pub const fn size(&self) -> u64 {
        match self.kind {
            Kind::File { size, .. } => size,
            _ => 0,
        }
    }
}

/// All files. Keys are relative, with `/`, normalised; the root itself is not in it.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
    /// The length of all keys.
    weight: usize,
    steps: Cell<u64>,
}

impl Tree {
    /// Puts a node at a normalised path, in place of what is there. A folder over a folder keeps what is in it.
    /// Returns the bytes of files that this hides.
    pub fn insert(&mut self, path: String, node: Node) -> Result<u64> {
        let both_dirs =
            node.kind == Kind::Dir && self.nodes.get(&path).is_some_and(|old| old.kind == Kind::Dir);
        let hidden = if both_dirs { 0 } else { self.remove(&path, usize::MAX) };
        self.add_parents(&path, node.layer);
        if self.steps.get() > STEPS {
            bail!(
                "the image is laid out to keep its reader busy: putting its layers together takes too long"
            );
        }
        self.weight += path.len();
        if self.nodes.len() >= FILES || path.len() > PATH || self.weight > PATHS {
            bail!("the image has more or longer paths than any extension: {FILES} files are the limit");
        }
        self.nodes.insert(path, node);
        Ok(hidden)
    }

    /// Layers may leave the folders out that their files are in.
    fn add_parents(&mut self, path: &str, layer: usize) {
        for (at, _) in path.match_indices('/') {
            let parent = &path[..at];
            self.step();
            if !self.nodes.get(parent).is_some_and(|node| node.kind == Kind::Dir) {
                self.weight += parent.len();
                self.nodes.insert(parent.to_owned(), Node { kind: Kind::Dir, mode: Some(0o755), layer });
            }
        }
    }

    /// Removes a path, and all below it, as far as lower layers than this one brought them. Returns the bytes of the
    /// files that went.
    pub fn remove(&mut self, path: &str, layer: usize) -> u64 {
        let below = self.remove_below(path, layer);
        match self.nodes.get(path) {
            Some(node) if node.layer < layer => below + self.take(path),
            _ => below,
        }
    }

    /// Removes all below a folder, but not the folder.
    pub fn remove_below(&mut self, path: &str, layer: usize) -> u64 {
        let old: Vec<String> = self
            .below(path)
            .inspect(|_| self.step())
            .filter(|(_, node)| node.layer < layer)
            .map(|(path, _)| path.to_owned())
            .collect();
        old.iter().map(|path| self.take(path)).sum()
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    fn take(&mut self, path: &str) -> u64 {
        self.weight -= path.len().min(self.weight);
        self.nodes.remove(path).map_or(0, |node| node.size())
    }

    /// All that is below a folder, sorted. An empty path is the root.
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

    /// What is at a normalised path itself.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// What is at a path, links followed inside the root. Returns where it really is, too.
    pub fn resolve(&self, path: &str) -> Option<(String, &Node)> {
        let real = self.real_path(path, true)?;
        let node = self.nodes.get(&real)?;
        Some((real, node))
    }

    /// The path with links in its folders followed, and in its last part too where `last` says so. `None` for one that
    /// runs in circles. What does not exist is taken as it is written.
    pub fn real_path(&self, path: &str, last: bool) -> Option<String> {
        let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut real, mut links) = (String::new(), 0);
        while let Some(part) = todo.pop() {
            self.step();
            if self.steps.get() > STEPS {
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
            if real.len() > PATH {
                return None;
            }
            if let Some(Node { kind: Kind::Symlink(target), .. }) = self.nodes.get(&real)
                && (last || todo.iter().any(|part| !matches!(part.as_str(), "" | ".")))
            {
                links += 1;
                if links > LINKS {
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
    fn a_file_replaces_a_folder_with_all_in_it() {
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
    fn an_image_that_would_take_forever_is_refused() {
        let mut tree = Tree::default();
        for number in 0..1000 {
            tree.insert(format!("a/{number}"), file(1, 5)).unwrap();
        }
        tree.steps.set(STEPS - 100_000);
        let busy = (0..200).find_map(|_| {
            tree.remove_below("a", 5);
            tree.insert("b".into(), file(1, 5)).err()
        });
        assert!(busy.unwrap().to_string().contains("takes too long"));
    }

    proptest::proptest! {
        #[test]
        fn resolving_ends_inside_whatever_the_links(
            links in proptest::collection::vec(("[a-c](/[a-c]){0,2}", "/?(\\.\\.|[a-c])(/(\\.\\.|[a-c])){0,4}"), 0..12),
            path in "/?(\\.\\.|[a-c])(/(\\.\\.|[a-c])){0,6}",
        ) {
            let tree = tree(links.iter().map(|(path, target)| (path.as_str(), link(target))).collect());
            if let Some(real) = tree.real_path(&path, true) {
                proptest::prop_assert!(real.split('/').all(|part| part != ".." && part != "."), "{real}");
            }
        }
    }
}
