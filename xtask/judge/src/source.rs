//! Reads an executable piece by piece, from memory or from a file.
//!
//! Invariant: nothing outside of the view is read, and at most [`PIECE`] bytes are held at once, whatever sizes a malicious
//! header claims.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result, Seek as _, SeekFrom};

use object::pod::{Pod, from_bytes};
use object::{BigEndian, U32};

/// The limit of one read, in bytes: more than the headers of any real program.
pub(crate) const PIECE: u64 = 8 << 20;

/// Bytes that can be read from any offset.
pub trait Source {
    /// In bytes.
    fn size(&self) -> Result<u64>;
    /// Fills `into` from `offset` on. Fails if the source ends earlier.
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

/// The error for a malformed file. Its kind distinguishes it from failures of the disk.
pub(crate) fn malformed(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, what.into())
}

/// Turns the error for a malformed file into a value, made from the reason. Other errors stay.
pub(crate) fn or_malformed<T>(result: Result<T>, value: impl FnOnce(String) -> T) -> Result<T> {
    match result {
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(value(error.to_string())),
        result => result,
    }
}

fn cut_off() -> Error {
    malformed("the file ends before data that its headers refer to")
}

/// A part of a source: the whole file, or one slice of a universal file. Offsets count from its start.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    source: &'a dyn Source,
    start: u64,
    len: u64,
}

impl<'a> View<'a> {
    pub(crate) fn whole(source: &'a dyn Source) -> Result<Self> {
        Ok(Self { source, start: 0, len: source.size()? })
    }

    /// In bytes.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Fails unless all of these bytes are in the view.
    pub(crate) fn require(&self, offset: u64, len: u64) -> Result<()> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len => Ok(()),
            _ => Err(cut_off()),
        }
    }

    /// A part of this view.
    pub(crate) fn part(&self, offset: u64, len: u64) -> Result<Self> {
        self.require(offset, len)?;
        Ok(Self { source: self.source, start: self.start + offset, len })
    }

    /// These bytes, of which there may be at most [`PIECE`].
    pub(crate) fn bytes(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        self.require(offset, len)?;
        if len > PIECE {
            return Err(malformed("a header is larger than in any real program"));
        }
        let mut bytes = vec![0; len as usize];
        self.source.read_at(self.start + offset, &mut bytes)?;
        Ok(bytes)
    }

    /// At most `len` bytes: fewer if the view ends earlier.
    pub(crate) fn up_to(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        self.bytes(offset, len.min(self.len.saturating_sub(offset)))
    }

    /// A structure in the layout of the file format.
    pub(crate) fn pod<T: Pod>(&self, offset: u64) -> Result<T> {
        let bytes = self.bytes(offset, size_of::<T>() as u64)?;
        pod_in(&bytes, 0)
    }

    /// A name that ends with NUL, of at most 4 KiB. Bytes that are not UTF-8 are replaced.
    pub(crate) fn name(&self, offset: u64) -> Result<String> {
        let bytes = self.up_to(offset, 4096)?;
        name_in(&bytes)
    }
}

/// A structure in bytes that have been read already.
pub(crate) fn pod_in<T: Pod>(bytes: &[u8], offset: usize) -> Result<T> {
    let rest = bytes.get(offset..).ok_or_else(cut_off)?;
    from_bytes::<T>(rest).map(|(value, _)| *value).map_err(|()| cut_off())
}

/// The text up to the first NUL.
pub(crate) fn name_in(bytes: &[u8]) -> Result<String> {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    match (parts.next(), parts.next()) {
        (Some(name), Some(_)) => Ok(String::from_utf8_lossy(name).into_owned()),
        _ => Err(malformed("a name does not end")),
    }
}

/// The big-endian number at an offset: universal headers and signatures are big-endian.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Result<u32> {
    pod_in::<U32<BigEndian>>(bytes, at).map(|number| number.get(BigEndian))
}
