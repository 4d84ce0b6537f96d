//! Mutated tar archives, read by us and by Go's `archive/tar`, which engines use. What we accept must be the same entries for
//! both. Needs `go` on the PATH.
#![no_main]

mod go_reader;
mod mutate;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use sixfold_image::read::tar_entries::each_entry;

/// An entry as both readers see it.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    kind: u8,
    mode: u32,
    name: Vec<u8>,
    target: Vec<u8>,
    contents: Vec<u8>,
}

/// Our reading. `None` if we reject the archive.
fn ours(archive: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = vec![];
    each_entry(archive, &mut |_, header, content| {
        if header.kind.is_pax_global_extensions() {
            // For Go it has only a name.
            let name = bytes(&header.name);
            entries.push(Entry { kind: b'g', mode: 0, name, target: vec![], contents: vec![] });
            return Ok(());
        }
        let mut contents = vec![];
        content.read_to_end(&mut contents)?;
        entries.push(Entry {
            // Go has one value for both types of regular files.
            kind: if header.kind.is_file() { b'0' } else { header.kind.as_byte() },
            mode: header.mode.expect("a mode"),
            name: bytes(&header.name),
            target: bytes(header.target.as_deref().unwrap_or_default()),
            contents,
        });
        Ok(())
    })
    .ok()?;
    Some(entries)
}

/// The name in the archive. In text, a byte that is not UTF-8 is a NUL and two hexadecimal digits.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split('\0');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("a hexadecimal number"));
        bytes.extend_from_slice(part[2..].as_bytes());
    }
    bytes
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed)
});

fuzz_target!(|archive: &[u8]| {
    let Some(ours) = ours(archive) else { return };
    let theirs = go_reader::read(archive);
    assert_eq!(Ok(ours), theirs, "we and Go read different entries");
});
