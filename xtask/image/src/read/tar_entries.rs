//! The entries of a tar archive, with the names that GNU and PAX extensions give them.
//!
//! The `tar` crate can follow the extensions, but would keep one of any size in memory, and a layer comes from an untrusted
//! source. So this reads raw entries, and an extension may have at most 1 MiB.

use std::io::{Read, Seek};

use anyhow::{Context as _, Result, bail};
use tar::{Archive, Entries, EntryType, PaxExtensions};

/// The largest extension header, in bytes. It has some names, times and attributes.
const MAX_EXTENSION: u64 = 1 << 20;

const NOT_TAR: &str = "it is not a tar archive, or a damaged one";

/// The header of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// As in the archive. Bytes that are not UTF-8 are replaced.
    pub name: String,
    pub kind: EntryType,
    /// The target of a hard or symbolic link.
    pub target: Option<String>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// In bytes.
    pub size: u64,
    /// The offset of the contents in the archive, in bytes.
    pub position: u64,
}

/// Calls `each` with the number, the header and the contents of every entry.
pub fn each_entry(
    stream: impl Read,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    read_entries(Archive::new(stream).entries().context(NOT_TAR)?, each)
}

/// Like [`each_entry`], but skips contents without reading them.
pub(super) fn each_entry_of_file(
    file: impl Read + Seek,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    read_entries(Archive::new(file).entries_with_seek().context(NOT_TAR)?, each)
}

fn read_entries<R: Read>(
    entries: Entries<'_, R>,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let mut extensions = Extensions::default();
    for (index, entry) in entries.raw(true).enumerate() {
        let mut entry = entry.context(NOT_TAR)?;
        if extensions.read(entry.header().entry_type(), entry.size(), &mut entry)? {
            continue;
        }
        let Extensions { name, target, size } = std::mem::take(&mut extensions);
        if size.is_some_and(|size| size != entry.size()) {
            bail!("it contains a file of more than 8 GiB");
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let header = Header {
            name: name.unwrap_or_else(|| text(&entry.path_bytes())),
            kind: entry.header().entry_type(),
            target: target.or_else(|| entry.link_name_bytes().map(|bytes| text(&bytes))),
            mode: entry.header().mode().ok().map(|mode| mode & 0o7777),
            size: entry.size(),
            position: entry.raw_file_position(),
        };
        each(index as u64, &header, &mut entry)?;
    }
    Ok(())
}

/// What the extension headers before an entry state.
#[derive(Default)]
struct Extensions {
    name: Option<String>,
    target: Option<String>,
    size: Option<u64>,
}

impl Extensions {
    /// Reads an extension header. Returns false for any other entry.
    fn read(&mut self, kind: EntryType, size: u64, entry: &mut dyn Read) -> Result<bool> {
        if !(kind.is_gnu_longname() || kind.is_gnu_longlink() || kind.is_pax_local_extensions()) {
            return Ok(kind.is_pax_global_extensions());
        }
        if size > MAX_EXTENSION {
            bail!("it contains an extension header of {size} bytes");
        }
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes)?;
        let text = |bytes: &[u8]| {
            let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
            Some(String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned())
        };
        if kind.is_gnu_longname() {
            self.name = text(&bytes);
        } else if kind.is_gnu_longlink() {
            self.target = text(&bytes);
        } else {
            for record in PaxExtensions::new(&bytes) {
                let record = record.context("it contains a broken extension header")?;
                match record.key_bytes() {
                    b"path" => self.name = text(record.value_bytes()),
                    b"linkpath" => self.target = text(record.value_bytes()),
                    b"size" => self.size = record.value().ok().and_then(|value| value.parse().ok()),
                    _ => {}
                }
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Result<Vec<(String, String)>> {
        let mut names = vec![];
        each_entry(bytes, &mut |_, header, content| {
            let mut text = String::new();
            content.read_to_string(&mut text)?;
            names.push((header.name.clone(), text));
            Ok(())
        })?;
        Ok(names)
    }

    #[test]
    fn long_names_are_followed() {
        let long = format!("{}/tool", "folder/".repeat(40));
        let mut builder = tar::Builder::new(vec![]);
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        builder.append_data(&mut header, &long, &b"hi"[..]).unwrap();
        builder.append_pax_extensions([("path", &b"other"[..])]).unwrap();
        builder.append_data(&mut header, "short", &b"ho"[..]).unwrap();
        let long = long.replace("//", "/");
        let found = names(&builder.into_inner().unwrap()).unwrap();
        assert_eq!(found[0].0.replace("//", "/"), long);
        assert_eq!(found[1], ("other".into(), "ho".into()));
    }

    #[test]
    fn a_huge_name_is_an_error() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(EntryType::GNULongName);
        header.set_size(1 << 30);
        header.set_cksum();
        let error = names(header.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("extension header of 1073741824 bytes"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn changed_archives_are_read_without_a_panic(
            changes in proptest::collection::vec((0_usize..2048, proptest::prelude::any::<u8>()), 0..8),
        ) {
            let mut builder = tar::Builder::new(vec![]);
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            builder.append_data(&mut header, "x/".repeat(80), &b"hi"[..]).unwrap();
            let mut bytes = builder.into_inner().unwrap();
            for (at, value) in changes {
                bytes[at] = value;
            }
            let _ = names(&bytes);
        }
    }
}
