//! Signs copies of the binaries, between compiling and verifying. The files that cargo or a command has built stay as they are.
//!
//! The commands are the author's. What they leave is not trusted: each file has to have a signature with a certificate, and
//! nothing else in the stage may have changed.

mod command;
pub(crate) mod image;
pub(crate) mod secrets;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use walkdir::WalkDir;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::{files, pool, process, terminal};
use sixfold_judge::{HostFile, Identity};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::HostOs;
use sixfold_model::sign::SignCommand;
use sixfold_model::stage as layout;
use sixfold_project::plan::{PlannedCell, Signing};

use command::{Call, find};
use secrets::Secrets;

pub(crate) use verify::verify;

/// The folder for the copies, in the dist folder.
const NAME: &str = "sign";

/// A binary and the copy of it that is signed.
struct Copy<'a> {
    cell: &'a PlannedCell,
    os: HostOs,
    command: &'a SignCommand,
    /// In the stage.
    staged: Utf8PathBuf,
    /// In a folder of its own, under the name that it has in the image, because some tools put that into the signature.
    copy: Utf8PathBuf,
    /// For commands that write another file.
    out: Utf8PathBuf,
}

/// Fails if a program or a secret is missing, before any long work starts.
pub(crate) fn ready(signing: Option<&Signing>) -> Result<()> {
    let Some(signing) = signing else { return Ok(()) };
    for (key, command) in signing.keys() {
        find(signing, key, command)?;
        command.secrets().into_iter().try_for_each(|name| secrets::read(name, &signing.table()).map(drop))?;
    }
    Ok(())
}

/// Signs the cells that are signed on this machine, in the stage below `root`.
///
/// Fails when a command fails, takes too long, leaves a file without a valid signature of the right signer, or changes another
/// file. Then the other commands are ended.
pub(crate) fn run(
    signing: &Signing,
    cells: &[PlannedCell],
    root: &Utf8Path,
    dist: &DistFolder,
) -> Result<()> {
    let start = Instant::now();
    let work = dist.partial(NAME);
    files::remove(&work)?;
    let commands: BTreeMap<_, _> = signing.commands().collect();
    let here = cells.iter().filter(|cell| cell.is_signed_here());
    let copies: Vec<_> = here
        .filter_map(|cell| {
            let (os, path) = (cell.os.host()?, layout::cell(&cell.cell()));
            let (staged, copy) = (root.join(&path), work.join("in").join(&path));
            let out = work.join("out").join(&path);
            Some(Copy { cell, os, command: commands.get(&os)?, staged, copy, out })
        })
        .collect();
    let names: Vec<_> = commands.values().map(|command| format!("`{}`", command.program())).collect();
    terminal::step("Signing", format_args!("{} binaries with {}", copies.len(), names.join(" and ")));
    let secrets = Secrets::new(signing)?;
    let before = digests(root)?;
    let identities = sign_all(&copies, signing, &secrets)?;
    must_be_unchanged(&before, &digests(root)?, signing)?;
    for copy in &copies {
        // The mode of the file in the stage stays. It is verified there again.
        fs::write(&copy.staged, fs::read(copy.result())?)?;
    }
    files::remove(&work)?;
    show_notes(&copies, &identities);
    terminal::step("Signed", format_args!("{} binaries in {}", copies.len(), terminal::elapsed(start)));
    Ok(())
}

/// Signs all at the same time. The first failure ends the others, and is the one that is reported.
fn sign_all(copies: &[Copy<'_>], signing: &Signing, secrets: &Secrets) -> Result<Vec<Identity>> {
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let result = pool::map(copies, pool::processors(), |copy| {
        copy.sign(signing, secrets).map_err(|error| {
            failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            process::end_all();
        })
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    result.map_err(|()| failed.unwrap_or_else(|| anyhow!("the binaries were not signed")))
}

impl Copy<'_> {
    /// The file that the command signs or writes.
    fn result(&self) -> &Utf8Path {
        if self.command.has_out() { &self.out } else { &self.copy }
    }

    fn sign(&self, signing: &Signing, secrets: &Secrets) -> Result<Identity> {
        let Self { cell, os, command, staged, copy, out } = self;
        let what = cell.cell().to_string();
        for path in [copy, out] {
            fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        }
        fs::copy(staged, copy)?;
        let (key, subject) = (os.as_str(), copy.as_str());
        Call { what: &what, key, command, subject, out }.run(signing, secrets)?;
        let (result, name, table) = (self.result(), command.program(), signing.table());
        if !fs::symlink_metadata(result).is_ok_and(|metadata| metadata.is_file()) {
            let slot = if command.has_out() { "{out}" } else { "{file}" };
            bail!("cannot sign {what}: `{name}` left no file at {slot}\nhelp: correct `{os}` in {table}");
        }
        let content = fs::read(result)?;
        if content == fs::read(staged)? {
            bail!("{what} is not signed: `{name}` did not change it\nhelp: correct `{os}` in {table}");
        }
        verify(cell, &HostFile::parse(cell.path.base_name(), &content), true)
    }
}

/// Says what the signatures lack that users or Apple may require.
fn show_notes(copies: &[Copy<'_>], identities: &[Identity]) {
    let lacks = |os: HostOs, is_lacking: fn(&Identity) -> bool| {
        copies.iter().zip(identities).any(|(copy, identity)| copy.os == os && is_lacking(identity))
    };
    for os in HostOs::ALL {
        if lacks(os, |identity| !identity.timestamp) {
            terminal::note(format_args!(
                "the signatures for {os} have no time stamp: they expire with the certificate"
            ));
        }
        if lacks(os, |identity| identity.hardened_runtime == Some(false)) {
            terminal::note(format_args!(
                "the signatures for {os} do not turn on the hardened runtime, which Apple requires to notarise"
            ));
        }
    }
}

/// The digest of every file below a folder.
fn digests(root: &Utf8Path) -> Result<BTreeMap<String, Digest>> {
    let mut digests = BTreeMap::new();
    for entry in WalkDir::new(root) {
        let entry = entry?;
        let path = Utf8Path::from_path(entry.path()).context("a file's name is not UTF-8")?;
        if !entry.file_type().is_dir() {
            digests.insert(path.strip_prefix(root)?.to_string(), Digest::of(&fs::read(path)?));
        }
    }
    Ok(digests)
}

fn must_be_unchanged(
    before: &BTreeMap<String, Digest>,
    after: &BTreeMap<String, Digest>,
    signing: &Signing,
) -> Result<()> {
    let paths = before.keys().chain(after.keys());
    let Some(path) = paths.into_iter().find(|path| before.get(*path) != after.get(*path)) else {
        return Ok(());
    };
    let verb = match (before.contains_key(path), after.contains_key(path)) {
        (true, true) => "changed",
        (true, false) => "removed",
        _ => "added",
    };
    bail!(
        "a command in {} {verb} another file of the image, {}\n\
         help: let it change only `{{file}}` and `{{out}}`",
        signing.table(),
        path.escape_debug()
    )
}
