//! The page: built by the author's own command, and only when something that it is made of has changed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use camino::Utf8Path;
use fs_err as fs;
use sha2::{Digest as _, Sha256};
use walkdir::{DirEntry, WalkDir};
use xshell::{Shell, cmd};

use sixfold_base::disk;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::process;
use sixfold_base::process::Output;
use sixfold_base::terminal;
use sixfold_model::digest::Digest;
use sixfold_model::values::CommandLine;
use sixfold_project::plan::Ui;

/// Scripts that Node.js runs: where they are and it is not, they do not start.
const OF_NODE: [&str; 4] = ["npm", "npx", "pnpm", "yarn"];
/// What is remembered of a build: digests of what went in and of what came out.
const BUILT: &str = "ui.built";
/// The same for the installation of packages.
const INSTALLED: &str = "ui.installed";

/// Brings the page's output up to date.
///
/// Fails when a tool is missing, when the build fails (its whole output is shown), and when it leaves no output.
pub(crate) fn run(sh: &Shell, ui: &Ui, dist: &DistFolder) -> Result<()> {
    let start = Instant::now();
    let inputs = digest_of(&ui.dir, &ui.build, |entry| is_input(entry, &ui.output))?;
    if ui.output.is_dir() && remembered(dist, BUILT) == Some(format!("{inputs}\n{}", output_digest(ui)?)) {
        terminal::step("Fresh", format_args!("page in {}", ui.output));
        return Ok(());
    }
    terminal::step("Building", format_args!("the page: {}", ui.build));
    install(sh, ui, dist)?;
    work(sh, ui, &ui.build, "build the page")?;
    if !ui.output.is_dir() {
        bail!(
            "`{}` left no folder {}: mend `output` in [workspace.metadata.extension.ui]",
            ui.build,
            ui.output
        );
    }
    dist.write(BUILT, format!("{inputs}\n{}", output_digest(ui)?).as_bytes())?;
    terminal::step("Built", format_args!("the page in {}", terminal::elapsed(start)));
    Ok(())
}

/// Fails when a program that builds the page is missing, before anything long is begun.
pub(crate) fn ready(ui: &Ui) -> Result<()> {
    programs(ui).into_iter().try_for_each(|name| find(name).map(drop))
}

/// The programs that build the page, and Node.js where it runs one of them.
pub(crate) fn programs(ui: &Ui) -> BTreeSet<&str> {
    let mut names: BTreeSet<_> =
        ui.install.iter().chain([&ui.build]).map(|line| line.program.as_str()).collect();
    if OF_NODE.iter().any(|name| names.contains(name)) {
        names.insert("node");
    }
    names
}

/// The full path of a program: on Windows npm is npm.cmd, which starts only by that.
fn find(name: &str) -> Result<PathBuf> {
    which::which(name).with_context(|| {
        format!(
            "cannot build the page: {name} is not on this machine; install it (Node.js brings node and npm)"
        )
    })
}

/// Fetches the page's packages when package.json or a lock file has changed since the last time.
pub(crate) fn install(sh: &Shell, ui: &Ui, dist: &DistFolder) -> Result<()> {
    let Some(line) = &ui.install else { return Ok(()) };
    let is_manifest = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || name == "package.json" || name.contains("lock")
    };
    let manifests = digest_of(&ui.dir, line, |entry| entry.depth() < 2 && is_manifest(entry))?.to_string();
    if ui.dir.join("node_modules").is_dir() && remembered(dist, INSTALLED).as_ref() == Some(&manifests) {
        return Ok(());
    }
    // Half-fetched packages must not look like fetched ones to the next run.
    dist.forget(INSTALLED)?;
    let purpose = "fetch the packages of the page";
    // A lock file pins what is fetched, so npm's cache may be of any age: asking the registry about each package would take
    // longer than unpacking it. Where that fails, the cache lacks something.
    let by_cache = ("npm_config_prefer_offline", "true");
    let is_pinned = line.program == "npm" && line.args.first().is_some_and(|verb| verb == "ci");
    if ui.offline || !is_pinned || !start(sh, ui, line, purpose, Some(by_cache))?.status.success() {
        work(sh, ui, line, purpose)?;
    }
    dist.write(INSTALLED, manifests.as_bytes())?;
    Ok(())
}

/// Runs a command of the author and fails with it. It works beside cargo, so its output is kept, and shown only then.
fn work(sh: &Shell, ui: &Ui, line: &CommandLine, purpose: &str) -> Result<()> {
    let offline = ui.offline.then_some(("npm_config_offline", "true"));
    let output = start(sh, ui, line, purpose, offline)?;
    if output.status.success() {
        return Ok(());
    }
    let said = output.stdout + &output.stderr;
    terminal::line(&said);
    let error =
        anyhow!("cannot {purpose}: `{line}` in {} ended with {}; its output is above", ui.dir, output.status);
    Err(disk::after(error, &said))
}

/// Runs a command of the author in the page's folder, with a setting for npm.
fn start(
    sh: &Shell,
    ui: &Ui,
    line: &CommandLine,
    purpose: &str,
    setting: Option<(&str, &str)>,
) -> Result<Output> {
    let program = find(&line.program)?;
    let args = &line.args;
    let _dir = sh.push_dir(&ui.dir);
    process::capture(cmd!(sh, "{program} {args...}").envs(setting), purpose)
}

fn is_input(entry: &DirEntry, output: &Utf8Path) -> bool {
    entry.path() != output && !matches!(entry.file_name().to_str(), Some("node_modules" | ".git"))
}

fn output_digest(ui: &Ui) -> Result<Digest> {
    digest_of(&ui.output, &ui.build, |_| true)
}

/// A digest of the command and of the names and contents of all files below `dir` that `counts` lets through.
fn digest_of(dir: &Utf8Path, line: &CommandLine, counts: impl FnMut(&DirEntry) -> bool) -> Result<Digest> {
    let mut hasher = Sha256::new_with_prefix(line.to_string());
    for entry in WalkDir::new(dir).sort_by_file_name().into_iter().filter_entry(counts) {
        let entry = entry.with_context(|| format!("cannot read the page's folder {dir}"))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let content = match entry.file_type() {
            kind if kind.is_file() => fs::read(entry.path())?,
            // An editor's lock is a link to nowhere: where it points to is all that can be said of it.
            kind if kind.is_symlink() => fs::read_link(entry.path())?.into_os_string().into_encoded_bytes(),
            _ => continue,
        };
        hasher.update(entry.path().as_os_str().as_encoded_bytes());
        hasher.update(content.len().to_le_bytes());
        hasher.update(content);
    }
    Ok(Digest::finish(hasher))
}

fn remembered(dist: &DistFolder, name: &str) -> Option<String> {
    fs::read_to_string(dist.join(name)).ok()
}
