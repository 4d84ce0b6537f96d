//! Reading an executable piece by piece, wherever its bytes are.
//!
//! Invariant: nothing is read outside of the view, and no more than [`PIECE`] bytes are held at once, whatever sizes a
//! hostile header claims.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result, Seek as _, SeekFrom};

use object::pod::{Pod, from_bytes};

/// The most that one read may ask for, in bytes: more than the headers of any real program.
pub(crate) const PIECE: u64 = 8 << 20;

/// Bytes that can be read from any offset.
pub trait Source {
    /// In bytes.
    fn size(&self) -> Result<u64>;
    /// Fills `into` from `offset`; fails where the source ends before that.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<()>;
}

impl Source for &[u8] {
    fn size(&self) -> Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        let start = usize::try_from(offset).map_err(|_| cut_off())?;
        let end = start.checked_add(into.len()).ok_or_else(cut_off)?;
        into.copy_from_slice(self.get(start..end).ok_or_else(cut_off)?);
        Ok(())
    }
}

impl Source for File {
    fn size(&self) -> Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(into)
    }
}

/// What a malformed file is answered with. Distinct from failures of the disk by its kind.
pub(crate) fn malformed(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, what.into())
}

fn cut_off() -> Error {
    malformed("the file ends before something that its headers refer to")
}

/// A part of a source: the whole file, or one slice of a universal one. Offsets count from its start.
#[derive(Clone, Copy)]
pub struct View<'a> {
    source: &'a dyn Source,
    start: u64,
    len: u64,
}

impl<'a> View<'a> {
    pub fn whole(source: &'a dyn Source) -> Result<Self> {
        Ok(Self { source, start: 0, len: source.size()? })
    }

    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Fails unless the view holds all of these bytes.
    pub fn must_hold(&self, offset: u64, len: u64) -> Result<()> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len => Ok(()),
            _ => Err(cut_off()),
        }
    }

    /// A part of this view.
    pub fn part(&self, offset: u64, len: u64) -> Result<Self> {
        self.must_hold(offset, len)?;
        Ok(Self { source: self.source, start: self.start + offset, len })
    }

    /// Up to [`PIECE`] bytes.
    pub fn bytes(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        self.must_hold(offset, len)?;
        if len > PIECE {
            return Err(malformed("a header is larger than any real program has"));
        }
        let mut bytes = vec![0; len as usize];
        self.source.read_at(self.start + offset, &mut bytes)?;
        Ok(bytes)
    }

    /// At most `len` bytes: fewer where the view ends.
    pub fn up_to(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        self.bytes(offset, len.min(self.len.saturating_sub(offset)))
    }

    /// A structure as the file format lays it out.
    pub fn pod<T: Pod>(&self, offset: u64) -> Result<T> {
        let bytes = self.bytes(offset, size_of::<T>() as u64)?;
        pod_in(&bytes, 0)
    }

    /// A name that ends with NUL, of at most 4 KiB; bytes that are no text are replaced.
    pub fn name(&self, offset: u64) -> Result<String> {
        let bytes = self.up_to(offset, 4096)?;
        name_in(&bytes)
    }
}

/// A structure in bytes that were read before.
pub(crate) fn pod_in<T: Pod>(bytes: &[u8], offset: usize) -> Result<T> {
    let rest = bytes.get(offset..).ok_or_else(cut_off)?;
    from_bytes::<T>(rest).map(|(value, _)| *value).map_err(|()| cut_off())
}

/// The text up to the first NUL.
pub(crate) fn name_in(bytes: &[u8]) -> Result<String> {
    let end = bytes.iter().position(|&byte| byte == 0).ok_or_else(|| malformed("a name has no end"))?;
    Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
}
