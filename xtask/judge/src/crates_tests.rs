use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use sixfold_model::matrix::Arch;

use super::samples::{elf, fat, macho, pe, with_list};
use super::{HostFile, listed_crates};

const LIST: &str = r#"{"packages":[
    {"name":"app","version":"1.2.3","source":"local","dependencies":[1,2],"root":true},
    {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"},
    {"name":"libc","version":"0.2.1","source":"registry"}],"format":1}"#;

fn packed(list: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(vec![], Compression::default());
    encoder.write_all(list.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn programs() -> [Vec<u8>; 3] {
    [elf(Arch::Amd64, None, &[]), pe(Arch::Amd64, &[]), macho(Arch::Amd64, &[], false)]
}

fn error(section: &[u8]) -> String {
    let errors = programs().map(|program| {
        let program = with_list(program, section);
        let error = listed_crates(&program.as_slice()).unwrap_err().to_string();
        // It runs nevertheless.
        let file = HostFile::parse("tool", &program);
        assert_eq!(file.crates(Arch::Amd64), Some(&Err(error.clone())));
        error
    });
    assert!(errors.iter().all(|other| *other == errors[0]), "{errors:?}");
    errors[0].clone()
}

#[test]
fn the_crates_of_programs_of_every_format_are_listed() {
    for program in programs() {
        assert_eq!(listed_crates(&program.as_slice()).unwrap(), None);
        assert_eq!(HostFile::parse("tool", &program).crates(Arch::Amd64), None);
        let program = with_list(program, &packed(LIST));
        let listed = listed_crates(&program.as_slice()).unwrap().unwrap();
        let names: Vec<_> = listed.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
        assert_eq!(names, ["app 1.2.3", "cc 1.0.0", "libc 0.2.1"]);
        assert_eq!(HostFile::parse("tool", &program).crates(Arch::Amd64), Some(&Ok(3)));
    }
    let universal = fat(&[with_list(macho(Arch::Amd64, &[], false), &packed(LIST))]);
    assert_eq!(HostFile::parse("tool", &universal).crates(Arch::Amd64), Some(&Ok(3)));
    assert_eq!(listed_crates(&b"#!/bin/sh\n".as_slice()).unwrap(), None);
}

#[test]
fn a_list_that_cannot_be_read_is_an_error() {
    let list = packed(LIST);
    assert!(error(b"plain text").contains("is not compressed with zlib"));
    assert!(error(&list[..list.len() / 2]).contains("or is cut off"));
    assert!(error(&[list.as_slice(), b"\0\0x"].concat()).contains("is followed by something else"));
    assert!(error(&packed("{}")).contains("is not what cargo-auditable writes, at column 2"));
    assert!(error(&packed(&LIST.replace("build", "test"))).contains("is not what"));
    assert!(error(&packed(&LIST.replace("[1,2]", "[1,3]"))).contains("a dependency that it does not list"));
    assert!(error(&packed(&LIST.replace("true", "false"))).contains("which crate is the program"));
}

#[test]
fn a_list_that_unpacks_to_megabytes_is_an_error() {
    let bomb = packed(&" ".repeat(64 << 20));
    assert!(bomb.len() < 1 << 17);
    assert!(error(&bomb).contains("more than that of any real program"));
}

#[test]
fn two_lists_in_a_program_are_an_error() {
    for program in programs() {
        let twice = with_list(with_list(program, &packed(LIST)), &packed(LIST));
        assert!(listed_crates(&twice.as_slice()).unwrap_err().to_string().contains("is there twice"));
    }
}

proptest! {
    #[test]
    fn no_section_makes_it_panic(section: Vec<u8>, list in ".*", at in 0_usize..0x4000, byte: u8) {
        for section in [section, packed(&list)] {
            for program in programs() {
                let mut program = with_list(program, &section);
                let _ = listed_crates(&program.as_slice());
                if let Some(place) = program.get_mut(at) {
                    *place = byte;
                }
                let _ = listed_crates(&program.as_slice());
                HostFile::parse("tool", &program);
            }
        }
    }
}
