//! COPY and WORKDIR: which entries a step adds to the image.
//!
//! The rules are BuildKit's: COPY copies the contents of a folder, not the folder. A file goes into a destination that is a
//! folder or ends with a slash. Missing parent folders are made with mode 0755. Modes do not depend on the machine: 0755 for
//! folders and executables, 0644 for other files, unless `--chmod` sets them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use walkdir::WalkDir;

use super::recipe::{Action, CopyStep};
use sixfold_model::matrix::ImagePath;

const FOLDER_MODE: u32 = 0o755;

/// An entry of a layer; the owner is root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    Folder {
        mode: u32,
    },
    File {
        mode: u32,
        /// The path of the content on this machine.
        source: Utf8PathBuf,
    },
}

/// Entries by their path in the image, without the leading slash. The archive has the order of the map: a folder comes before
/// what it contains.
pub(super) type Nodes = BTreeMap<String, Node>;

/// The files of the image while its steps run.
pub(super) struct Tree<'a> {
    context: &'a Utf8Path,
    below: Nodes,
}

impl<'a> Tree<'a> {
    /// `context` is the folder that COPY copies from.
    pub(super) fn new(context: &'a Utf8Path) -> Self {
        Self { context, below: Nodes::new() }
    }

    /// Returns the entries of the layer that a step makes, or `None` if it makes no layer.
    pub(super) fn apply(&mut self, action: &Action) -> Result<Option<Nodes>> {
        let added = match action {
            Action::Configure => return Ok(None),
            Action::MakeDir(path) => self.make_dir(path)?,
            Action::Copy(step) => self.copy(step)?,
        };
        self.below.extend(added.clone());
        Ok(Some(added))
    }

    /// If the folder exists, BuildKit makes an empty layer.
    fn make_dir(&self, path: &ImagePath) -> Result<Nodes> {
        if matches!(self.below.get(path.relative()), Some(Node::Folder { .. })) {
            return Ok(Nodes::new());
        }
        let mut layer = Layer::on(&self.below);
        layer.folder(path.relative())?;
        Ok(layer.added)
    }

    fn copy(&self, step: &CopyStep) -> Result<Nodes> {
        let nothing = Nodes::new();
        let mut layer = Layer::on(if step.link { &nothing } else { &self.below });
        let dest = step.dest.relative();
        for pattern in &step.sources {
            let sources = matching(self.context, pattern.relative())?;
            // A pattern that matches nothing makes no folder.
            if step.into_folder && !sources.is_empty() {
                layer.folder(dest)?;
            }
            let several = sources.len() > 1;
            for source in sources {
                if source.is_dir() {
                    copy_folder(&mut layer, &source, dest, step.chmod)?;
                } else if layer.is_folder(dest) {
                    let name = source.file_name().unwrap_or_default();
                    layer.file(&join(dest, name), source, step.chmod)?;
                } else {
                    ensure!(
                        !several,
                        "`{pattern}` matches several files, and `{0}` is not a folder\nhelp: end `{0}` with a slash",
                        step.dest
                    );
                    layer.file(dest, source, step.chmod)?;
                }
            }
        }
        if let Some(path) = layer.added.iter().find_map(|(path, node)| self.clash(path, node)) {
            bail!("/{path} is a file in one layer and a folder in another");
        }
        Ok(layer.added)
    }

    /// A layer of `COPY --link` does not see the layers below it, but must fit on top of them.
    fn clash<'p>(&self, path: &'p str, node: &Node) -> Option<&'p str> {
        let below = self.below.get(path)?;
        (std::mem::discriminant(below) != std::mem::discriminant(node)).then_some(path)
    }
}

/// The entries that a step adds, on top of those in lower layers.
struct Layer<'a> {
    below: &'a Nodes,
    added: Nodes,
}

impl<'a> Layer<'a> {
    fn on(below: &'a Nodes) -> Self {
        Self { below, added: Nodes::new() }
    }

    fn get(&self, path: &str) -> Option<&Node> {
        self.added.get(path).or_else(|| self.below.get(path))
    }

    fn is_folder(&self, path: &str) -> bool {
        path.is_empty() || matches!(self.get(path), Some(Node::Folder { .. }))
    }

    /// Adds a folder and its parents. A folder that exists keeps its mode.
    fn folder(&mut self, path: &str) -> Result<()> {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for part in ends.filter_map(|end| path.get(..end)).filter(|part| !part.is_empty()) {
            let node = match self.get(part) {
                Some(folder @ Node::Folder { .. }) => folder.clone(),
                None => Node::Folder { mode: FOLDER_MODE },
                Some(Node::File { .. }) => bail!("cannot make the folder /{path}: /{part} is a file"),
            };
            self.added.insert(part.to_owned(), node);
        }
        Ok(())
    }

    fn file(&mut self, path: &str, source: Utf8PathBuf, chmod: Option<u32>) -> Result<()> {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.folder(parent)?;
        }
        ensure!(!self.is_folder(path), "cannot copy {source} to /{path}: it is a folder");
        let mode = match chmod {
            Some(mode) => mode,
            None => file_mode(&fs::metadata(&source)?),
        };
        self.added.insert(path.to_owned(), Node::File { mode, source });
        Ok(())
    }
}

/// Copies the contents of a folder. `--chmod` applies to the folders in it too, but not to the destination.
fn copy_folder(layer: &mut Layer<'_>, source: &Utf8Path, dest: &str, chmod: Option<u32>) -> Result<()> {
    layer.folder(dest)?;
    for entry in WalkDir::new(source).min_depth(1) {
        let entry = entry.with_context(|| format!("cannot read {source}"))?;
        let file = <&Utf8Path>::try_from(entry.path())?;
        let path = join(dest, &with_slashes(file.strip_prefix(source)?));
        if entry.file_type().is_dir() {
            layer.folder(&path)?;
            layer.added.insert(path, Node::Folder { mode: chmod.unwrap_or(FOLDER_MODE) });
        } else {
            ensure!(
                entry.file_type().is_file(),
                "{file} is not a regular file\nhelp: replace a link with its target, or use `--engine buildx`"
            );
            layer.file(&path, file.to_owned(), chmod)?;
        }
    }
    Ok(())
}

/// Only on Windows is a backslash a separator.
fn with_slashes(path: &Utf8Path) -> String {
    if cfg!(windows) { path.as_str().replace('\\', "/") } else { path.to_string() }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// 0755 if any x bit is set. Windows has no such bit, so there only `--chmod` makes a file executable.
fn file_mode(metadata: &std::fs::Metadata) -> u32 {
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0 {
        return 0o755;
    }
    let _ = metadata;
    0o644
}

/// The files and folders that a source selects, sorted. As in BuildKit, wildcards may match nothing, but the path before the
/// first wildcard must exist.
fn matching(context: &Utf8Path, pattern: &str) -> Result<Vec<Utf8PathBuf>> {
    let parts: Vec<_> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let (plain, wild) = parts.split_at(parts.iter().position(is_wild).unwrap_or(parts.len()));
    let start = plain.iter().fold(context.to_owned(), |folder, part| folder.join(part));
    ensure!(
        start.exists(),
        "cannot find `{}` in the stage {context}\nhelp: correct the path, or make the file before the image",
        plain.join("/")
    );
    let mut found = vec![start];
    for part in wild {
        let next = found.iter().map(|folder| entries(folder, part)).collect::<Result<Vec<_>>>()?;
        found = next.concat();
    }
    for path in &found {
        let plain = !path.symlink_metadata()?.file_type().is_symlink();
        ensure!(plain, "{path} is a link\nhelp: replace it with its target, or use `--engine buildx`");
    }
    found.sort();
    Ok(found)
}

fn is_wild(part: &&str) -> bool {
    part.contains(['*', '?'])
}

/// The entries of a folder with this name, or that match this wildcard.
fn entries(folder: &Utf8Path, part: &&str) -> Result<Vec<Utf8PathBuf>> {
    let path = folder.join(part);
    match is_wild(part) {
        true if folder.is_dir() => entries_like(folder, part),
        false if path.exists() => Ok(vec![path]),
        _ => Ok(vec![]),
    }
}

fn entries_like(folder: &Utf8Path, pattern: &str) -> Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8()? {
        let entry = entry?;
        if is_like(entry.file_name(), pattern) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

/// `*` stands for any characters, `?` for one. Names have no slash.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut name, mut pattern) = (&name[..], &pattern[..]);
    // What the last star may have to match, and the pattern after it.
    let mut star: Option<(&[char], &[char])> = None;
    loop {
        match (name.split_first(), pattern.split_first(), star) {
            (_, Some(('*', after)), _) => {
                star = Some((name, after));
                pattern = after;
            }
            (Some((ch, rest)), Some((wanted, after)), _) if *wanted == '?' || wanted == ch => {
                (name, pattern) = (rest, after);
            }
            (None, None, _) => return true,
            // No match this way: let the star match one more character.
            (_, _, Some(([_, rest @ ..], after))) => {
                star = Some((rest, after));
                (name, pattern) = (rest, after);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_names() {
        for (name, pattern, expected) in [
            ("a.html", "*.html", true),
            ("a.html", "*", true),
            ("a.html", "?.htm*", true),
            ("a.htmlx", "*.html", false),
            ("ab", "a", false),
            ("aXbXc", "a*b*c", true),
            ("", "*", true),
            ("é", "?", true),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }
}
