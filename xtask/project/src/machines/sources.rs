//! The digest of a plan: the same on every machine that builds the same binaries from the same sources.
//!
//! It covers the files of the git repository as git would commit them now (so line endings and modes do not depend on the system),
//! Cargo.lock, the versions of rustc and of Sixfold, the profile and the oldest macOS. Files that git ignores, crates outside of
//! the repository, and cargo's settings outside of it are not covered.

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::scratch::Scratch;
use sixfold_base::{git, process};
use sixfold_model::digest::Digest;

use crate::machine::Machine;
use crate::project::Project;

/// The digest of a build with this profile. The folders in `from` are not sources. Fails when the project is not in a git repository.
pub(crate) fn digest(
    project: &Project,
    machine: &Machine,
    profile: &str,
    from: &[Utf8PathBuf],
) -> Result<Digest> {
    let outputs = [&project.workspace.target_directory].into_iter().chain(from);
    let sources = tree(&project.root, outputs)?;
    // Git may ignore it.
    let lock = fs::read_to_string(project.root.join("Cargo.lock")).unwrap_or_default().replace("\r\n", "\n");
    let parts = [
        env!("CARGO_PKG_VERSION"),
        machine.rust.as_ref().map_or("", |rust| &rust.version),
        machine.settings.macos_deployment_target()?,
        profile,
        &sources,
        &lock,
    ];
    Ok(Digest::of(serde_json::to_string(&parts)?.as_bytes()))
}

/// The id of the tree that git would commit for the whole repository, without these folders. The index of the author stays as it
/// is, and objects go to a temporary folder.
fn tree<'a>(root: &Utf8Path, outputs: impl Iterator<Item = &'a Utf8PathBuf>) -> Result<String> {
    let scratch = Scratch::new()?;
    let mut ask = git::command(root);
    ask.args(["rev-parse", "--show-toplevel", "--git-path", "index", "--git-path", "objects"]);
    let asked = process::capture(ask, "ask git for the sources; install git")?;
    let mut lines = asked.stdout.lines();
    let (true, Some(top), Some(index), Some(objects)) =
        (asked.status.success(), lines.next(), lines.next(), lines.next())
    else {
        anyhow::bail!(
            "cannot tell whether two machines have the same sources: {root} is not in a git repository\n\
             help: run `git init`, and commit the project"
        );
    };
    if root.join(index).is_file() {
        fs::copy(root.join(index), scratch.path().join("index"))?;
    }
    fs::create_dir_all(scratch.path().join("objects/info"))?;
    let alternate = root.join(objects).canonicalize_utf8()?;
    fs::write(scratch.path().join("objects/info/alternates"), format!("{alternate}\n"))?;
    fs::write(scratch.path().join("excluded"), excluded(Utf8Path::new(top), outputs)?)?;
    git_with(&scratch, Utf8Path::new(top), &["add", "--all"])?;
    let tree = git_with(&scratch, Utf8Path::new(top), &["write-tree"])?;
    ensure!(!tree.trim().is_empty(), "`git write-tree` printed nothing");
    Ok(tree.trim().to_owned())
}

fn git_with(scratch: &Scratch, top: &Utf8Path, args: &[&str]) -> Result<String> {
    let mut git = git::command(top);
    git.env("GIT_INDEX_FILE", scratch.path().join("index"));
    git.env("GIT_OBJECT_DIRECTORY", scratch.path().join("objects"));
    git.args(["-c", "core.fsmonitor=false", "-c"]);
    git.arg(format!("core.excludesFile={}", scratch.path().join("excluded"))).args(args);
    process::read(git, "let git list the sources")
}

/// Lines of a .gitignore for the folders in the repository. They take the place of the author's own list for all repositories,
/// which other machines do not have.
fn excluded<'a>(top: &Utf8Path, folders: impl Iterator<Item = &'a Utf8PathBuf>) -> Result<String> {
    let top = top.canonicalize_utf8().with_context(|| format!("cannot read {top}"))?;
    let mut lines = ".DS_Store\n".to_owned();
    for folder in folders {
        let Ok(folder) = folder.canonicalize_utf8() else { continue };
        let Ok(inside) = folder.strip_prefix(&top) else { continue };
        lines.push('/');
        for letter in inside.as_str().replace('\\', "/").chars() {
            if "*?[]! #".contains(letter) {
                lines.push('\\');
            }
            lines.push(letter);
        }
        lines.push('\n');
    }
    Ok(lines)
}
