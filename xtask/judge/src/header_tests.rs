//! Fields of headers that decide what a program is, and which the small samples do not have.

use sha2::{Digest as _, Sha256};

use super::samples::{elf, fat, macho, pe, pe_of};
use super::source::Source;
use super::*;
use sixfold_model::matrix::{Arch, Cell, HostOs, Platform};

/// Writes numbers of 32 bits into a file.
fn put(bytes: &mut [u8], at: usize, numbers: &[u32]) {
    for (place, number) in bytes[at..].chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

/// The imports by name of a program with two DLLs. Its data is at 0x200 in the file, and at the address 0x1000.
fn imports(change: &dyn Fn(&mut [u8])) -> Vec<String> {
    let mut bytes = pe(Arch::Amd64, &["A.dll", "B.dll"]);
    // The first has both lists, of which the original counts; the second has one.
    put(&mut bytes, 0x200, &[0x1100]);
    put(&mut bytes, 0x200 + 20, &[0]);
    put(&mut bytes, 0x200 + 36, &[0x1140]);
    // Two names and a number.
    put(&mut bytes, 0x300, &[0x1180, 0, 5, 1 << 31, 0x1190, 0, 0, 0]);
    put(&mut bytes, 0x340, &[0x11a0, 0, 0, 0]);
    for (at, name) in [(0x380, b"\0\0one\0\0"), (0x390, b"\0\0two\0\0"), (0x3a0, b"\0\0three")] {
        bytes[at..at + 7].copy_from_slice(name);
    }
    change(&mut bytes);
    let mut found = vec![];
    windows_imports(&&bytes[..], &mut |dll, name| found.push(format!("{dll} {name}"))).unwrap();
    found
}

#[test]
fn the_imports_of_a_windows_program_are_those_with_a_name() {
    assert_eq!(imports(&|_| ()), ["A.dll one", "A.dll two", "B.dll three"]);
    // Without a table of imports, for another format, and for another kind of header, there are none.
    assert_eq!(imports(&|bytes| put(bytes, 0x40 + 24 + 108, &[1])), [""; 0]);
    assert_eq!(imports(&|bytes| put(bytes, 0x40 + 24 + 120, &[0])), [""; 0]);
    assert_eq!(imports(&|bytes| bytes[0] = b'X'), [""; 0]);
    assert_eq!(imports(&|bytes| bytes[0x40 + 24] = 0), [""; 0]);
    assert!(windows_imports(&&pe_of(0x8664, &["x"])[..0x100], &mut |_, _| ()).is_err());
}

/// A program with two libraries and these imports: the number of the library, whether it is weak, and the name.
fn with_imports(imports: &[(u32, bool, &str)]) -> Vec<u8> {
    let mut bytes = macho(Arch::Arm64, &["/usr/lib/a.dylib", "/usr/lib/b.dylib"], false);
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (count, size) = (word(&bytes, 16), word(&bytes, 20));
    put(&mut bytes, 16, &[count + 2, size + 24 + 80]);
    let at = 32 + size as usize;
    // One symbol comes before the imports.
    put(&mut bytes, at, &[2, 24, 0x1000, imports.len() as u32 + 1, 0x2000, 0x100]);
    put(&mut bytes, at + 24, &[0xb, 80, 0, 1, 1, 0, 1, imports.len() as u32]);
    for (index, (library, is_weak, name)) in imports.iter().enumerate() {
        let text = 0x10 * (index + 1);
        let flags = (library << 24) | (u32::from(*is_weak) << 22);
        put(&mut bytes, 0x1000 + 16 * (index + 1), &[text as u32, 1 | flags, 0, 0]);
        bytes[0x2000 + text..][..name.len()].copy_from_slice(name.as_bytes());
    }
    bytes
}

#[test]
fn the_imports_of_a_macos_program_have_a_library_and_may_be_weak() {
    let bytes =
        with_imports(&[(1, false, "_one"), (2, true, "_two"), (0, false, "_own"), (3, false, "_none")]);
    let found = macos_imports(&&bytes[..]).unwrap();
    let shown: Vec<_> = found.iter().map(|it| format!("{} {} {}", it.library, it.name, it.is_weak)).collect();
    assert_eq!(shown, ["/usr/lib/a.dylib _one false", "/usr/lib/b.dylib _two true"]);
    assert_eq!(macos_imports(&&elf(Arch::Amd64, None, &[])[..]).unwrap(), []);
    assert!(macos_imports(&&bytes[..0x1010]).is_err());
}

#[test]
fn the_first_address_after_a_section_is_outside_of_it() {
    let mut bytes = pe(Arch::Amd64, &["A.dll"]);
    put(&mut bytes, 0x40 + 24 + 120, &[0x1200]);
    bytes.resize(0x800, 0);
    let error = windows_imports(&&bytes[..], &mut |_, _| ()).unwrap_err().to_string();
    assert!(error.contains("outside of everything that is loaded"), "{error}");
}

/// A library may say that it is a program. Another flag does not say so.
#[test]
fn a_position_independent_program_is_recognised_by_its_flag() {
    for (flags, is_program) in [(0x0800_0001, true), (1, false)] {
        let mut bytes = elf(Arch::Amd64, None, &["a", "b"]);
        // The first of the two entries becomes DT_FLAGS_1.
        let table = bytes.len() - 64;
        put(&mut bytes, table, &[0x6fff_fffb, 0, flags, 0]);
        assert_eq!(HostFile::parse("tool", &bytes).is_program_for(HostOs::Linux), is_program);
    }
}

struct Broken(std::io::ErrorKind);

impl Source for Broken {
    fn size(&self) -> std::io::Result<u64> {
        Ok(1000)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> std::io::Result<()> {
        if offset == 0 && into.len() == 512 {
            into[..4].copy_from_slice(b"\x7fELF");
            return Ok(());
        }
        Err(self.0.into())
    }
}

#[test]
fn a_malformed_file_is_a_verdict_and_a_failure_of_the_disk_is_an_error() {
    let read = |kind| HostFile::read("tool", &Broken(kind));
    assert_eq!(read(std::io::ErrorKind::InvalidData).unwrap().format(), Format::Elf);
    assert!(read(std::io::ErrorKind::StorageFull).is_err());
}

#[test]
fn a_file_on_disk_is_read_as_in_memory() {
    let path = std::env::temp_dir().join(format!("sixfold-judge-{}", std::process::id()));
    std::fs::write(&path, elf(Arch::Amd64, None, &[])).unwrap();
    let file = HostFile::read("tool", &std::fs::File::open(&path).unwrap()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(file.is_program_for(HostOs::Linux));
}

/// A code directory with a hash for each page of 8 KiB, whose limit is only in the field for large files. The last page is
/// shorter.
fn directory(code: &[u8], kind: u32) -> Vec<u8> {
    let hash = |page: &[u8]| if kind == 1 { vec![0; 20] } else { Sha256::digest(page).to_vec() };
    let hashes: Vec<u8> = code.chunks(0x2000).flat_map(hash).collect();
    let (size, pages) = (if kind == 1 { 20 } else { 32 }, code.len().div_ceil(0x2000) as u32);
    let fields = size << 24 | kind << 16 | 13;
    let length = 64 + hashes.len() as u32;
    let head =
        [0xfade_0c02, length, 0x2_0400, 2, 64, 0, 0, pages, 0, fields, 0, 0, 0, 0, 0, code.len() as u32];
    [head.map(u32::to_be_bytes).concat(), hashes].concat()
}

/// A program for arm64 with a code directory for each kind of hash: 1 is SHA-1, 2 is SHA-256.
fn signed(kinds: [u32; 2]) -> Vec<u8> {
    let mut bytes = macho(Arch::Arm64, &[], true);
    bytes.truncate(0x3000);
    let command = [0x1d_u32, 16, 0x3000].map(u32::to_le_bytes).concat();
    let at = bytes.windows(12).position(|window| window == command).unwrap();
    let size = 28 + kinds.iter().map(|kind| directory(&bytes, *kind).len()).sum::<usize>();
    put(&mut bytes, at + 12, &[size as u32]);
    let [first, second] = kinds.map(|kind| directory(&bytes, kind));
    let head = [0xfade_0cc0, size as u32, 2, 0, 28, 0x1000, 28 + first.len() as u32];
    [bytes, head.map(u32::to_be_bytes).concat(), first, second].concat()
}

#[test]
fn of_several_code_directories_the_strongest_counts() {
    let verdict = |bytes: &[u8]| {
        let file = HostFile::parse("tool", bytes);
        file.check("tool", HostOs::Darwin, Platform(Arch::Arm64), Some(0o755)).verdict
    };
    for kinds in [[1, 2], [2, 1]] {
        let mut bytes = signed(kinds);
        assert_eq!(verdict(&bytes), Verdict::Native, "{kinds:?}");
        bytes[0x2000] ^= 1;
        assert_eq!(verdict(&bytes), Verdict::Unsigned, "{kinds:?}");
    }
    // The kernel refuses two with the same hash function.
    assert_eq!(verdict(&signed([2, 2])), Verdict::Unsigned);
}

#[test]
fn a_signature_with_many_parts_or_a_limit_of_4_gib_is_invalid() {
    // The number of its parts, and the upper half of the limit of the first code directory.
    for (at, value, reason) in
        [(8, 65, "claims 65 parts"), (28 + 56, 1, "covers 4294979584 of the 12288 bytes")]
    {
        let mut bytes = signed([2, 1]);
        bytes[0x3000 + at..0x3000 + at + 4].copy_from_slice(&u32::to_be_bytes(value));
        let file = HostFile::parse("tool", &bytes);
        let diagnosis = file.check("tool", HostOs::Darwin, Platform(Arch::Arm64), None);
        assert_eq!(diagnosis.verdict, Verdict::Unsigned);
        assert!(diagnosis.reason.contains(reason), "{}", diagnosis.reason);
    }
}

/// Only macOS itself may use pointer authentication.
#[test]
fn arm64e_is_another_processor() {
    for (subtype, arch) in [(0, FileArch::Arm64), (2, FileArch::Other), (0x8000_0002, FileArch::Other)] {
        let mut bytes = macho(Arch::Arm64, &[], false);
        put(&mut bytes, 8, &[subtype]);
        assert_eq!(HostFile::parse("tool", &bytes).arch(), Some(arch));
    }
}

#[test]
fn a_universal_file_may_have_offsets_of_64_bits() {
    let slices = [macho(Arch::Amd64, &[], false), macho(Arch::Arm64, &[], true)];
    let (first, second) = (slices[0].len() as u32, slices[1].len() as u32);
    let head = [
        [0xcafe_babf, 2].as_slice(),
        &[0x0100_0007, 3, 0, 0x1000, 0, first, 12, 0],
        &[0x0100_000c, 0, 0, 0x8000, 0, second, 12, 0],
    ];
    let mut bytes: Vec<u8> = head.concat().iter().flat_map(|number: &u32| number.to_be_bytes()).collect();
    for (at, slice) in [0x1000, 0x8000].into_iter().zip(slices) {
        bytes.resize(at, 0);
        bytes.extend(slice);
    }
    for arch in [Arch::Amd64, Arch::Arm64] {
        let diagnosis = HostFile::parse("tool", &bytes).check("tool", HostOs::Darwin, Platform(arch), None);
        assert_eq!(diagnosis.verdict, Verdict::Native, "{}", diagnosis.reason);
    }
}

#[test]
fn what_is_started_needs_x_bits() {
    let library = elf(Arch::Amd64, None, &["x.so"]);
    for (bytes, is_started) in [
        (pe(Arch::Amd64, &[]), true),
        (macho(Arch::Amd64, &[], false), true),
        (elf(Arch::Amd64, None, &[]), true),
        (library, false),
        (b"#!/bin/sh\n".to_vec(), true),
        (b"data".to_vec(), false),
        (b"\x7fELF".to_vec(), false),
    ] {
        assert_eq!(HostFile::parse("tool", &bytes).is_started(), is_started);
    }
}

#[test]
fn a_slice_that_no_mac_runs_is_no_error_but_garbage_is() {
    for (start, arch) in [(&[0xfe, 0xed, 0xfa, 0xce][..], Some(FileArch::Other)), (b"xxxx", None)] {
        let mut slice = macho(Arch::Amd64, &[], false);
        slice[..4].copy_from_slice(start);
        // A processor that no Mac has.
        slice[4] = 18;
        assert_eq!(HostFile::parse("tool", &fat(&[slice])).arch(), arch);
    }
}

#[test]
fn a_loader_or_a_library_makes_a_program_not_static() {
    let cell = Cell::of("tool", HostOs::Linux, Platform(Arch::Amd64));
    for (interpreter, needed) in [(Some("/lib/ld.so"), &[][..]), (None, &["x.so"])] {
        let file = HostFile::parse("tool", &elf(Arch::Amd64, interpreter, needed));
        let problems = check_cell(&cell, &file, Some(0o755), Origin::BuiltFromSource);
        assert!(problems.iter().any(|problem| problem.finding.code() == "not-static"));
    }
}
