//! Verifies the code signature of a Mach-O file: every page must have the hash that the signature gives.
//!
//! Apple Silicon kills programs that have no signature, or one whose hashes do not match, as after a `strip` that does not
//! sign again. The signer does not matter for starting a program. If there is a certificate, it is read, and its chain is not
//! verified. The layout is that of Darwin's published kernel header `cs_blobs.h`; all numbers are big-endian.

use std::collections::BTreeMap;
use std::io::Result;
use std::ops::{Range, RangeInclusive};
use std::slice::from_ref;

use object::macho::{CSMAGIC_BLOBWRAPPER, CSMAGIC_CODEDIRECTORY, CSMAGIC_EMBEDDED_SIGNATURE};
use sha2::{Digest as _, Sha256, Sha384};

use crate::cms::Signed;
use crate::signature::{Identity, Signature};
use crate::source::{View, be32, malformed, or_malformed};

/// The limit of blobs in a signature; real signatures have at most seven.
const BLOBS: u32 = 64;
/// The slots that have the code directory of slot 0 again, with other hash functions.
const ALTERNATIVES: RangeInclusive<u32> = 0x1000..=0x1005;
/// The slot of the CMS signature.
const CERTIFICATE: u32 = 0x10000;
/// The limit of the CMS signature, in bytes; real ones have about 10 kB.
const LARGEST: u64 = 1 << 20;
/// A flag of the code directory.
const HARDENED_RUNTIME: u32 = 0x10000;

/// How the pages were hashed, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Sha1,
    Sha256Truncated,
    Sha256,
    Sha384,
}

/// Verifies the signature that `LC_CODE_SIGNATURE` places at `offset`. Fails only if the file cannot be read or ends before the
/// signature does.
pub(super) fn verify(view: View<'_>, offset: u64, size: u64) -> Result<Signature> {
    let blob = view.part(offset, size)?;
    or_malformed(check(view, blob, offset), |reason| Signature::Invalid { reason })
}

fn check(file: View<'_>, blob: View<'_>, offset: u64) -> Result<Signature> {
    let head = blob.bytes(0, 12)?;
    if be32(&head, 0)? != CSMAGIC_EMBEDDED_SIGNATURE {
        return Err(malformed("the signature does not start with the magic number of signatures"));
    }
    let count = be32(&head, 8)?;
    if count > BLOBS {
        return Err(malformed(format!("the signature claims {count} parts")));
    }
    let index = blob.bytes(12, u64::from(count) * 8)?;
    let mut parts = BTreeMap::new();
    for entry in index.chunks_exact(8) {
        if parts.insert(be32(entry, 0)?, u64::from(be32(entry, 4)?)).is_some() {
            return Err(malformed("the signature has a part twice"));
        }
    }
    let Some(first) = parts.get(&0) else {
        return Err(malformed("the signature has no code directory"));
    };
    let first = Directory::read(blob, *first)?;
    let mut directories = BTreeMap::from([(first.hash, first.clone())]);
    for (_, at) in parts.range(ALTERNATIVES) {
        let directory = Directory::read(blob, *at)?;
        // The kernel refuses this, too.
        if directories.insert(directory.hash, directory).is_some() {
            return Err(malformed("the signature has two code directories with the same hash function"));
        }
    }
    // The kernel uses the strongest.
    let best = directories.last_key_value().map_or(&first, |(_, directory)| directory);
    if best.hash == Hash::Sha1 {
        return Ok(Signature::Unverifiable { reason: "its pages are hashed with SHA-1 only".into() });
    }
    best.check_pages(file, blob, offset)?;
    let Some(certificate) = parts.get(&CERTIFICATE) else { return Ok(Signature::AdHoc) };
    or_malformed(identity(blob, &first, best, *certificate), |why| Signature::Unverifiable {
        reason: format!("in the part with the certificate, {why}"),
    })
}

/// Who has signed the code directories: the CMS signature at `at` is for all bytes of the first one, and lists the digest of the
/// strongest one if that is another.
fn identity(blob: View<'_>, first: &Directory, best: &Directory, at: u64) -> Result<Signature> {
    let head = blob.bytes(at, 8)?;
    if be32(&head, 0)? != CSMAGIC_BLOBWRAPPER {
        return Err(malformed("the magic number is wrong"));
    }
    let length = u64::from(be32(&head, 4)?).saturating_sub(8).min(LARGEST);
    // Signatures without a certificate have an empty part.
    if length == 0 {
        return Ok(Signature::AdHoc);
    }
    let bytes = blob.bytes(at + 8, length)?;
    let signed = Signed::read(&bytes)?;
    let is_of = |directory: &Directory, hash: crate::hash::Hash, digest: &[u8]| {
        Ok::<_, std::io::Error>(hash.of_parts(blob, from_ref(&directory.bytes))? == digest)
    };
    let mut is_signed = is_of(first, signed.hash, signed.digest)?;
    if is_signed && first.bytes != best.bytes {
        is_signed = false;
        for (hash, digest) in signed.listed_digests()? {
            is_signed |= is_of(best, hash, digest)?;
        }
    }
    if !is_signed {
        return Err(malformed("the digest is that of another code directory"));
    }
    Identity::of(&signed, Some(best.flags & HARDENED_RUNTIME != 0)).map(Signature::Identity)
}

#[derive(Clone)]
struct Directory {
    /// Where it is in the signature.
    bytes: Range<u64>,
    flags: u32,
    hash: Hash,
    hash_size: u64,
    /// The offset, within the signature, of the hash of the first page.
    hashes: u64,
    slots: u32,
    code_limit: u64,
    page_size: u64,
}

impl Directory {
    fn read(blob: View<'_>, at: u64) -> Result<Self> {
        let head = blob.bytes(at, 44)?;
        if be32(&head, 0)? != CSMAGIC_CODEDIRECTORY {
            return Err(malformed("the signature's code directory does not start with its magic number"));
        }
        let version = be32(&head, 8)?;
        let [hash_size, hash_type, _, page_bits] = byte_fields(&head)?;
        let (hash, length) = match hash_type {
            1 => (Hash::Sha1, 20),
            2 => (Hash::Sha256, 32),
            3 => (Hash::Sha256Truncated, 20),
            4 => (Hash::Sha384, 48),
            other => return Err(malformed(format!("the signature uses an unknown hash ({other})"))),
        };
        if hash_size != length {
            return Err(malformed("the signature's hashes have the wrong length"));
        }
        let page_size = match page_bits {
            bits @ 12..=16 => 1 << bits,
            bits => {
                return Err(malformed(format!(
                    "the signature has pages of 2^{bits} bytes, which no Mac has"
                )));
            }
        };
        let mut code_limit = u64::from(be32(&head, 32)?);
        if version >= 0x2_0300 {
            // The 64-bit limit, for files above 4 GiB; zero means that the other one counts.
            let wide = blob.bytes(at + 56, 8)?;
            let wide = u64::from(be32(&wide, 0)?) << 32 | u64::from(be32(&wide, 4)?);
            code_limit = if wide == 0 { code_limit } else { wide };
        }
        let bytes = at..at + u64::from(be32(&head, 4)?);
        blob.require(at, bytes.end - at)?;
        Ok(Self {
            bytes,
            flags: be32(&head, 12)?,
            hash,
            hash_size: length.into(),
            hashes: at + u64::from(be32(&head, 16)?),
            slots: be32(&head, 28)?,
            code_limit,
            page_size,
        })
    }

    /// Fails unless the pages cover everything before the signature and each matches its hash.
    fn check_pages(&self, file: View<'_>, blob: View<'_>, end: u64) -> Result<()> {
        if self.code_limit != end {
            let limit = self.code_limit;
            return Err(malformed(format!("the signature covers {limit} of the {end} bytes before it")));
        }
        if u64::from(self.slots) != end.div_ceil(self.page_size) {
            return Err(malformed(format!(
                "the signature has {} hashes, which is not one for each page",
                self.slots
            )));
        }
        for page in 0..u64::from(self.slots) {
            let start = page * self.page_size;
            let bytes = file.bytes(start, self.page_size.min(end - start))?;
            let expected = blob.bytes(self.hashes + page * self.hash_size, self.hash_size)?;
            let matches = match self.hash {
                Hash::Sha384 => Sha384::digest(&bytes).starts_with(&expected),
                _ => Sha256::digest(&bytes).starts_with(&expected),
            };
            if !matches {
                let message = format!("the bytes from {start:#x} on have changed since it was signed");
                return Err(malformed(message));
            }
        }
        Ok(())
    }
}

/// Hash size, hash type, platform and page size of a code directory: a byte each.
fn byte_fields(head: &[u8]) -> Result<[u8; 4]> {
    be32(head, 36).map(u32::to_be_bytes)
}
