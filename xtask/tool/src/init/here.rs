//! `init --here`: makes the project of an extension out of a clone of this repository.
//!
//! The project is made in a folder of its own, and cargo has to accept it. Only then are files of the clone replaced and
//! removed. All of them are committed, so nothing can be lost.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::scratch::Scratch;
use sixfold_base::{files, git, process, terminal};
use sixfold_model::config;
use sixfold_model::pin::TAG;

use super::answers::{Answers, Flags, backend, confirms, is_interactive};
use super::project::{lock, write};
use super::source::{self, Source};

/// The extension that this repository has as an example.
const SAMPLE: [&str; 7] =
    ["extension/", "ui/", "Cargo.toml", "Dockerfile", "docker-compose.yaml", "icon.svg", "metadata.json"];

/// What the tool consists of. `xtask/` is written anew.
const TOOL_FOLDER: &str = "xtask/";

/// What to do elsewhere.
const NEW: &str = "help: `init DIR` creates a project in a new folder";

/// A clone of this repository.
struct Clone {
    root: Utf8PathBuf,
    /// The commit with the repository as it was published.
    base: String,
    /// The files of the clone, relative to the root.
    tracked: BTreeSet<String>,
    /// Those that the author has changed or added.
    changed: BTreeSet<String>,
}

/// Converts the clone that contains `current`. Asks first, unless `is_confirmed`. Returns the number of files of the project, or
/// `None` if the answer was no.
///
/// Fails if the folder is not in a clone of this repository, and if anything is not committed. Then nothing has changed.
pub(crate) fn convert(
    current: &Utf8Path,
    flags: Flags,
    tool: Option<Source>,
    is_confirmed: bool,
) -> Result<Option<usize>> {
    let clone = Clone::read(current)?;
    let kept = clone.kept();
    clone.list(&kept);
    ensure!(
        is_confirmed || is_interactive(),
        "there is no terminal to ask whether to go on\nhelp: pass `--yes`"
    );
    let answers = clone.answers(flags)?;
    if !is_confirmed && !confirms("Change these files")? {
        return Ok(None);
    }
    let tool = tool.map_or_else(source::find, Ok)?;
    let partial = Scratch::at(files::partial(&clone.root))?;
    let made = clone.make(partial.path(), &kept, &answers, &tool)?;
    clone.take(partial.path(), &made, &kept)?;
    Ok(Some(made.union(&kept).count()))
}

impl Clone {
    fn read(current: &Utf8Path) -> Result<Self> {
        let root = Utf8PathBuf::from(read(current, &["rev-parse", "--show-toplevel"])?.trim_end());
        ensure!(
            root.join("xtask/tool/Cargo.toml").is_file(),
            "{root} is not a clone of Sixfold's repository\n{NEW}"
        );
        let status = read(&root, &["status", "--porcelain"])?;
        let lines: Vec<_> = status.lines().take(5).collect();
        ensure!(
            lines.is_empty(),
            "there are changes that are not committed, such as\n{}\nhelp: commit them first, so that nothing can be lost",
            lines.join("\n")
        );
        let base = base(&root)?;
        let list = |args: &[&str]| -> Result<BTreeSet<_>> {
            Ok(read(&root, args)?.split_terminator('\0').map(str::to_owned).collect())
        };
        let tracked = list(&["ls-files", "-z"])?;
        let changed = list(&["diff", "--name-only", "-z", "--no-renames", "--diff-filter=AMT", &base])?;
        Ok(Self { root, base, tracked, changed })
    }

    /// Whether the author has begun to change the example. Then it is the author's extension, and stays as a whole: its parts
    /// depend on each other.
    fn keeps_sample(&self) -> bool {
        self.changed.iter().any(|path| is_sample(path))
    }

    /// The files that stay as they are.
    fn kept(&self) -> BTreeSet<String> {
        let keeps_sample = self.keeps_sample();
        let is_kept = |path: &&String| {
            let is_authors = self.changed.contains(*path) || keeps_sample && is_sample(path);
            is_authors && !path.starts_with(TOOL_FOLDER) && *path != "Cargo.lock"
        };
        self.tracked.iter().filter(is_kept).cloned().collect()
    }

    /// Says what will happen.
    fn list(&self, kept: &BTreeSet<String>) {
        let mut folders = BTreeMap::<&str, usize>::new();
        for path in self.tracked.difference(kept) {
            *folders.entry(path.split_once('/').map_or(path, |(folder, _)| folder)).or_default() += 1;
        }
        terminal::line("These files are removed, or replaced by those of a new project:");
        for (name, count) in folders {
            let is_folder = !self.tracked.contains(name);
            let count = if is_folder { format!("/ ({count} files)") } else { String::new() };
            terminal::line(format_args!("  {name}{count}"));
        }
        let changed: Vec<_> = kept.intersection(&self.changed).collect();
        if !changed.is_empty() {
            terminal::line(format_args!("These were changed since {:.10}, and are kept:", self.base));
            changed.iter().for_each(|path| terminal::line(format_args!("  {path}")));
        }
        if self.keeps_sample() {
            terminal::note("the rest of the example stays, too, because the changed files may need it");
        }
    }

    /// The answers of the author. A kept example has its own.
    fn answers(&self, flags: Flags) -> Result<Answers> {
        if !self.keeps_sample() {
            return flags.complete(self.root.file_name().unwrap_or_default());
        }
        let (config, _) = config::read(&self.root.join("Cargo.toml"))?;
        let bin = config.binaries.keys().next().map_or("extension", |name| name.as_str()).to_owned();
        let title = config.labels.title.unwrap_or_else(|| bin.clone());
        let ui: &[_] = if config.ui.is_some() { &["ui", "react"] } else { &[] };
        let chosen = [ui, backend(config.backend.is_some(), config.ui.is_some()), flags.ci()].concat();
        let vendor = config.labels.vendor.unwrap_or_default();
        Ok(Answers { bin, image: config.image.as_str().to_owned(), title, vendor, chosen })
    }

    /// Makes the project in an empty folder. Returns the files that are new or different.
    fn make(
        &self,
        partial: &Utf8Path,
        kept: &BTreeSet<String>,
        answers: &Answers,
        tool: &Source,
    ) -> Result<BTreeSet<String>> {
        for path in kept {
            let to = partial.join(path);
            fs::create_dir_all(to.parent().unwrap_or(partial))?;
            fs::copy(self.root.join(path), to)?;
        }
        let keeps_sample = self.keeps_sample();
        let is_new = |path: &str| !(kept.contains(path) || keeps_sample && is_sample(path));
        let mut made = write(partial, answers, tool, is_new)?;
        if keeps_sample {
            let manifest = partial.join("Cargo.toml");
            fs::write(&manifest, without_tool(&fs::read_to_string(&manifest)?))?;
            made.insert("Cargo.toml".to_owned());
        }
        lock(partial, self.root.parent().unwrap_or(&self.root), tool)?;
        made.insert("Cargo.lock".to_owned());
        Ok(made)
    }

    /// Moves what was made into the clone, and removes the rest.
    fn take(&self, partial: &Utf8Path, made: &BTreeSet<String>, kept: &BTreeSet<String>) -> Result<()> {
        for path in self.tracked.iter().filter(|path| !made.contains(*path) && !kept.contains(*path)) {
            fs::remove_file(self.root.join(path))?;
            // A folder that is not empty is not removed.
            let folders =
                Utf8Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_str().is_empty());
            folders.map(|folder| self.root.join(folder)).all(|folder| std::fs::remove_dir(folder).is_ok());
        }
        for path in made {
            let to = self.root.join(path);
            fs::create_dir_all(to.parent().unwrap_or(&self.root))?;
            fs::rename(partial.join(path), to)?;
        }
        Ok(())
    }
}

fn is_sample(path: &str) -> bool {
    SAMPLE.iter().any(|part| path == *part || part.ends_with('/') && path.starts_with(part))
}

/// The newest commit that the author did not make, as far as that can be known: a release of the tool, or the last commit that
/// changed the tool.
fn base(root: &Utf8Path) -> Result<String> {
    let pattern = format!("{TAG}*");
    let tag = read(root, &["describe", "--tags", "--abbrev=0", "--match", &pattern]);
    let base = tag.or_else(|_| read(root, &["log", "-1", "--format=%H", "--", TOOL_FOLDER]))?;
    Ok(base.trim_end().to_owned())
}

/// The manifest of the workspace without the packages of the tool and their profiles.
fn without_tool(manifest: &str) -> String {
    let is_tools = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("\"xtask/")
            || ["sixfold", "lzma-rust2"].iter().any(|name| line.starts_with(name) && line.contains(" = { "))
            || line.contains("compiled with `fetch` only")
    };
    manifest.lines().filter(|line| !is_tools(line)).flat_map(|line| [line, "\n"]).collect()
}

/// What git answers.
fn read(folder: &Utf8Path, args: &[&str]) -> Result<String> {
    let mut git = git::command(folder);
    git.args(args);
    process::read(git, "look at the clone")
        .context(format!("this is not a clone of Sixfold's repository\n{NEW}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_this_repository_keeps_only_what_the_extension_needs() {
        let manifest = include_str!("../../../../Cargo.toml");
        let rest = without_tool(manifest);
        let table: toml::Table = rest.parse().unwrap();
        let members: Vec<_> = table["workspace"]["members"].as_array().unwrap().iter().collect();
        assert!(members.iter().all(|member| !member.as_str().unwrap().starts_with("xtask/")), "{members:?}");
        assert!(members.len() >= 2, "{members:?}");
        let mut files = crate::init::template::files(&[], &[("BIN", "b")], &[]);
        let (_, template) = files.find(|(path, _)| *path == "Cargo.toml").unwrap();
        let template: toml::Table = template.parse().unwrap();
        assert_eq!(table["profile"], template["profile"]);
    }
}
