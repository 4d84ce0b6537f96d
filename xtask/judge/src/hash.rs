//! The hash functions of signatures, over parts of a file.

use std::io::Result;
use std::ops::Range;

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::der::{Element, OID};
use crate::source::{PIECE, View, malformed};

/// A hash function that is supported here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The function of an `AlgorithmIdentifier`. Fails for SHA-1 and older ones.
    pub(crate) fn read(algorithm: &Element<'_>) -> Result<Self> {
        match algorithm.inside().expect(OID)?.content {
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => Ok(Self::Sha256),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => Ok(Self::Sha384),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => Ok(Self::Sha512),
            [0x2b, 0x0e, 3, 2, 0x1a] => Err(malformed("it is made with SHA-1")),
            _ => Err(malformed("it is made with an unknown hash function")),
        }
    }

    /// Fails only if the source cannot be read.
    pub(crate) fn of_parts(self, view: View<'_>, parts: &[Range<u64>]) -> Result<Vec<u8>> {
        match self {
            Self::Sha256 => parts_with::<Sha256>(view, parts),
            Self::Sha384 => parts_with::<Sha384>(view, parts),
            Self::Sha512 => parts_with::<Sha512>(view, parts),
        }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

fn parts_with<D: Digest>(view: View<'_>, parts: &[Range<u64>]) -> Result<Vec<u8>> {
    let mut hash = D::new();
    for part in parts {
        let mut at = part.start;
        while at < part.end {
            let length = PIECE.min(part.end - at);
            hash.update(view.bytes(at, length)?);
            at += length;
        }
    }
    Ok(hash.finalize().to_vec())
}
