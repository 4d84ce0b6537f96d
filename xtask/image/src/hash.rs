//! Streams that compute a digest of what passes through them.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};
use sixfold_model::digest::Digest;

/// Counts and hashes what is written through it.
pub struct HashWriter<W> {
    inner: W,
    hasher: Sha256,
    length: u64,
}

impl<W: Write> HashWriter<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), length: 0 }
    }

    /// Returns the inner writer, the digest, and the length in bytes.
    pub fn finish(self) -> (W, Digest, u64) {
        (self.inner, Digest::finish(self.hasher), self.length)
    }
}

impl<W: Write> Write for HashWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Counts and hashes what is read through it.
pub(crate) struct HashReader<R> {
    inner: R,
    hasher: Sha256,
    length: u64,
}

impl<R: Read> HashReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new(), length: 0 }
    }

    /// Returns the digest and the length in bytes of what has been read.
    pub(crate) fn finish(self) -> (Digest, u64) {
        (Digest::finish(self.hasher), self.length)
    }
}

impl<R: Read> Read for HashReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.hasher.update(into.get(..count).unwrap_or_default());
        self.length += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flushing_reaches_the_inner_writer() {
        let mut writer = HashWriter::new(io::BufWriter::new(vec![]));
        writer.write_all(b"x").unwrap();
        writer.flush().unwrap();
        let (inner, digest, length) = writer.finish();
        assert_eq!((inner.get_ref().as_slice(), digest, length), (&b"x"[..], Digest::of(b"x"), 1));
    }
}
