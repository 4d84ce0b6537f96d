//! Reads signatures with certificates: CMS (RFC 5652), in which both Apple and Microsoft wrap theirs, with time stamps (RFC 3161).
//!
//! What is compared here are digests: that of what was signed, and that of what was stamped. The public-key signature itself
//! and the chain of certificates are not verified: that needs the certificates that the operating system trusts.

use std::io::Result;
use std::ops::Range;

use crate::der::{Element, OCTETS, OID, Reader, SEQUENCE, SET, context};
use crate::hash::Hash;
use crate::source::malformed;

const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
/// Apple's list of the digests of all code directories.
const CODE_DIRECTORIES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 9, 2];
/// A signature of the signature, in the style of Authenticode.
const COUNTERSIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 6];
/// A time stamp token, under the name of RFC 3161 and that of Microsoft.
const TIMESTAMPS: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 2, 0x0e], &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1]];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// A signature by one signer.
pub(crate) struct Signed<'a> {
    /// What was signed, if it is in the signature.
    pub content: Option<Element<'a>>,
    /// The hash function, and what it gave for that which was signed.
    pub hash: Hash,
    pub digest: &'a [u8],
    /// Identifies the certificate: its issuer and number.
    signer: Element<'a>,
    certificates: Vec<Element<'a>>,
    signature: &'a [u8],
    attributes: Vec<Element<'a>>,
    unsigned: Vec<Element<'a>>,
}

/// A certificate: its common name, and when it is valid, in seconds since 1970.
pub(crate) struct Certificate {
    pub name: String,
    pub valid: Range<i64>,
}

impl<'a> Signed<'a> {
    /// Fails for anything but a signature of one signer with signed attributes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut info = Reader(bytes).expect(SEQUENCE)?.inside();
        info.expect(OID)?;
        let mut data = info.expect(context(0))?.inside().expect(SEQUENCE)?.inside();
        data.next()?;
        data.expect(SET)?;
        let mut wrapped = data.expect(SEQUENCE)?.inside();
        wrapped.expect(OID)?;
        let content = wrapped.optional(context(0))?.map(|content| content.inside().next()).transpose()?;
        let certificates = data.optional(context(0))?.map_or(Ok(vec![]), |all| all.inside().all())?;
        data.optional(context(1))?;
        let signers = data.expect(SET)?.inside().all()?;
        let [signer] = signers.as_slice() else {
            return Err(malformed(format!("it has {} signers", signers.len())));
        };
        Self::of_signer(signer, content.flatten(), certificates)
    }

    fn of_signer(
        info: &Element<'a>,
        content: Option<Element<'a>>,
        certificates: Vec<Element<'a>>,
    ) -> Result<Self> {
        let mut fields = info.inside();
        fields.next()?;
        let signer = fields.next()?.ok_or_else(|| malformed("it names no signer"))?;
        let hash = Hash::read(&fields.expect(SEQUENCE)?)?;
        let attributes = fields.expect(context(0))?.inside().all()?;
        fields.expect(SEQUENCE)?;
        let signature = fields.expect(OCTETS)?.content;
        let unsigned = fields.optional(context(1))?.map_or(Ok(vec![]), |all| all.inside().all())?;
        let digest = attribute(&attributes, MESSAGE_DIGEST)?.ok_or_else(|| malformed("it signs nothing"))?;
        let digest = Reader(digest.raw).expect(OCTETS)?.content;
        Ok(Self { content, hash, digest, signer, certificates, signature, attributes, unsigned })
    }

    /// The certificate of the signer. Fails if it is not in the signature.
    pub(crate) fn certificate(&self) -> Result<Certificate> {
        for certificate in &self.certificates {
            let mut fields = certificate.inside().expect(SEQUENCE)?.inside();
            fields.optional(context(0))?;
            let (number, _) = (fields.next()?, fields.next()?);
            let issuer = fields.next()?;
            let is_it = |signer: &mut Reader<'a>| Ok::<_, std::io::Error>([signer.next()?, signer.next()?]);
            if is_it(&mut self.signer.inside())? == [issuer, number] {
                let valid = fields.expect(SEQUENCE)?.inside().all()?;
                let [from, to] = valid.as_slice() else {
                    return Err(malformed("its certificate does not say when it is valid"));
                };
                let name = common_name(&fields.expect(SEQUENCE)?)?;
                return Ok(Certificate { name, valid: seconds(from)?..seconds(to)? });
            }
        }
        Err(malformed("it lacks the certificate of its signer"))
    }

    /// The digests of all code directories, if the signature lists them, but for those with unknown hash functions.
    pub(crate) fn listed_digests(&self) -> Result<Vec<(Hash, &'a [u8])>> {
        let mut digests = vec![];
        for listed in values(&self.attributes, CODE_DIRECTORIES)? {
            let mut fields = listed.inside();
            fields.next()?;
            let digest = fields.expect(OCTETS)?.content;
            digests.extend(Hash::read(&listed).ok().map(|hash| (hash, digest)));
        }
        Ok(digests)
    }

    /// True if a time stamp is for this signature. Fails for one that cannot be read.
    pub(crate) fn is_timestamped(&self) -> Result<bool> {
        for name in TIMESTAMPS {
            if let Some(token) = attribute(&self.unsigned, name)? {
                return self.is_stamped_by(&token);
            }
        }
        let Some(other) = attribute(&self.unsigned, COUNTERSIGNATURE)? else { return Ok(false) };
        let other = Self::of_signer(&other, None, vec![])?;
        Ok(other.hash.of(self.signature) == other.digest)
    }

    fn is_stamped_by(&self, token: &Element<'_>) -> Result<bool> {
        let token = Signed::read(token.raw)?;
        let Some(content) = token.content else { return Ok(false) };
        if token.hash.of(content.content) != token.digest {
            return Ok(false);
        }
        let mut fields = content.inside().expect(SEQUENCE)?.inside();
        let (_version, _policy) = (fields.next()?, fields.next()?);
        let mut imprint = fields.expect(SEQUENCE)?.inside();
        let hash = Hash::read(&imprint.expect(SEQUENCE)?)?;
        Ok(hash.of(self.signature) == imprint.expect(OCTETS)?.content)
    }
}

/// The first value of an attribute.
fn attribute<'a>(attributes: &[Element<'a>], name: &[u8]) -> Result<Option<Element<'a>>> {
    Ok(values(attributes, name)?.into_iter().next())
}

/// All values of an attribute. Fails for one that is there twice: readers could use the one or the other.
fn values<'a>(attributes: &[Element<'a>], name: &[u8]) -> Result<Vec<Element<'a>>> {
    let mut found = None;
    for attribute in attributes {
        let mut fields = attribute.inside();
        if fields.expect(OID)?.content == name && found.replace(fields.expect(SET)?).is_some() {
            return Err(malformed("it has an attribute twice"));
        }
    }
    found.map_or(Ok(vec![]), |values| values.inside().all())
}

/// The last common name in a name; empty if there is none.
fn common_name(name: &Element<'_>) -> Result<String> {
    let mut found = String::new();
    for part in name.inside().all()? {
        for pair in part.inside().all()? {
            let mut fields = pair.inside();
            if fields.expect(OID)?.content == COMMON_NAME
                && let Some(text) = fields.next()?
            {
                found = spell(&text);
            }
        }
    }
    Ok(found)
}

fn spell(text: &Element<'_>) -> String {
    const UTF16: u8 = 0x1e;
    if text.tag != UTF16 {
        return String::from_utf8_lossy(text.content).into_owned();
    }
    let units: Vec<_> = text.content.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// A time of a certificate: `YYMMDDhhmmssZ`, where YY is 1950 to 2049, or the same with four digits.
fn seconds(time: &Element<'_>) -> Result<i64> {
    const SHORT: u8 = 0x17;
    let wrong = || malformed("its certificate has an unknown form of time");
    let digits = time.content.strip_suffix(b"Z").ok_or_else(wrong)?;
    let mut pairs = digits.as_chunks::<2>().0.iter().map(|pair| {
        let digit = |byte: u8| char::from(byte).to_digit(10).map(i64::from);
        Some(digit(pair[0])? * 10 + digit(pair[1])?)
    });
    let mut pair = || pairs.next().flatten().ok_or_else(wrong);
    let year = match (time.tag, pair()?) {
        (SHORT, year) => year + if year < 50 { 2000 } else { 1900 },
        (_, century) => century * 100 + pair()?,
    };
    let (month, day) = (pair()?, pair()?);
    let in_day = pair()? * 3600 + pair()? * 60 + pair()?;
    // Years begin in March here, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    // Day 719,468 is 1 January 1970.
    Ok((days - 719_468) * 86_400 + in_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_seconds_since_1970() {
        let time = |tag: u8, text: &str| {
            seconds(&Element { tag, content: text.as_bytes(), raw: &[] }).map_err(|error| error.to_string())
        };
        assert_eq!(time(0x17, "700101000000Z"), Ok(0));
        assert_eq!(time(0x17, "240229123456Z"), Ok(1_709_210_096));
        assert_eq!(time(0x17, "491231235959Z"), Ok(2_524_607_999));
        assert_eq!(time(0x18, "20500101000000Z"), Ok(2_524_608_000));
        for wrong in ["", "Z", "2402291234Z", "240229123456", "24022912345\u{e9}Z", "-10101000000Z"] {
            assert!(time(0x17, wrong).is_err(), "{wrong}");
        }
    }
}
