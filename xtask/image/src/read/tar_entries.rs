//! The entries of a tar archive, with the names that GNU and PAX extensions give them.
//!
//! The `tar` crate can follow the extensions, but would keep one of any size in memory, and a layer comes from an untrusted
//! source. So this reads raw entries, and an extension may have at most 1 MiB. What tar readers understand differently is an
//! error.

use std::io::{self, Read, Seek};

use anyhow::{Error, Result, anyhow, ensure};
use tar::{Archive, Entries, EntryType};

use super::tar_extensions::Extensions;
use super::tar_header::{self, text};

const NOT_TAR: &str = "it is not a tar archive, or a damaged one\nhelp: write or download it again";

/// The crate's error about a number quotes the start of the file, which may be a secret that was named by mistake.
fn not_tar(error: io::Error) -> Error {
    if error.to_string().starts_with("numeric field") {
        anyhow!(NOT_TAR)
    } else {
        Error::new(error).context(NOT_TAR)
    }
}

/// The header of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// As in the archive, except that a byte that is not UTF-8 is a NUL and two hexadecimal digits.
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
    mut stream: impl Read,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    read_entries(Archive::new(&mut stream).entries().map_err(not_tar)?, each)?;
    check_end(stream)
}

/// Like [`each_entry`], but skips contents without reading them.
pub(super) fn each_entry_of_file(
    mut file: impl Read + Seek,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    read_entries(Archive::new(&mut file).entries_with_seek().map_err(not_tar)?, each)?;
    check_end(file)
}

fn read_entries<R: Read>(
    entries: Entries<'_, R>,
    each: &mut dyn FnMut(u64, &Header, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let mut extensions = Extensions::default();
    for (index, entry) in entries.raw(true).enumerate() {
        let mut entry = entry.map_err(not_tar)?;
        tar_header::check_fields(entry.header())?;
        if extensions.read(entry.header().entry_type(), entry.size(), &mut entry)? {
            continue;
        }
        let Extensions { name, target, size, .. } = std::mem::take(&mut extensions);
        ensure!(size.is_none_or(|size| size == entry.size()), "it contains a file of more than 8 GiB");
        let header = Header {
            name: name.unwrap_or_else(|| text(&entry.path_bytes())),
            kind: entry.header().entry_type(),
            target: target.or_else(|| entry.link_name_bytes().map(|bytes| text(&bytes))),
            mode: Some(tar_header::mode(entry.header())? & 0o7777),
            size: entry.size(),
            position: entry.raw_file_position(),
        };
        tar_header::check(entry.header(), header.size, &header.name)?;
        each(index as u64, &header, &mut entry)?;
    }
    Ok(())
}

/// Fails if a single block of zeros is followed by data or by a part of a block: some readers stop there, some go on, and Go
/// fails.
fn check_end(mut rest: impl Read) -> Result<()> {
    let mut block = vec![];
    rest.by_ref().take(512).read_to_end(&mut block)?;
    ensure!(block.iter().all(|byte| *byte == 0), "it contains data after a block of zeros");
    ensure!(matches!(block.len(), 0 | 512), "it is truncated");
    Ok(())
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

    type Change<'a> = &'a dyn Fn(&mut tar::Header);

    /// An archive with a file `x` after extension headers of these types and contents, each as its own entry. `change`
    /// edits the header of the file.
    fn archive(extensions: &[(EntryType, &[u8])], change: Change<'_>) -> Vec<u8> {
        let mut builder = tar::Builder::new(vec![]);
        for (kind, content) in extensions {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        let mut header = tar::Header::new_ustar();
        header.set_path("x").unwrap();
        header.set_size(2);
        change(&mut header);
        header.set_cksum();
        builder.append(&header, &b"hi"[..]).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn ambiguous_extension_headers_are_errors() {
        const NAME: EntryType = EntryType::GNULongName;
        const LINK: EntryType = EntryType::GNULongLink;
        const PAX: EntryType = EntryType::XHeader;
        const GLOBAL: EntryType = EntryType::XGlobalHeader;
        for (extensions, expected) in [
            (&[(PAX, &b"8 path=\n"[..])][..], "ambiguous name ``"),
            (&[(PAX, b"11 path=a\0\n")], "ambiguous name"),
            (&[(NAME, b"\0")], "ambiguous name ``"),
            (&[(NAME, b"a\0"), (PAX, b"9 path=b\n")], "two names"),
            (&[(LINK, b"a\0"), (PAX, b"14 linkpath=b\n")], "two names"),
            (&[(NAME, b"a\0"), (NAME, b"a\0")], "two names"),
            (&[(PAX, b"9 path=b\n9 path=b\n")], "two names"),
            (&[(PAX, b"9 path=b\n"), (PAX, b"9 mode=0\n")], "two PAX headers"),
            (&[(PAX, b"22 GNU.sparse.name=ab\n")], "sparse"),
            (&[(PAX, b"22 GNU.sparse.major=1\n")], "sparse"),
            (&[(PAX, b"9 size=x\n")], "broken extension"),
            (&[(PAX, b"9 size=9\n")], "8 GiB"),
            (&[(GLOBAL, b"9 path=b\n")], "for all entries"),
            (&[(NAME, b"b\0"), (GLOBAL, b"13 comment=a\n")], "between the headers"),
            (&[(PAX, b"9 mode=0\n"), (GLOBAL, b"13 comment=a\n")], "between the headers"),
            (&[(PAX, b"8 uid=x\n")], "broken extension"),
            (&[(PAX, b"8 path=b")], "broken extension"),
            (&[(PAX, b"9 path=b\n\n")], "broken extension"),
            (&[(PAX, b"9 path=bc\n")], "broken extension"),
            (&[(PAX, b"13 mtime=1.x\n")], "broken extension"),
            (&[(PAX, b"13 mtime=x.1\n")], "broken extension"),
            (&[(PAX, b"11 uname=\0\n")], "broken extension"),
            (&[(PAX, b"5 =a\n")], "broken extension"),
            (&[(PAX, b"7 a\0=a\n")], "broken extension"),
            (&[(PAX, b"41 SCHILY.xattr.trusted.overlay.opaque=y\n")], "overlay file systems"),
        ] {
            let error = format!("{:#}", names(&archive(extensions, &|_| ())).unwrap_err());
            assert!(error.contains(expected), "{extensions:?}: {error}");
        }
        let file = ("b".to_owned(), "hi".to_owned());
        let attribute = &b"25 SCHILY.xattr.user=a\nb\n9 path=b\n"[..];
        for extensions in [&[(PAX, &b"9 path=b\n"[..])][..], &[(NAME, b"b\0")], &[(PAX, attribute)]] {
            assert_eq!(names(&archive(extensions, &|_| ())).unwrap(), std::slice::from_ref(&file));
        }
        // A global header is an entry without contents.
        let global = archive(&[(GLOBAL, b"13 comment=a\n"), (NAME, b"b\0")], &|_| ());
        assert_eq!(names(&global).unwrap(), [(String::new(), String::new()), file]);
    }

    #[test]
    fn names_that_are_not_utf8_stay_different() {
        let name = |byte: u8| {
            let bytes = archive(&[], &|header| header.as_old_mut().name[1] = byte);
            names(&bytes).unwrap().remove(0).0
        };
        assert_eq!((name(0xfe).as_str(), name(0xff).as_str()), ("x\0fe", "x\0ff"));
    }

    #[test]
    fn ambiguous_headers_are_errors() {
        let changes: [(Change<'_>, &str); 18] = [
            (&|header| header.set_entry_type(EntryType::Continuous), "contiguous"),
            (&|header| header.set_entry_type(EntryType::GNUSparse), "sparse"),
            (&|header| header.set_entry_type(EntryType::Symlink), "2 bytes of contents"),
            (&|header| header.as_old_mut().name[1] = b'/', "ends with a slash"),
            (&|header| header.as_old_mut().linkflag = [0], ""),
            (&|header| header.as_old_mut().uid[0] = b'8', "invalid number"),
            (&|header| header.as_old_mut().uid = *b"\t0000001", "invalid number"),
            (&|header| header.as_old_mut().uid = *b"  01 \0 \0", ""),
            (&|header| header.as_old_mut().mtime = [0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "invalid number"),
            (&|header| header.as_old_mut().mtime = [0xff; 12], ""),
            (&|header| header.as_old_mut().mtime = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], ""),
            (
                &|header| header.as_old_mut().mtime = [0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0],
                "invalid number",
            ),
            (
                &|header| header.as_old_mut().mtime = [0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0],
                "invalid number",
            ),
            (&|header| header.as_mut_bytes()[508..511].copy_from_slice(b"tar"), ""),
            (&|header| header.as_ustar_mut().unwrap().dev_minor[0] = b'x', "invalid number"),
            (
                &|header| {
                    header.as_mut_bytes()[257..265].copy_from_slice(b"ustar  \0");
                    header.as_mut_bytes()[345..348].copy_from_slice(b"dir");
                },
                "start of its name",
            ),
            (
                &|header| {
                    header.as_mut_bytes()[263] = b'1';
                    header.as_mut_bytes()[345..348].copy_from_slice(b"dir");
                },
                "start of its name",
            ),
            (
                &|header| {
                    header.as_mut_bytes()[480] = b'1';
                    header.as_mut_bytes()[508..511].copy_from_slice(b"tar");
                },
                "start of its name",
            ),
        ];
        for (change, expected) in changes {
            match names(&archive(&[], change)) {
                Err(error) => {
                    assert!(
                        !expected.is_empty() && error.to_string().contains(expected),
                        "{expected}: {error}"
                    );
                }
                Ok(names) => assert_eq!((expected, names), ("", vec![("x".into(), "hi".into())])),
            }
        }
        let mut checksum_with_a_newline = archive(&[], &|_| ());
        checksum_with_a_newline[155] = b'\n';
        let error = names(&checksum_with_a_newline).unwrap_err().to_string();
        assert!(error.contains("invalid number"), "{error}");
        let gnu_with_times = archive(&[], &|header| {
            header.as_mut_bytes()[257..265].copy_from_slice(b"ustar  \0");
            header.as_mut_bytes()[345..357].copy_from_slice(b"14000000000\0");
        });
        assert_eq!(names(&gnu_with_times).unwrap().len(), 1);
    }

    #[test]
    fn data_after_a_single_zero_block_is_an_error() {
        let bytes = archive(&[], &|_| ());
        let entry = &bytes[..1024];
        let one_block = [entry, &[0; 512], entry].concat();
        let error = names(&one_block).unwrap_err().to_string();
        assert!(error.contains("after a block of zeros"), "{error}");
        let mut ignored = vec![];
        let seeking = each_entry_of_file(std::io::Cursor::new(one_block), &mut |_, header, _| {
            ignored.push(header.name.clone());
            Ok(())
        });
        assert!(seeking.unwrap_err().to_string().contains("after a block of zeros"));
        let error = names(&[entry, &[0; 600]].concat()).unwrap_err().to_string();
        assert!(error.contains("it is truncated"), "{error}");
        for end in [&[][..], &[0; 512], &[0; 1024]] {
            assert_eq!(names(&[entry, end].concat()).unwrap().len(), 1);
        }
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
