//! Limits how much a download may unpack to: a compression bomb must not fill the disk.

use std::io::{Error, Read, Result};

/// How much larger the content may be than the download. Binaries compress to about a third; zeros to a thousandth or
/// far less.
const RATIO: u64 = 100;
/// What even a small download may unpack to in addition, in bytes.
const ALLOWANCE: u64 = 16 << 20;
/// What no download may exceed, in bytes.
const MAX_UNPACKED: u64 = 8 << 30;
/// How many entries an archive may have. The archive of a whole compiler has some ten thousand.
pub(crate) const MAX_ENTRIES: usize = 100_000;

/// How many bytes may still be unpacked.
pub(crate) struct Limits {
    left: u64,
}

impl Limits {
    /// The limits for a download with this many bytes.
    pub(crate) fn of(download: u64) -> Self {
        Self { left: download.saturating_mul(RATIO).saturating_add(ALLOWANCE).min(MAX_UNPACKED) }
    }

    /// A reader that fails when it exceeds what is left.
    pub(crate) fn limit<'a, R: Read + 'a>(&'a mut self, inner: R) -> Limited<'a, R> {
        Limited { inner, left: &mut self.left }
    }
}

pub(crate) struct Limited<'a, R> {
    inner: R,
    left: &'a mut u64,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(into)?;
        *self.left = self.left.checked_sub(count as u64).ok_or_else(too_large)?;
        Ok(count)
    }
}

fn too_large() -> Error {
    Error::other(format!(
        "it unpacks to more than {RATIO} times its size plus {} MiB, or to more than {} GiB",
        ALLOWANCE >> 20,
        MAX_UNPACKED >> 30
    ))
}
