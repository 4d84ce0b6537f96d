//! The blobs of a stored image: files of a folder, or entries of a tar archive, which is not unpacked.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek as _, SeekFrom};

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err::{self as fs, File};
use tar::Archive;

/// The most entries of an archive: an image has some dozens of blobs.
const ENTRIES: usize = 100_000;

/// Files by relative path, with `/`.
pub(super) enum Blobs {
    Folder(Utf8PathBuf),
    Archive { path: Utf8PathBuf, entries: BTreeMap<String, Entry> },
}

pub(super) enum Entry {
    /// Where the bytes are in the archive, and how many.
    At(u64, u64),
    /// `docker save` of old writes a layer that comes twice as a link to the first.
    Link(String),
}

impl Blobs {
    /// Reads where each entry of an archive is. Fails for what is no tar archive.
    pub(super) fn archive(path: &Utf8Path) -> Result<Self> {
        let mut start = vec![];
        File::open(path)?.take(4).read_to_end(&mut start)?;
        if start.starts_with(&[0x1f, 0x8b]) || start == [0x28, 0xb5, 0x2f, 0xfd] {
            bail!("{path} is compressed: unpack it with gunzip or unzstd first");
        }
        let broken = || format!("{path} is no tar archive of an image, or a broken one");
        let mut archive = Archive::new(std::fs::File::open(path).with_context(broken)?);
        let mut entries = BTreeMap::new();
        // Raw: no name of an image's parts is long enough to need an extension, and an extension can be huge.
        for entry in archive.entries_with_seek().with_context(broken)?.raw(true) {
            let entry = entry.with_context(broken)?;
            let kind = entry.header().entry_type();
            let name = normal(&String::from_utf8_lossy(&entry.path_bytes()));
            if kind.is_file() {
                entries.insert(name, Entry::At(entry.raw_file_position(), entry.size()));
            } else if let (true, Some(target)) =
                (kind.is_symlink() || kind.is_hard_link(), entry.link_name_bytes())
            {
                let folder = if kind.is_symlink() { format!("{name}/..") } else { String::new() };
                let target = normal(&format!("{folder}/{}", String::from_utf8_lossy(&target)));
                entries.insert(name, Entry::Link(target));
            }
            if entries.len() > ENTRIES {
                bail!("{path} has more than {ENTRIES} entries: it is no archive of an image");
            }
        }
        Ok(Self::Archive { path: path.to_owned(), entries })
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).is_file(),
            Self::Archive { entries, .. } => entries.contains_key(name),
        }
    }

    /// The bytes of a blob, from its start.
    pub(super) fn open(&self, name: &str) -> Result<Box<dyn Read + '_>> {
        let (path, entries) = match self {
            Self::Folder(folder) => return Ok(Box::new(BufReader::new(File::open(folder.join(name))?))),
            Self::Archive { path, entries } => (path, entries),
        };
        let entry = match entries.get(name) {
            Some(Entry::Link(target)) => entries.get(target),
            entry => entry,
        };
        let Some(Entry::At(offset, size)) = entry else { bail!("{path} holds no {name}") };
        let mut file = fs::File::open(path)?;
        file.seek(SeekFrom::Start(*offset))?;
        Ok(Box::new(BufReader::new(file.take(*size))))
    }

    /// A document, of at most `limit` bytes.
    pub(super) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![];
        self.open(name)?.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            bail!("{name} is larger than {limit} bytes: no image has such a document");
        }
        Ok(bytes)
    }
}

/// Without `.`, `..` and empty parts.
fn normal(name: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
