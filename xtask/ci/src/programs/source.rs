//! The source of a published program, made into an extension.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::MetadataCommand;
use fs_err as fs;
use walkdir::WalkDir;

use super::manifest::Program;
use crate::compatibility::project::{DOCKERFILE, PROFILE, metadata};

const HOSTS: [&str; 3] = ["darwin", "windows", "linux"];

/// Writes the extension into `folder`. Cargo downloads the crate, as a dependency of an empty package.
pub(crate) fn write(name: &str, program: &Program, folder: &Utf8Path) -> Result<()> {
    let version = &program.version;
    let downloaded =
        download(name, version, folder).with_context(|| format!("cannot download {name} {version}"))?;
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

/// The folder of the crate in cargo's registry.
fn download(name: &str, version: &str, folder: &Utf8Path) -> Result<Utf8PathBuf> {
    let empty = folder.with_extension("download");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("src/lib.rs"), "")?;
    let text = format!(
        "[workspace]\n[package]\nname = \"download\"\nedition = \"2024\"\n[dependencies]\n{name} = \"={version}\"\n"
    );
    fs::write(empty.join("Cargo.toml"), text)?;
    let graph = MetadataCommand::new().current_dir(&empty).exec()?;
    let package = graph.packages.iter().find(|package| package.name.as_str() == name);
    let manifest = &package.context("cargo does not list it")?.manifest_path;
    Ok(manifest.parent().context("its manifest is in no folder")?.to_owned())
}

/// Copies a folder, but no file that would choose another toolchain.
fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let path = Utf8Path::from_path(entry.path()).context("a path is not UTF-8")?;
        let to = to.join(path.strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(to)?;
        } else if !entry.file_name().to_string_lossy().starts_with("rust-toolchain") {
            fs::copy(path, to)?;
        }
    }
    Ok(())
}
