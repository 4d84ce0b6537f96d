//! Verifies the digest in the signature of a PE file (Authenticode): it must be that of the file.
//!
//! The layout is that of Microsoft's "Windows Authenticode Portable Executable Signature Format".

use std::io::Result;

use crate::cms::Signed;
use crate::der::{OCTETS, SEQUENCE};
use crate::hash::Hash;
use crate::signature::{Identity, Signature};
use crate::source::{View, malformed, or_malformed};

/// The limit of a signature, in bytes; real ones have about 10 kB.
const LARGEST: u64 = 1 << 20;

/// `WIN_CERT_TYPE_PKCS_SIGNED_DATA`.
const PKCS7: u16 = 2;

/// Where the parts of a file are that its digest leaves out.
pub(crate) struct Places {
    /// The checksum of the optional header, four bytes.
    pub checksum: u64,
    /// The entry of the directory that has the place of the signature, eight bytes.
    pub entry: u64,
    /// The signature.
    pub start: u64,
    pub size: u64,
}

/// Fails only if the source cannot be read.
pub(crate) fn verify(view: View<'_>, places: &Places) -> Result<Signature> {
    or_malformed(check(view, places), |reason| Signature::Unverifiable { reason })
}

fn check(view: View<'_>, places: &Places) -> Result<Signature> {
    let Places { checksum, entry, start, size } = *places;
    if !(8..=LARGEST).contains(&size) {
        return Err(malformed(format!("it has {size} bytes")));
    }
    let end = start.checked_add(size).ok_or_else(|| malformed("it is outside of the file"))?;
    if end != view.len() {
        return Err(malformed("it is not at the end of the file"));
    }
    let table = view.bytes(start, size)?;
    let (head, content) = table.split_first_chunk::<8>().ok_or_else(|| malformed("it is empty"))?;
    let [_, _, _, _, _, _, low, high] = *head;
    if u16::from_le_bytes([low, high]) != PKCS7 {
        return Err(malformed("it is of an unknown kind"));
    }
    let signed = Signed::read(content)?;
    let Some(subject) = signed.content.filter(|content| content.tag == SEQUENCE) else {
        return Err(malformed("it has no digest"));
    };
    let mut fields = subject.inside();
    fields.expect(SEQUENCE)?;
    let mut digest = fields.expect(SEQUENCE)?.inside();
    let hash = Hash::read(&digest.expect(SEQUENCE)?)?;
    let actual = hash.of_parts(view, &[0..checksum, checksum + 4..entry, entry + 8..start])?;
    if actual != digest.expect(OCTETS)?.content {
        return Ok(Signature::Invalid { reason: "the file has changed since it was signed".into() });
    }
    if signed.hash.of(subject.content) != signed.digest {
        return Ok(Signature::Invalid { reason: "its certificate has signed another digest".into() });
    }
    Identity::of(&signed, None).map(Signature::Identity)
}
