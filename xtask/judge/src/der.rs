//! Reads BER and DER, the encodings of certificates and signatures (X.690).
//!
//! Only what signatures need: tags of one byte, and lengths that are given or, as Apple's tools write them, marked by an end.

use std::io::Result;

use crate::source::malformed;

/// The limit of nested values whose end is marked; real signatures have at most six.
const DEPTH: u32 = 16;

pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A value that contains others and has this number in its context.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// A value with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// With tag and length.
    pub raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The values in it.
    pub(crate) const fn inside(&self) -> Reader<'a> {
        Reader(self.content)
    }
}

/// Values that follow each other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next value; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Element<'a>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (element, rest) = element(self.0, 0)?;
        self.0 = rest;
        Ok(Some(element))
    }

    /// The next value, which has to have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        self.optional(tag)?
            .ok_or_else(|| malformed(format!("the signature lacks a value with the tag {tag:#x}")))
    }

    /// The next value, if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        if self.0.first() == Some(&tag) { self.next() } else { Ok(None) }
    }

    /// All values up to the end.
    pub(crate) fn all(mut self) -> Result<Vec<Element<'a>>> {
        let mut all = vec![];
        while let Some(element) = self.next()? {
            all.push(element);
        }
        Ok(all)
    }
}

fn element(bytes: &[u8], depth: u32) -> Result<(Element<'_>, &[u8])> {
    let cut_off = || malformed("a value of the signature does not end");
    let (&[tag, length], after) = bytes.split_first_chunk().ok_or_else(cut_off)?;
    if tag & 0x1f == 0x1f {
        return Err(malformed("the signature has a tag of more than one byte"));
    }
    if length == 0x80 {
        let content = after.get(..until_end(after, depth)?).ok_or_else(cut_off)?;
        let (raw, rest) = bytes.split_at_checked(content.len() + 4).ok_or_else(cut_off)?;
        return Ok((Element { tag, content, raw }, rest));
    }
    let count = if length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    let (digits, after) = after.split_at_checked(count).ok_or_else(cut_off)?;
    let length = match count {
        0 => usize::from(length),
        1..=4 => digits.iter().fold(0, |number, digit| number << 8 | usize::from(*digit)),
        _ => return Err(cut_off()),
    };
    let (content, rest) = after.split_at_checked(length).ok_or_else(cut_off)?;
    let (raw, _) = bytes.split_at_checked(2 + count + length).ok_or_else(cut_off)?;
    Ok((Element { tag, content, raw }, rest))
}

/// The length of the values before the mark of the end.
fn until_end(bytes: &[u8], depth: u32) -> Result<usize> {
    if depth == DEPTH {
        return Err(malformed("the values of the signature are nested too deeply"));
    }
    let mut rest = bytes;
    while !rest.starts_with(&[0, 0]) {
        (_, rest) = element(rest, depth + 1)?;
    }
    Ok(bytes.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_length_are_read() {
        let long = [&[0x30, 0x82, 1, 0][..], &[5; 256], &[6, 1, 9]].concat();
        let all = Reader(&long).all().unwrap();
        assert_eq!((all[0].content.len(), all[0].raw.len(), all[1].content), (256, 260, &[9][..]));
        let marked = [0x30, 0x80, 0x31, 0x80, 4, 1, 7, 0, 0, 0, 0, 2, 0];
        let mut reader = Reader(&marked);
        let outer = reader.expect(SEQUENCE).unwrap();
        assert_eq!(outer.raw, &marked[..11]);
        assert_eq!(outer.inside().expect(SET).unwrap().inside().expect(OCTETS).unwrap().content, [7]);
        assert_eq!(reader.optional(OCTETS).unwrap(), None);
        assert!(reader.next().unwrap().unwrap().content.is_empty() && reader.next().unwrap().is_none());
    }

    #[test]
    fn what_does_not_end_or_is_nested_too_deeply_is_an_error() {
        let deep = [0x30, 0x80].repeat(100_000);
        for bytes in
            [&[0x30][..], &[0x30, 5, 1], &[0x30, 0x80, 2], &[0x30, 0x85, 1, 1, 1, 1, 1], &[0x1f, 0], &deep]
        {
            assert!(Reader(bytes).next().is_err(), "{:?}", bytes.get(..8));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(0_u8.., 0..200)) {
            let _ = Reader(&bytes).all();
        }
    }
}
