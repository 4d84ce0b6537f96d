//! `init`: the project of a new extension.
//!
//! Everything is made under a temporary name, and renamed when it is complete.

mod answers;
mod here;
mod project;
mod source;
mod template;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use fs_err as fs;

use sixfold_base::program::TOOL;
use sixfold_base::scratch::Scratch;
use sixfold_base::{files, git, process, terminal};

pub(crate) use answers::Flags;
pub(crate) use here::convert;
use project::{lock, write};
pub(crate) use source::{Source, references};

/// Creates a project in a folder that does not exist yet or is empty. Returns the number of its files.
pub(crate) fn create(folder: &Utf8Path, flags: Flags, tool: Option<Source>, with_git: bool) -> Result<usize> {
    let name = folder.file_name().with_context(|| format!("{folder} is not a name for a new folder"))?;
    let parent = folder.parent().with_context(|| format!("{folder} has no parent folder"))?;
    must_be_free(folder)?;
    if with_git && which::which("git").is_err() {
        bail!("git was not found, which makes the repository\nhelp: install it, or pass `--no-git`");
    }
    let answers = flags.complete(name)?;
    let tool = tool.map_or_else(source::find, Ok)?;
    fs::create_dir_all(parent)?;
    let partial = Scratch::at(files::partial(folder))?;
    let count = write(partial.path(), &answers, &tool, |_| true)?.len() + 1;
    lock(partial.path(), parent, &tool)?;
    if with_git {
        commit(partial.path())?;
    }
    // Fails if it is not empty any more.
    if folder.exists() {
        fs::remove_dir(folder)?;
    }
    fs::rename(partial.path(), folder)?;
    Ok(count)
}

fn must_be_free(folder: &Utf8Path) -> Result<()> {
    let is_free = match folder.read_dir_utf8() {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => fs::symlink_metadata(folder).is_err(),
    };
    ensure!(
        is_free,
        "{folder} exists and is not an empty folder\nhelp: name a new folder; {TOOL} overwrites nothing"
    );
    Ok(())
}

/// Makes a repository with a first commit.
fn commit(root: &Utf8Path) -> Result<()> {
    let run = |args: &[&str]| {
        let mut git = git::command(root);
        git.args(args);
        process::capture(git, "make a git repository")
    };
    for args in [&["-c", "init.defaultBranch=main", "init", "--quiet"][..], &["add", "--all"]] {
        let output = run(args)?;
        ensure!(
            output.status.success(),
            "git {} failed: {}\nhelp: fix it, or pass `--no-git`",
            args.join(" "),
            output.tail()
        );
    }
    let output = run(&["commit", "--quiet", "--no-gpg-sign", "--message", "Begin the extension"])?;
    if !output.status.success() {
        // Usually there is no name of an author. Nothing is lost.
        terminal::note(format_args!("the first commit is left to you: {}", output.tail()));
    }
    Ok(())
}
