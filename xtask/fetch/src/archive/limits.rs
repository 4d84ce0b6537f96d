//! How much a download may unpack to: a compression bomb must not fill the disk.

use std::io::{Error, Read, Result};

/// Programs are packed to a third or so; a run of zeros to a thousandth, or far less.
const RATIO: u64 = 100;
/// What even a small download may unpack to, in bytes.
const FREE: u64 = 16 << 20;
/// What no download may, in bytes.
const MOST: u64 = 8 << 30;
/// How many entries an archive may have. That of a whole compiler has some ten thousand.
pub const ENTRIES: usize = 100_000;

/// What is left to unpack.
pub struct Limits {
    left: u64,
}

impl Limits {
    /// For a download of so many bytes.
    pub fn of(packed: u64) -> Self {
        Self { left: packed.saturating_mul(RATIO).saturating_add(FREE).min(MOST) }
    }

    /// Fails once more comes out than is left.
    pub fn watch<'a, R: Read + 'a>(&'a mut self, inner: R) -> Watched<'a, R> {
        Watched { inner, left: &mut self.left }
    }
}

pub struct Watched<'a, R> {
    inner: R,
    left: &'a mut u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(into)?;
        *self.left = self.left.checked_sub(count as u64).ok_or_else(too_much)?;
        Ok(count)
    }
}

fn too_much() -> Error {
    Error::other("it unpacks to far more than any program needs")
}
