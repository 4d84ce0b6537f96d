//! Signatures with certificates, each just large enough to be read.

use sha2::{Digest as _, Sha256};

use super::samples::{macho, pe};
use super::*;
use sixfold_model::finding::Severity;
use sixfold_model::matrix::{Arch, Cell, HostOs, Platform};

const SHA256: [u8; 9] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA1: [u8; 5] = [0x2b, 0x0e, 3, 2, 0x1a];
const MESSAGE_DIGEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const TIMESTAMP: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 2, 0x0e];
const CODE_DIRECTORIES: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 9, 2];
const SIGNATURE: &[u8] = b"made with a private key";

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82][..], &length, &content].concat()
}

/// The same with a mark at the end instead of a length.
fn marked(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat()
}

fn name(text: &str) -> Vec<u8> {
    let pair = der(0x30, &[&der(6, &[&[0x55, 4, 3]]), &der(0x0c, &[text.as_bytes()])]);
    der(0x30, &[&der(0x31, &[&pair])])
}

/// What differs between the signatures of the tests.
struct Cms<'a> {
    hash: &'a [u8],
    content: Vec<u8>,
    digest: Vec<u8>,
    serial: u8,
    /// Signed attributes after that of the digest.
    more: Vec<u8>,
    unsigned: Vec<u8>,
}

impl Cms<'_> {
    fn of(content: Vec<u8>, digest: Vec<u8>) -> Self {
        Self { hash: &SHA256, content, digest, serial: 7, more: vec![], unsigned: vec![] }
    }

    fn bytes(&self) -> Vec<u8> {
        let algorithm = der(0x30, &[&der(6, &[self.hash])]);
        let valid = der(0x30, &[&der(0x17, &[b"200101000000Z"]), &der(0x17, &[b"210101000000Z"])]);
        let fields =
            [der(0xa0, &[&[2, 1, 2]]), vec![2, 1, 7], algorithm.clone(), name("Issuer"), valid, name("Me")];
        let certificate = der(0x30, &[&der(0x30, &fields.each_ref().map(Vec::as_slice))]);
        let attribute = der(0x30, &[&der(6, &[&MESSAGE_DIGEST]), &der(0x31, &[&der(4, &[&self.digest])])]);
        let signer = der(
            0x30,
            &[
                &[2, 1, 1],
                &der(0x30, &[&name("Issuer"), &[2, 1, self.serial]]),
                &algorithm,
                &der(0xa0, &[&attribute, &self.more]),
                &algorithm,
                &der(4, &[SIGNATURE]),
                &self.unsigned,
            ],
        );
        let content = if self.content.is_empty() { vec![] } else { der(0xa0, &[&self.content]) };
        let data = marked(
            0x30,
            &[
                &[2, 1, 1],
                &der(0x31, &[&algorithm]),
                &marked(0x30, &[&[6, 1, 42], &content]),
                &marked(0xa0, &[&certificate]),
                &der(0x31, &[&signer]),
            ],
        );
        marked(0x30, &[&[6, 1, 42], &marked(0xa0, &[&data])])
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// A time stamp for these bytes, as an attribute.
fn timestamp(stamped: &[u8]) -> Vec<u8> {
    let imprint = der(0x30, &[&der(0x30, &[&der(6, &[&SHA256])]), &der(4, &[&sha256(stamped)])]);
    let info = der(0x30, &[&[2, 1, 1, 6, 1, 42], &imprint]);
    let token = Cms::of(der(4, &[&info]), sha256(&info)).bytes();
    der(0xa1, &[&der(0x30, &[&der(6, &[&TIMESTAMP]), &der(0x31, &[&token])])])
}

/// A program for Windows with this signature, which is made from the digest of the program.
fn windows(cms: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = pe(Arch::Amd64, &["KERNEL32.dll"]);
    let (checksum, entry, start) = (0x40 + 24 + 64, 0x40 + 24 + 112 + 32, bytes.len());
    let digest = sha256(&[&bytes[..checksum], &bytes[checksum + 4..entry], &bytes[entry + 8..]].concat());
    let cms = cms(digest);
    let size = 8 + cms.len() as u32;
    bytes[entry..entry + 4].copy_from_slice(&(start as u32).to_le_bytes());
    bytes[entry + 4..entry + 8].copy_from_slice(&size.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend([0, 2, 2, 0]);
    bytes.extend(cms);
    bytes
}

/// The content of Authenticode.
fn subject(digest: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let info = der(0x30, &[&der(0x30, &[&der(6, &[&SHA256])]), &der(4, &[digest])]);
    let fields = [der(0x30, &[&[6, 1, 42]]), info].concat();
    (der(0x30, &[&fields]), sha256(&fields))
}

fn authenticode(digest: &[u8]) -> Cms<'static> {
    let (content, digest) = subject(digest);
    Cms::of(content, digest)
}

fn of_windows(bytes: &[u8]) -> Signature {
    HostFile::parse("tool.exe", bytes).signature(Arch::Amd64).unwrap().clone()
}

/// A code directory with these flags, for SHA-1 (which is not computed) or SHA-256.
fn directory(code: &[u8], flags: u32, is_sha1: bool) -> Vec<u8> {
    let hash = |page: &[u8]| if is_sha1 { vec![0; 20] } else { sha256(page) };
    let hashes: Vec<u8> = code.chunks(4096).flat_map(hash).collect();
    let words = [0xfade_0c02, 44 + hashes.len() as u32, 0x2_0001, flags, 44, 44, 0, 3, code.len() as u32];
    let mut directory: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    let (size, kind) = if is_sha1 { (20, 1) } else { (32, 2) };
    directory.extend([size, kind, 0, 12, 0, 0, 0, 0]);
    directory.extend(hashes);
    directory
}

/// A program for macOS whose signature has the parts that are made from its code.
fn macos_with(parts: impl Fn(&[u8]) -> Vec<(u32, Vec<u8>)>) -> Signature {
    let make = |code: &[u8]| {
        let parts = parts(code);
        let length = parts.iter().map(|(_, part)| part.len() as u32).sum::<u32>();
        let start = 12 + 8 * parts.len() as u32;
        let (mut index, mut at) = (vec![0xfade_0cc0, start + length, parts.len() as u32], start);
        for (slot, part) in &parts {
            index.extend([*slot, at]);
            at += part.len() as u32;
        }
        let mut blob: Vec<u8> = index.iter().flat_map(|word| word.to_be_bytes()).collect();
        parts.iter().for_each(|(_, part)| blob.extend(part));
        blob
    };
    let mut code = macho(Arch::Arm64, &[], true)[..0x3000].to_vec();
    let size = make(&code).len() as u32;
    // The size is at the end of the last load command.
    let end = 32 + u32::from_le_bytes(code[20..24].try_into().unwrap()) as usize;
    code[end - 4..end].copy_from_slice(&size.to_le_bytes());
    let bytes = [code.clone(), make(&code)].concat();
    HostFile::parse("tool", &bytes).signature(Arch::Arm64).unwrap().clone()
}

fn certificate(cms: Vec<u8>) -> (u32, Vec<u8>) {
    let head = [0xfade_0b01, 8 + cms.len() as u32].map(u32::to_be_bytes).concat();
    (0x10000, [head, cms].concat())
}

/// A program for macOS whose signature has these flags, and this CMS signature made from its code directory.
fn macos(flags: u32, cms: impl Fn(&[u8]) -> Vec<u8>) -> Signature {
    macos_with(|code| {
        let directory = directory(code, flags, false);
        vec![certificate(cms(&directory)), (0, directory)]
    })
}

fn reason(signature: Signature) -> String {
    match signature {
        Signature::Invalid { reason } => format!("invalid: {reason}"),
        Signature::Unverifiable { reason } => format!("unverifiable: {reason}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_signature_with_a_certificate_is_not_an_ad_hoc_one() {
    assert_eq!(macos(2, |_| vec![]), Signature::AdHoc);
    let signed = macos(0x10000, |directory| {
        let unsigned = timestamp(SIGNATURE);
        Cms { unsigned, ..Cms::of(vec![], sha256(directory)) }.bytes()
    });
    let valid = 1_577_836_800..1_609_459_200;
    let identity = Identity { name: "Me".into(), hardened_runtime: Some(true), timestamp: true, valid };
    assert_eq!(signed.to_string(), "signed as Me (certificate not verified), hardened runtime, time stamp");
    assert_eq!(signed, Signature::Identity(identity));
    let plain = macos(0, |directory| Cms::of(vec![], sha256(directory)).bytes());
    assert_eq!(plain.to_string(), "signed as Me (certificate not verified)");
}

#[test]
fn a_certificate_for_another_program_does_not_count() {
    let other = macos(0, |_| Cms::of(vec![], sha256(b"other")).bytes());
    assert!(reason(other).contains("the digest is that of another code directory"));
    let garbage = macos(0, |_| vec![0x30, 0x20, 1]);
    assert!(reason(garbage).starts_with("unverifiable: in the part with the certificate"));
}

#[test]
fn of_two_code_directories_the_certificate_has_to_sign_the_strongest() {
    let with = |listed: fn(&[u8]) -> Vec<u8>| {
        macos_with(|code| {
            let (old, new) = (directory(code, 0, true), directory(code, 0x10000, false));
            let digest = der(0x30, &[&der(6, &[&SHA256]), &der(4, &[&listed(&new)])]);
            let sha1 = der(0x30, &[&der(6, &[&SHA1]), &der(4, &[&[0; 20]])]);
            let more = der(0x30, &[&der(6, &[&CODE_DIRECTORIES]), &der(0x31, &[&sha1, &digest])]);
            let cms = Cms { more, ..Cms::of(vec![], sha256(&old)) };
            vec![(0, old), (0x1000, new), certificate(cms.bytes())]
        })
    };
    assert_eq!(with(sha256).to_string(), "signed as Me (certificate not verified), hardened runtime");
    let other = reason(with(|_| sha256(b"other")));
    assert!(other.contains("the digest is that of another code directory"), "{other}");
    let unlisted = macos_with(|code| {
        let (old, new) = (directory(code, 0, true), directory(code, 0, false));
        let cms = Cms::of(vec![], sha256(&old));
        vec![(0, old), (0x1000, new), certificate(cms.bytes())]
    });
    assert!(reason(unlisted).contains("the digest is that of another code directory"));
}

#[test]
fn what_a_signature_has_twice_is_an_error() {
    let twice = macos_with(|code| vec![(0, directory(code, 0, false)), (0, directory(code, 2, false))]);
    assert_eq!(reason(twice), "invalid: the signature has a part twice");
    let same = macos_with(|code| vec![(0, directory(code, 0, false)), (0x1000, directory(code, 2, false))]);
    assert_eq!(reason(same), "invalid: the signature has two code directories with the same hash function");
    let attribute = der(0x30, &[&der(6, &[&MESSAGE_DIGEST]), &der(0x31, &[&der(4, &[&[1; 32]])])]);
    let signed = windows(|digest| Cms { more: attribute.clone(), ..authenticode(&digest) }.bytes());
    assert_eq!(reason(of_windows(&signed)), "unverifiable: it has an attribute twice");
}

#[test]
fn the_digest_of_authenticode_is_that_of_the_file() {
    let signed = windows(|digest| authenticode(&digest).bytes());
    assert_eq!(of_windows(&signed).to_string(), "signed as Me (certificate not verified)");
    assert_eq!(of_windows(&pe(Arch::Amd64, &[])), Signature::None);
    let mut changed = signed;
    changed[0x210] ^= 1;
    assert_eq!(reason(of_windows(&changed)), "invalid: the file has changed since it was signed");
    let file = HostFile::parse("tool.exe", &changed);
    let platform = Platform(Arch::Amd64);
    let cell = Cell { binary: "tool".into(), file: None, os: HostOs::Windows.into(), platform, at: None };
    for (origin, is_error) in [(Origin::BuiltFromSource, true), (Origin::ThirdParty, false)] {
        let problems = check_cell(&cell, &file, None, origin);
        let severities: Vec<_> =
            problems.iter().map(|problem| problem.finding.severity == Severity::Error).collect();
        assert_eq!((problems[0].finding.code(), severities), ("signature-invalid", vec![is_error]));
    }
}

#[test]
fn a_certificate_has_to_sign_the_digest_and_to_be_there() {
    let other = windows(|digest| Cms { digest: sha256(b"other"), ..authenticode(&digest) }.bytes());
    assert_eq!(reason(of_windows(&other)), "invalid: its certificate has signed another digest");
    let missing = windows(|digest| Cms { serial: 8, ..authenticode(&digest) }.bytes());
    assert_eq!(reason(of_windows(&missing)), "unverifiable: it lacks the certificate of its signer");
    let old = windows(|digest| Cms { hash: &SHA1, ..authenticode(&digest) }.bytes());
    assert_eq!(reason(of_windows(&old)), "unverifiable: it is made with SHA-1");
    let mut longer = windows(|digest| authenticode(&digest).bytes());
    longer.push(0);
    assert_eq!(reason(of_windows(&longer)), "unverifiable: it is not at the end of the file");
}

#[test]
fn a_time_stamp_has_to_be_for_this_signature() {
    let with = |stamped: &[u8]| {
        let unsigned = timestamp(stamped);
        of_windows(&windows(|digest| Cms { unsigned: unsigned.clone(), ..authenticode(&digest) }.bytes()))
    };
    assert_eq!(with(SIGNATURE).to_string(), "signed as Me (certificate not verified), time stamp");
    assert_eq!(with(b"another signature").to_string(), "signed as Me (certificate not verified)");
}

#[test]
fn a_damaged_signature_is_read_without_a_panic() {
    let signed = windows(|digest| authenticode(&digest).bytes());
    for at in 0x400..signed.len() {
        for bit in 0..8 {
            let mut damaged = signed.clone();
            damaged[at] ^= 1 << bit;
            of_windows(&damaged);
        }
        of_windows(&signed[..at]);
    }
}

#[test]
fn reports_have_a_line_for_each_kind_of_signature() {
    let paths =
        ["/darwin/a", "/windows/b.exe"].map(|path| sixfold_model::matrix::ImagePath::new(path).unwrap());
    let platforms = Platform::ALL;
    let files = [
        (&paths[0], platforms[0], Some(&Signature::AdHoc)),
        (&paths[0], platforms[1], Some(&Signature::AdHoc)),
        (&paths[1], platforms[0], Some(&Signature::AdHoc)),
        (&paths[1], platforms[1], Some(&Signature::None)),
        (&paths[1], platforms[1], None),
    ];
    let lines = lines_by_kind(files.into_iter());
    assert_eq!(
        lines,
        ["not signed: /windows/b.exe (arm64)", "signed ad hoc: /darwin/a, /windows/b.exe (amd64)"]
    );
}
