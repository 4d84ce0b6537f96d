//! Windows by rust-lld, with our import libraries and runtime, compared with zig: what it costs on a new machine, and later.
//!
//! zig itself stays installed. The C runtime that it compiles, and everything that the tool makes for rust-lld, is removed before
//! the first link.

use std::process::Command;

use anyhow::Result;
use camino::Utf8PathBuf;

use super::sandbox::{Sandbox, remove};
use super::stopwatch::Sample;
use super::table::{Limit, Measured, Row};
use super::times::{Times, alternate};
use crate::compatibility::project::{DOCKERFILE, linker_for_windows};

const MANIFEST: &str = "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n\
                        [workspace.package]\nversion = \"1.0.0\"\ndescription = \"Empty\"\n\n\
                        [workspace.metadata.extension]\nimage = \"example/empty\"\n\n\
                        [workspace.metadata.extension.labels]\ntitle = \"Empty\"\nvendor = \"Example\"\napi-version = \">= 0.3.4\"\n\n\
                        [workspace.metadata.extension.binaries.empty]\nhosts = [\"windows\"]\n";
const METADATA: &str =
    r#"{"icon": "icon.svg", "host": {"binaries": [{"windows": [{"path": "/windows/empty.exe"}]}]}}"#;

/// An extension whose Windows binaries are linked in one way, with a cache of its own.
struct Project<'a> {
    sandbox: &'a Sandbox,
    folder: Utf8PathBuf,
    cache: Utf8PathBuf,
    linker: &'static str,
}

pub(crate) fn all(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.build("xtask")?;
    let projects = ["rust-lld", "zig"].map(|linker| Project::empty(sandbox, linker));
    let [ours, zig] = projects;
    let (ours, zig) = (ours?, zig?);
    zig.dist("to install zig")?;
    let first = alternate(runs, |_| ours.first_dist(), |_| zig.first_dist())?;
    let later = alternate(runs, |run| ours.edit_and_dist(run), |run| zig.edit_and_dist(run))?;
    let notes = vec![ours.sizes()?, zig.sizes()?];
    // The tool has to be built before, as in every clone.
    let samples = ["rust-lld", "zig"].map(|linker| Project::sample(sandbox, linker));
    let [ours, zig] = samples;
    let (ours, zig) = (ours?, zig?);
    let clone = alternate(runs, |_| ours.first_dist(), |_| zig.first_dist())?;
    let rows = vec![
        row("first `dist` of an empty program for both Windows targets", first, Some(Limit::Seconds(3.0))),
        row("`dist` of it after an edit", later, None),
        row("first `dist` of the sample in a fresh clone", clone, Some(Limit::CpuRatio(0.75))),
    ];
    Ok(Some(Measured { rows, notes }))
}

fn row(what: &str, (ours, theirs): (Times, Times), limit: Option<Limit>) -> Row {
    Row { what: format!("{what}, by rust-lld"), ours, against: "by zig".to_owned(), theirs, limit }
}

impl<'a> Project<'a> {
    fn empty(sandbox: &'a Sandbox, linker: &'static str) -> Result<Self> {
        let folder = sandbox.temporary(&format!("empty-{linker}"))?;
        fs_err::create_dir_all(folder.join("src"))?;
        fs_err::write(folder.join("src/main.rs"), "fn main() {}\n")?;
        fs_err::write(folder.join("Cargo.toml"), MANIFEST.to_owned() + &linker_for_windows(linker))?;
        fs_err::write(folder.join("metadata.json"), METADATA)?;
        fs_err::write(folder.join("Dockerfile"), DOCKERFILE)?;
        fs_err::copy(sandbox.root.join("icon.svg"), folder.join("icon.svg"))?;
        Self::in_folder(sandbox, folder, linker)
    }

    /// A clone of this repository. Its tool stays unused: the one of the sandbox runs in it.
    fn sample(sandbox: &'a Sandbox, linker: &'static str) -> Result<Self> {
        let folder = sandbox.temporary(&format!("sample-{linker}"))?;
        let mut git = sandbox.command("git")?;
        git.args(["clone", "--quiet", "--no-hardlinks", sandbox.root.as_str(), folder.as_str()]);
        sandbox.time("git clone", &mut git)?;
        let manifest = folder.join("Cargo.toml");
        let text = fs_err::read_to_string(&manifest)?;
        fs_err::write(&manifest, text + &linker_for_windows(linker))?;
        Self::in_folder(sandbox, folder, linker)
    }

    fn in_folder(sandbox: &'a Sandbox, folder: Utf8PathBuf, linker: &'static str) -> Result<Self> {
        // Both have the same zig, which is kept.
        let cache = sandbox.kept.join(format!("cache-of-{linker}"));
        Ok(Self { sandbox, folder, cache, linker })
    }

    fn command(&self) -> Result<Command> {
        let mut dist = self.sandbox.command(self.sandbox.program("xtask")?.as_str())?;
        dist.arg("dist").current_dir(&self.folder).env("SIXFOLD_CACHE", &self.cache);
        Ok(dist)
    }

    fn dist(&self, what: &str) -> Result<Sample> {
        self.sandbox.time(&format!("dist with {}, {what}", self.linker), &mut self.command()?)
    }

    /// With nothing compiled, and nothing in the cache but zig itself.
    fn first_dist(&self) -> Result<Sample> {
        ["target", "ui/node_modules", "ui/build"]
            .iter()
            .try_for_each(|path| remove(&self.folder.join(path)))?;
        if self.cache.is_dir() {
            for entry in self.cache.read_dir_utf8()? {
                let path = entry?.into_path();
                if !path.file_name().is_some_and(|name| name.starts_with("ziglang-")) {
                    remove(&path)?;
                }
            }
        }
        self.dist("first")
    }

    fn edit_and_dist(&self, run: usize) -> Result<Sample> {
        fs_err::write(
            self.folder.join("src/main.rs"),
            format!("fn main() {{ std::process::exit({run}) }}\n"),
        )?;
        self.dist("edited")
    }

    /// A sentence about the sizes of the empty program.
    fn sizes(&self) -> Result<String> {
        let size = |arch: &str| {
            let path = format!("target/dist/stage/{arch}/windows/empty.exe");
            Ok::<_, anyhow::Error>(fs_err::metadata(self.folder.join(path))?.len())
        };
        let (amd64, arm64) = (size("amd64")?, size("arm64")?);
        Ok(format!("The empty program by {}: {amd64} bytes for amd64, {arm64} bytes for arm64.", self.linker))
    }
}
