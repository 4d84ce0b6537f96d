//! The manifest of a folder with cells.

use std::io::Read as _;

use anyhow::{Context as _, Result, anyhow, ensure};
use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use sixfold_base::files;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Target;

/// The file's name in the folder.
pub const MANIFEST: &str = "manifest.json";
/// Changes with the meaning of a field.
const FORMAT: u32 = 1;
/// In bytes; an entry has about two hundred.
const LONGEST: u64 = 1 << 20;

/// What a folder with cells has, and the plan that it was made for.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    pub(crate) plan: Digest,
    pub(crate) files: Vec<Entry>,
}

/// A verified binary.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Relative to the folder, with `/`; the same as in the stage.
    pub path: String,
    pub target: Target,
    /// In bytes.
    pub size: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

/// The only field that every format has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Manifest {
    pub fn new(plan: Digest, files: Vec<Entry>) -> Self {
        Self { format: FORMAT, plan, files }
    }

    /// Reads the manifest of a folder. Fails when it is too long, is not UTF-8 or JSON, and when it has another format.
    pub(crate) fn read(folder: &Utf8Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = read(&path)?;
        let broken =
            |error| anyhow!("cannot use {path}: {error}\nhelp: build the folder again, and copy it as it is");
        let Format { format } = serde_json::from_str(&text).map_err(broken)?;
        ensure!(
            format == FORMAT,
            "cannot use {path}: it has format {format}, not {FORMAT}\n\
             help: use the same version of Sixfold on every machine"
        );
        serde_json::from_str(&text).map_err(broken)
    }
}

fn read(path: &Utf8Path) -> Result<String> {
    const HELP: &str = "help: name a folder that `dist --only` wrote";
    let mut text = String::new();
    let file = files::open_regular(path);
    let read = file.and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
    let length = read.with_context(|| format!("cannot read {path}\n{HELP}"))?;
    ensure!(length as u64 <= LONGEST, "cannot use {path}: it is longer than {LONGEST} bytes\n{HELP}");
    Ok(text)
}
