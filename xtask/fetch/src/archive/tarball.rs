//! Files of a tar stream.

use std::io::Read;

use anyhow::{Result, bail};
use sixfold_image::read::tar_entries::each_entry;
use tar::EntryType;

use super::members::Members;

/// A header is as long.
pub const BLOCK: usize = 512;
/// Where a header has its checksum.
const SUM: std::ops::Range<usize> = 148..156;

/// Whether these are the first bytes of a tar: a header holds the sum of its own bytes.
pub fn is_header(start: &[u8]) -> bool {
    let Ok(block) = <&[u8; BLOCK]>::try_from(start) else { return false };
    let sum = |(at, &byte): (usize, &u8)| u32::from(if SUM.contains(&at) { b' ' } else { byte });
    let actual: u32 = block.iter().enumerate().map(sum).sum();
    block[0] != 0 && tar::Header::from_byte_slice(block).cksum().is_ok_and(|told| told == actual)
}

/// Takes what is wanted out of the stream, which is read to the end of the archive.
pub fn take(stream: &mut dyn Read, members: &mut Members<'_>) -> Result<()> {
    each_entry(stream, &mut |_, header, content| {
        let (is_plain, what) = match header.kind {
            EntryType::Regular | EntryType::Continuous => (true, String::new()),
            EntryType::Directory => (false, "a folder".to_owned()),
            EntryType::Symlink | EntryType::Link => {
                (false, format!("a link to {}", header.target.as_deref().unwrap_or("nothing")))
            }
            EntryType::GNUSparse => (false, "a file with holes".to_owned()),
            _ => bail!("`{}` is a device or something stranger: refused", header.name.escape_debug()),
        };
        match members.meet(&header.name, is_plain, &what)? {
            Some(number) => members.write(number, content),
            None => Ok(()),
        }
    })
}
