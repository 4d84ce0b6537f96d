//! The blobs of a stored image: files in a folder, or entries of a tar archive, which is not unpacked.

use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind, Read, Seek as _, SeekFrom};

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err::{self as fs, File};
use tar::EntryType;

use super::tar_entries::each_entry_of_file;
use crate::oci::{DAMAGED, TOO_MUCH};

/// The most entries that an archive may have. An image has some dozens of blobs.
const MAX_ENTRIES: usize = 100_000;
/// The longest name of an entry together with its link target, in bytes. Those of images have some dozens.
const MAX_NAME: usize = 500;

/// Files by their relative path, with `/`.
pub(super) enum Blobs {
    Folder(Utf8PathBuf),
    Archive { path: Utf8PathBuf, entries: BTreeMap<String, Entry> },
}

pub(super) enum Entry {
    /// The offset and the number of the bytes in the archive.
    At(u64, u64),
    /// Old versions of `docker save` write a repeated layer as a link to the first.
    Link(String),
}

impl Blobs {
    /// Finds the entries of an archive. Fails if it is not a tar archive.
    pub(super) fn archive(path: &Utf8Path) -> Result<Self> {
        let mut start = vec![];
        File::open(path)?.take(4).read_to_end(&mut start)?;
        if start.starts_with(&[0x1f, 0x8b]) || start == [0x28, 0xb5, 0x2f, 0xfd] {
            bail!("{path} is compressed\nhelp: unpack it with gunzip or unzstd first");
        }
        let mut entries = BTreeMap::new();
        let read = each_entry_of_file(File::open(path)?, &mut |_, header, _| {
            let length = header.name.len() + header.target.as_ref().map_or(0, String::len);
            ensure!(length <= MAX_NAME, "it has an entry with a name of {length} bytes, which no image has");
            let name = normal(&header.name);
            let entry = match (header.kind, &header.target) {
                (kind, _) if kind.is_file() => Entry::At(header.position, header.size),
                (EntryType::Symlink, Some(target)) => Entry::Link(normal(&format!("{name}/../{target}"))),
                (EntryType::Link, Some(target)) => Entry::Link(normal(target)),
                _ => return Ok(()),
            };
            if entries.insert(name.clone(), entry).is_some() {
                bail!("it has several entries with the name `{}`", name.escape_debug());
            }
            if entries.len() > MAX_ENTRIES {
                bail!("it has more than {MAX_ENTRIES} entries\n{TOO_MUCH}");
            }
            Ok(())
        });
        read.with_context(|| format!("cannot read {path} as an archive of an image"))?;
        Ok(Self::Archive { path: path.to_owned(), entries })
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).is_file(),
            Self::Archive { entries, .. } => entries.contains_key(name),
        }
    }

    /// The bytes of a blob, which must be a regular file.
    pub(super) fn open(&self, name: &str) -> Result<Box<dyn Read + '_>> {
        let (path, entries) = match self {
            Self::Folder(folder) => return Ok(Box::new(BufReader::new(open_regular(folder, name)?))),
            Self::Archive { path, entries } => (path, entries),
        };
        match entries.get(name) {
            Some(Entry::At(offset, size)) => {
                let mut file = fs::File::open(path)?;
                file.seek(SeekFrom::Start(*offset))?;
                Ok(Box::new(BufReader::new(file.take(*size))))
            }
            Some(Entry::Link(_)) => bail!("{name} is a link, not a regular file"),
            None => bail!("the image does not contain {name}\n{DAMAGED}"),
        }
    }

    /// The bytes of a layer that `docker save` wrote, which may be a link.
    pub(super) fn open_linked(&self, name: &str) -> Result<Box<dyn Read + '_>> {
        match self {
            Self::Archive { entries, .. } => match entries.get(name) {
                Some(Entry::Link(target)) => self.open(target),
                _ => self.open(name),
            },
            Self::Folder(_) => self.open(name),
        }
    }

    /// Reads a document of at most `limit` bytes.
    pub(super) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![];
        self.open(name)?.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            bail!("{name} is larger than {limit} bytes, which no document of an image is");
        }
        Ok(bytes)
    }
}

/// Opens a file of a folder. A link could lead out of the folder, and a pipe or a device could block.
fn open_regular(folder: &Utf8Path, name: &str) -> Result<File> {
    let mut path = folder.to_owned();
    for part in name.split('/') {
        path.push(part);
        let metadata = fs::symlink_metadata(&path);
        if metadata.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            bail!("the image does not contain {name}\n{DAMAGED}");
        }
        if metadata?.is_symlink() {
            bail!("{path} is a link\nhelp: replace it with its target");
        }
    }
    if !fs::symlink_metadata(&path)?.is_file() {
        bail!("{path} is not a regular file\nhelp: replace it with the file itself");
    }
    Ok(File::open(path)?)
}

/// The path without `.`, `..` and empty parts.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_at_most_100_000_entries() {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().join("image.tar")).unwrap();
        for (count, expected) in [(100_000, None), (100_001, Some("more than 100000 entries"))] {
            let mut builder = tar::Builder::new(std::io::BufWriter::new(File::create(&path).unwrap()));
            for number in 0..count {
                let mut header = tar::Header::new_ustar();
                header.set_size(0);
                builder.append_data(&mut header, number.to_string(), std::io::empty()).unwrap();
            }
            builder.into_inner().unwrap().into_inner().unwrap();
            let error = Blobs::archive(&path).err().map(|error| format!("{error:#}"));
            assert_eq!(error.is_some(), expected.is_some());
            assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()));
        }
    }
    #[test]
    fn a_long_name_in_an_archive_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().join("image.tar")).unwrap();
        for (name, target) in [(500, 1), (1, 500)] {
            let mut builder = tar::Builder::new(File::create(&path).unwrap());
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            header.set_entry_type(EntryType::Link);
            builder.append_link(&mut header, "x".repeat(name), "y".repeat(target)).unwrap();
            builder.into_inner().unwrap();
            let error = format!("{:#}", Blobs::archive(&path).err().unwrap());
            assert!(error.contains("a name of 501 bytes"), "{error}");
        }
    }
}
