//! Extracts files from a tar stream.
//!
//! The reader is that of layers, which rejects what tar readers understand differently. Archives of GNU tar in each of its
//! formats, of Python and of Git contain none of that.

use std::io::Read;

use anyhow::{Result, bail};
use sixfold_image::read::tar_entries::each_entry;
use tar::EntryType;

use super::members::Members;

/// The size of a header, in bytes.
pub(crate) const BLOCK: usize = 512;
/// The position of the checksum in a header.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// True if a tar starts with these bytes: a header contains the sum of its own bytes.
pub(crate) fn is_header(start: &[u8]) -> bool {
    let Ok(block) = <&[u8; BLOCK]>::try_from(start) else { return false };
    // The checksum itself counts as spaces.
    let value = |(at, &byte): (usize, &u8)| u32::from(if CHECKSUM.contains(&at) { b' ' } else { byte });
    let actual: u32 = block.iter().enumerate().map(value).sum();
    !block.starts_with(&[0]) && tar::Header::from_byte_slice(block).cksum().is_ok_and(|sum| sum == actual)
}

/// Extracts the requested files. Reads the stream to the end of the archive.
pub(crate) fn extract(stream: &mut dyn Read, members: &mut Members<'_>) -> Result<()> {
    each_entry(stream, &mut |_, header, content| {
        let special = match header.kind {
            EntryType::Regular => None,
            EntryType::Directory => Some("a folder".to_owned()),
            EntryType::Symlink | EntryType::Link => {
                Some(format!("a link to {}", header.target.as_deref().unwrap_or("nothing")))
            }
            _ => bail!(
                "it is refused because `{}` is a device or another special file",
                header.name.escape_debug()
            ),
        };
        match members.select(&header.name, special.as_deref())? {
            Some(member) => member.write(content),
            None => Ok(()),
        }
    })
}
