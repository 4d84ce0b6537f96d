//! Headers that tar readers understand differently.
//!
//! Engines use Go's `archive/tar`. A header is rejected if Go, GNU tar or this reader could find another name, another size or
//! another type of file in it. Writers of images produce none of these.

use anyhow::{Result, ensure};
use tar::{EntryType, Header};

/// Where a USTAR header has the start of a long name, and a GNU header has times.
const PREFIX: std::ops::Range<usize> = 345..500;
/// The part of [`PREFIX`] in which a GNU header has two times.
const GNU_TIMES: std::ops::Range<usize> = 345..369;
/// The part of [`PREFIX`] in which a star header has times.
const STAR_TIMES: std::ops::Range<usize> = 476..500;
const STAR_TRAILER: std::ops::Range<usize> = 508..512;

/// The fields with numbers: mode, user, group, size, time and checksum.
const NUMBERS: [std::ops::Range<usize>; 6] = [100..108, 108..116, 116..124, 124..136, 136..148, 148..156];
/// The numbers of a device, which only headers with a magic have.
const DEVICE: [std::ops::Range<usize>; 2] = [329..337, 337..345];

/// Fails on a header that is ambiguous. `name` is for messages.
pub(super) fn check(header: &Header, size: u64, name: &str) -> Result<()> {
    let kind = header.entry_type();
    let name = name.escape_debug();
    ensure!(
        !matches!(kind, EntryType::Continuous | EntryType::GNUSparse),
        "`{name}` is a contiguous or a sparse file, which tar readers understand differently"
    );
    ensure!(
        !kind.is_file() || !name.to_string().ends_with('/'),
        "`{name}` is a file whose name ends with a slash, which some tar readers take for a folder"
    );
    let may_have_contents = !is_without_contents(kind);
    ensure!(
        may_have_contents || size == 0,
        "`{name}` is not a file but has {size} bytes of contents, which some tar readers skip"
    );
    Ok(())
}

/// The permission bits and the bits above them. An empty field is 0, as for Go.
pub(super) fn mode(header: &Header) -> Result<u32> {
    let is_empty = header.as_old().mode.iter().all(|byte| matches!(byte, b' ' | 0));
    if is_empty { Ok(0) } else { Ok(header.mode()?) }
}

/// The bytes as text. A byte that is not UTF-8 becomes a NUL and two hexadecimal digits. So different names stay different,
/// and no path in a document is equal to one of them, because names in archives have no NUL.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\0{byte:02x}")));
    }
    text
}

/// The types that have no contents.
fn is_without_contents(kind: EntryType) -> bool {
    kind.is_dir()
        || kind.is_symlink()
        || kind.is_hard_link()
        || kind.is_fifo()
        || kind.is_character_special()
        || kind.is_block_special()
}

fn has_ambiguous_prefix(bytes: &[u8; 512]) -> bool {
    let part = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default();
    let is_set = |part: &[u8]| part.iter().any(|byte| *byte != 0);
    match part(257..265) {
        b"ustar\x0000" => part(STAR_TRAILER) == b"tar\0" && is_set(part(STAR_TIMES)),
        // Go reads the prefix if the times are not numbers.
        b"ustar  \0" => part(GNU_TIMES).chunks(12).any(|time| !is_number(time)),
        _ => is_set(part(PREFIX)),
    }
}

/// Fails on fields that are ambiguous in any header, also in that of an extension.
pub(super) fn check_fields(header: &Header) -> Result<()> {
    let bytes = header.as_bytes();
    let has_device = bytes.get(257..262).is_some_and(|magic| magic == b"ustar");
    let device = DEVICE.into_iter().filter(|_| has_device);
    let are_numbers = NUMBERS.into_iter().chain(device).all(|range| bytes.get(range).is_some_and(is_number));
    // Go reads no such archive.
    ensure!(are_numbers, "it contains a header with an invalid number");
    ensure!(
        !has_ambiguous_prefix(bytes),
        "it contains a header with data where other tar formats have the start of its name"
    );
    Ok(())
}

/// True for an octal number with spaces before it and spaces or NULs after it, for a base-256 number of 64 bits, and for an
/// empty field.
fn is_number(field: &[u8]) -> bool {
    if let [sign @ (0x80 | 0xff), rest @ ..] = field {
        let fill = if *sign == 0xff { 0xff } else { 0 };
        let (above, number) = rest.split_at(rest.len().saturating_sub(8));
        let is_64_bits = above.is_empty() || number.first().is_some_and(|first| first & 0x80 == fill & 0x80);
        return is_64_bits && above.iter().all(|byte| *byte == fill);
    }
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or_default();
    let digits = field.get(start..).unwrap_or_default();
    let end = digits.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(digits.len());
    let (digits, after) = digits.split_at(end);
    after.iter().all(|byte| matches!(byte, b' ' | 0))
        && (!digits.is_empty() || field.iter().all(|byte| *byte == 0))
}
