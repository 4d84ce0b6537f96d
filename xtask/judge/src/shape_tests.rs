//! Files that have the right headers but are not programs.

use super::samples::{elf, fat, macho, pe};
use super::*;
use sixfold_model::matrix::{Arch, Cell, HostOs, Platform};

const AMD64: Platform = Platform(Arch::Amd64);
const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";

#[test]
fn text_in_place_of_a_versioned_program_is_not_a_program() {
    let file = HostFile::parse("kubectl-1.33.0", b"Not Found");
    assert_eq!(file.check("kubectl-1.33.0", HostOs::Linux, AMD64, None).verdict, Verdict::WrongFormat);
}

/// The sample with its bytes at an offset replaced.
fn with(mut sample: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    sample[at..at + bytes.len()].copy_from_slice(bytes);
    sample
}

#[test]
fn headers_alone_are_not_a_program() {
    let programs = elf(Arch::Amd64, None, &[]);
    let universal = fat(&[macho(Arch::Amd64, &[SYSTEM], false)]);
    // The offset of the section table, and the number of sections.
    let cut = with(with(programs.clone(), 0x28, &0x1000_u64.to_le_bytes()), 0x3c, &[3, 0]);
    for (what, bytes, os, reason) in [
        ("elf without segments", with(programs.clone(), 0x38, &[0, 0]), HostOs::Linux, "nothing to load"),
        ("elf that loads none", with(programs, 0x40, &[6]), HostOs::Linux, "nothing to load"),
        ("elf cut in its sections", cut, HostOs::Linux, "ends before"),
        (
            "pe without sections",
            with(pe(Arch::Amd64, &[]), 0x46, &[0, 0]),
            HostOs::Windows,
            "nothing to load",
        ),
        (
            "mach-o without commands",
            with(macho(Arch::Amd64, &[], false), 0x10, &[0; 8]),
            HostOs::Darwin,
            "nothing to load",
        ),
        (
            "slice off its page",
            with(universal.clone(), 0x12, &[0x10, 4]),
            HostOs::Darwin,
            "does not start at a page",
        ),
        (
            "slice of another processor",
            with(universal, 0xb, &[0xc]),
            HostOs::Darwin,
            "another processor than its header says",
        ),
    ] {
        let diagnosis = HostFile::parse("tool", &bytes).check("tool", os, AMD64, None);
        assert_eq!(diagnosis.verdict, Verdict::WrongFormat, "{what}");
        assert!(diagnosis.reason.contains(reason), "{what}: {}", diagnosis.reason);
    }
}

/// A shared library for each operating system, with a name for it.
fn libraries() -> [(HostOs, Vec<u8>, &'static str); 3] {
    let elf = elf(Arch::Amd64, None, &["libc.so.6"]);
    let (pe, macho) = (pe(Arch::Amd64, &[]), macho(Arch::Amd64, &[], false));
    [
        (HostOs::Linux, elf, "libx.so.1.2"),
        (HostOs::Windows, with(pe, 0x57, &[0x20]), "x.dll"),
        (HostOs::Darwin, with(macho, 12, &[6]), "libx.dylib"),
    ]
}

#[test]
fn a_library_is_accepted_beside_a_program_but_not_in_its_place() {
    for (os, bytes, library) in libraries() {
        let program = Cell::of("tool", os, AMD64).file_name();
        let check = |name: &str| HostFile::parse(name, &bytes).check(name, os, AMD64, Some(0o755));
        assert_eq!(check(library).verdict, Verdict::Native, "{os}");
        assert_eq!(check(&program).verdict, Verdict::WrongFormat, "{os}");
        assert!(check(&program).reason.contains("shared library"), "{os}: {}", check(&program).reason);
        let cell = Cell { file: Some(library.to_owned()), ..Cell::of("tool", os, AMD64) };
        let found = check_cell(&cell, &HostFile::parse(library, &bytes), Some(0o755), Origin::ThirdParty);
        assert_eq!(found[0].finding.code(), "wrong-format", "{os}");
    }
}
