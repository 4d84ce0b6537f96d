//! All kinds of archives, including hostile ones. The tests create them.

use std::io::{Cursor, Write as _};

use camino::Utf8PathBuf;
use sixfold_model::digest::Digest;
use tar::{EntryType, Header};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::*;

const PROGRAM: &[u8] = b"\x7fELF a program, a program, a program";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn target(&self) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.0.path().join("into")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = self.target().read_dir_utf8().unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_owned()).collect();
        names.sort();
        names
    }

    fn unpack(&self, bytes: &[u8], wanted: &[Wanted]) -> Result<Vec<Unpacked>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        unpack(Blob { file, digest: Digest::of(bytes), size: bytes.len() as u64 }, wanted, &self.target())
    }
}

fn want(member: &str) -> Vec<Wanted> {
    vec![Wanted { member: Some(member.to_owned()), name: "tool".to_owned() }]
}

fn single() -> Vec<Wanted> {
    vec![Wanted { member: None, name: "tool".to_owned() }]
}

#[track_caller]
fn contains_the_program(bytes: &[u8], wanted: &[Wanted]) {
    let folder = Folder::new();
    let files = folder.unpack(bytes, wanted).unwrap();
    assert_eq!(files, [Unpacked { path: folder.target().join("tool"), size: PROGRAM.len() as u64 }]);
    assert_eq!(std::fs::read(&files[0].path).unwrap(), PROGRAM);
    assert_eq!(folder.names(), ["tool"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(files[0].path.metadata().unwrap().permissions().mode() & 0o7777, 0o755);
    }
}

/// Unpacking fails with an error that contains these words, and leaves no files.
#[track_caller]
fn is_refused(bytes: &[u8], wanted: &[Wanted], words: &[&str]) {
    let folder = Folder::new();
    let error = format!("{:#}", folder.unpack(bytes, wanted).unwrap_err());
    for word in words {
        assert!(error.contains(word), "{word:?} is missing: {error}");
    }
    let all: Vec<_> =
        std::fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(all.is_empty() || all == ["into"], "{all:?}");
    if folder.target().exists() {
        assert_eq!(folder.names(), [""; 0]);
    }
}

/// An entry with exactly this name. The library would refuse some of them.
fn entry(kind: EntryType, name: &str, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let padding = vec![0; content.len().next_multiple_of(512) - content.len()];
    [header.as_bytes(), content, &padding].concat()
}

fn file(name: &str) -> Vec<u8> {
    entry(EntryType::Regular, name, "", PROGRAM)
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    [&entries.concat()[..], &[0; 1024]].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(vec![], lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn zip(names: &[&str], content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(vec![]));
    for name in names {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn all_formats_are_unpacked() {
    let archive = tar(&[
        entry(EntryType::Directory, "./bin/", "", b""),
        file("./README"),
        file("./bin/tool"),
        entry(EntryType::Symlink, "./latest", "bin/tool", b""),
    ]);
    for packed in [archive.clone(), gzip(&archive), xz(&archive), zstd(&archive)] {
        contains_the_program(&packed, &want("bin/tool"));
        contains_the_program(&packed, &want("./bin//tool"));
    }
    contains_the_program(&zip(&["README", "bin/tool"], PROGRAM), &want("bin/tool"));
    for packed in [PROGRAM.to_vec(), gzip(PROGRAM), xz(PROGRAM), zstd(PROGRAM)] {
        contains_the_program(&packed, &single());
    }
}

#[test]
fn several_files_are_unpacked_together_or_not_at_all() {
    let wanted = |second: &str| {
        ["a/tool", second]
            .map(|member| Wanted { member: Some(member.to_owned()), name: member.replace('/', "-") })
            .to_vec()
    };
    let archive = gzip(&tar(&[file("a/tool"), file("a/helper")]));
    let folder = Folder::new();
    let files = folder.unpack(&archive, &wanted("a/helper")).unwrap();
    assert_eq!(files[1].path, folder.target().join("a-helper"));
    assert_eq!(folder.names(), ["a-helper", "a-tool"]);
    is_refused(&archive, &wanted("a/other"), &["does not contain a/other", "a/tool, a/helper"]);
}

#[test]
fn an_existing_file_is_replaced() {
    let folder = Folder::new();
    std::fs::create_dir(folder.target()).unwrap();
    std::fs::write(folder.target().join("tool"), "old").unwrap();
    folder.unpack(PROGRAM, &single()).unwrap();
    assert_eq!(std::fs::read(folder.target().join("tool")).unwrap(), PROGRAM);
}

#[test]
fn a_wrong_member_is_an_error_that_lists_the_archive() {
    is_refused(&gzip(PROGRAM), &want("tool"), &["not an archive", "remove `member`"]);
    is_refused(&gzip(&tar(&[file("a/tool")])), &single(), &["is an archive", "a/tool"]);
    is_refused(&zip(&["a/tool"], PROGRAM), &single(), &["is an archive", "a/tool"]);
    is_refused(&zip(&["a/tool"], PROGRAM), &want("tool"), &["does not contain tool", "a/tool"]);
}

#[test]
fn names_must_stay_in_the_folder() {
    for name in ["", ".", "..", "a/b", "a\\b", "C:tool", "/tool"] {
        let wanted = [Wanted { member: None, name: name.to_owned() }];
        is_refused(PROGRAM, &wanted, &["not a valid file name"]);
    }
    let named = |member: &str, name: &str| Wanted { member: Some(member.to_owned()), name: name.to_owned() };
    let archive = tar(&[file("a"), file("b")]);
    is_refused(&archive, &[named("a", "Tool"), named("b", "tool")], &["two files would have the name tool"]);
    is_refused(&archive, &[named("../a", "tool")], &["leads outside"]);
    is_refused(&archive, &[named("/a", "tool")], &["absolute"]);
}

#[test]
fn an_unsafe_path_anywhere_in_the_archive_is_refused() {
    for (name, word) in [
        ("../tool", "leads outside"),
        ("a/../../tool", "leads outside"),
        ("..\\tool", "leads outside"),
        ("/etc/tool", "absolute"),
        ("C:\\tool", "absolute"),
    ] {
        is_refused(&gzip(&tar(&[file("tool"), file(name)])), &want("tool"), &[word]);
        is_refused(&zip(&["tool", name], PROGRAM), &want("tool"), &[word]);
    }
}

#[test]
fn links_and_devices_are_refused() {
    for kind in [EntryType::Symlink, EntryType::Link] {
        let archive = tar(&[entry(kind, "tool", "/etc/passwd", b"")]);
        is_refused(&archive, &want("tool"), &["a link to /etc/passwd"]);
    }
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        is_refused(&tar(&[file("tool"), entry(kind, "null", "", b"")]), &want("tool"), &["device"]);
    }
    is_refused(&tar(&[entry(EntryType::Directory, "tool", "", b"")]), &want("tool"), &["a folder"]);
    let mut writer = zip::ZipWriter::new(Cursor::new(vec![]));
    writer.add_symlink("tool", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    is_refused(&writer.finish().unwrap().into_inner(), &want("tool"), &["a link"]);
}

#[test]
fn a_member_that_occurs_twice_is_refused() {
    is_refused(&tar(&[file("tool"), file("./tool")]), &want("tool"), &["twice"]);
    let mut twice = zip(&["tool", "lool"], PROGRAM);
    for at in 0..twice.len() - 4 {
        if &twice[at..at + 4] == b"lool" {
            twice[at] = b't';
        }
    }
    is_refused(&twice, &want("tool"), &["same name"]);
}

#[test]
fn nothing_is_replaced_until_all_files_are_unpacked() {
    let folder = Folder::new();
    std::fs::create_dir(folder.target()).unwrap();
    std::fs::write(folder.target().join("tool"), "old").unwrap();
    let mut wanted = want("tool");
    wanted.push(Wanted { member: Some("helper".to_owned()), name: "helper".to_owned() });
    let archive = tar(&[file("tool"), file("other")]);
    let error = folder.unpack(&archive, &wanted).unwrap_err();
    assert!(error.to_string().contains("does not contain helper"), "{error}");
    assert_eq!(std::fs::read(folder.target().join("tool")).unwrap(), b"old");
    assert_eq!(folder.names(), ["tool"]);
    folder.unpack(&tar(&[file("tool"), file("helper")]), &wanted).unwrap();
    assert_eq!(std::fs::read(folder.target().join("tool")).unwrap(), PROGRAM);
    assert_eq!(folder.names(), ["helper", "tool"]);
}

#[test]
fn truncated_and_damaged_archives_are_refused() {
    let archive = tar(&[file("README"), file("tool")]);
    for packed in [gzip(&archive), xz(&archive), zstd(&archive), zip(&["tool"], PROGRAM)] {
        is_refused(&packed[..packed.len() - 6], &want("tool"), &[]);
    }
    let mut packed = zip(&["tool"], PROGRAM);
    packed[50] ^= 1;
    is_refused(&packed, &want("tool"), &[]);
    is_refused(&archive[..512 + 40], &want("README"), &[]);
}

#[test]
fn compression_bombs_are_refused() {
    let zeros = vec![0; 40 << 20];
    for packed in [gzip(&zeros), xz(&zeros)] {
        is_refused(&packed, &single(), &["more than 100 times its size"]);
    }
    let archive = gzip(&tar(&[entry(EntryType::Regular, "tool", "", &zeros)]));
    is_refused(&archive, &want("tool"), &["more than 100 times its size"]);
    is_refused(&zip(&["tool"], &zeros), &want("tool"), &["more than 100 times its size"]);
    let many: Vec<u8> =
        (0..=limits::MAX_ENTRIES).flat_map(|_| entry(EntryType::Directory, "a", "", b"")).collect();
    is_refused(&tar(&[many]), &want("tool"), &["entries"]);
}

#[test]
fn an_oversized_name_is_refused() {
    let mut header = Header::new_gnu();
    header.set_path("././@LongLink").unwrap();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(1 << 30);
    header.set_cksum();
    is_refused(header.as_bytes(), &want("tool"), &["extension header"]);
}

proptest::proptest! {
    #[test]
    fn damaged_archives_never_write_outside_the_folder(
        kind in 0..5_usize,
        changes in proptest::collection::vec((0_usize..4096, proptest::prelude::any::<u8>()), 0..6),
    ) {
        let archive = tar(&[file("README"), file("bin/tool")]);
        let mut bytes = match kind {
            0 => archive,
            1 => gzip(&archive),
            2 => xz(&archive),
            3 => zstd(&archive),
            _ => zip(&["README", "bin/tool"], PROGRAM),
        };
        for (at, value) in changes {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        let folder = Folder::new();
        let _ = folder.unpack(&bytes, &want("bin/tool"));
        let all: Vec<_> = std::fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        proptest::prop_assert_eq!(all, ["into"]);
        proptest::prop_assert!(folder.names().iter().all(|name| name == "tool"));
    }
}
