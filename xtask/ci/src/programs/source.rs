//! The source of a published program, made into an extension.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use walkdir::{DirEntry, WalkDir};

use super::manifest::Program;
use crate::compatibility::project::{DOCKERFILE, PROFILE, metadata};
use crate::process;

const HOSTS: [&str; 3] = ["darwin", "windows", "linux"];

/// Writes the extension into `folder`.
pub(crate) fn write(name: &str, program: &Program, folder: &Utf8Path) -> Result<()> {
    let version = &program.version;
    let downloaded = download(name, version).with_context(|| format!("cannot download {name} {version}"))?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    copy(&downloaded, folder)?;
    let manifest = folder.join("Cargo.toml");
    let mut text = fs::read_to_string(&manifest)?;
    text.push_str(&format!(
        "\n[workspace]\n[workspace.package]\nversion = \"{version}\"\n\
         \n[workspace.metadata.extension]\nimage = \"example/{name}\"\n\
         \n[workspace.metadata.extension.binaries.{}]\nhosts = {HOSTS:?}\n\
         \n[profile.{PROFILE}]\ninherits = \"dev\"\ndebug = 0\nincremental = false\n",
        program.binary
    ));
    fs::write(manifest, text)?;
    fs::write(folder.join("Dockerfile"), DOCKERFILE)?;
    fs::write(folder.join("icon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")?;
    let hosts = HOSTS.map(String::from);
    Ok(fs::write(folder.join("metadata.json"), metadata(std::slice::from_ref(&program.binary), &hosts))?)
}

/// The folder of the crate in cargo's registry. `cargo info` downloads a crate to describe it. As a dependency, cargo would ignore
/// a crate without a library.
fn download(name: &str, version: &str) -> Result<Utf8PathBuf> {
    let mut info = process::command("cargo", "install Rust with rustup")?;
    info.args(["info", "--quiet", "--registry", "crates-io", &format!("{name}@{version}")]);
    process::read_stdout(info.current_dir(std::env::temp_dir()))?;
    let sources = cargo_home()?.join("registry/src");
    let folders =
        sources.read_dir_utf8()?.flatten().map(|registry| registry.path().join(format!("{name}-{version}")));
    folders
        .into_iter()
        .find(|folder| folder.is_dir())
        .with_context(|| format!("it is in no folder of {sources}"))
}

fn cargo_home() -> Result<Utf8PathBuf> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => home.into(),
        None => std::env::home_dir().context("there is no home folder")?.join(".cargo"),
    };
    Ok(home.try_into()?)
}

/// Copies a folder, but not the files that choose the toolchain and the flags of its own releases.
fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    let is_wanted = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        name != ".cargo" && !name.starts_with("rust-toolchain")
    };
    for entry in WalkDir::new(from).into_iter().filter_entry(is_wanted) {
        let entry = entry?;
        let path = Utf8Path::from_path(entry.path()).context("a path is not UTF-8")?;
        let to = to.join(path.strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(to)?;
        } else {
            fs::copy(path, to)?;
        }
    }
    Ok(())
}
