//! Decompresses layers: gzip, zstd, or none.
//!
//! It unpacks no more than the caller allows, and holds no more than one zstd window of at most 128 MiB in memory.

use std::io::{Cursor, Error, Read, Result, copy, sink};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

/// The largest window of a zstd frame, in bytes: the default limit of the reference decoder.
const MAX_WINDOW: u64 = 128 << 20;
const ZSTD: u32 = 0xfd2f_b528;
/// The first of the sixteen magic numbers of skippable frames, which have no data.
const SKIPPABLE: u32 = 0x184d_2a50;

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// Decompresses a stream. The first bytes tell the format.
pub fn unpack<'a>(packed: Box<dyn Read + 'a>) -> Result<Box<dyn Read + 'a>> {
    Ok(detect(packed)?.1)
}

/// Decompresses a stream, and tells how it is compressed.
pub(super) fn detect<'a>(mut packed: Box<dyn Read + 'a>) -> Result<(Compression, Box<dyn Read + 'a>)> {
    let mut start = vec![];
    packed.by_ref().take(4).read_to_end(&mut start)?;
    let is_gzip = start.starts_with(&[0x1f, 0x8b]);
    let is_zstd = start == ZSTD.to_le_bytes();
    let whole = Whole { start: Cursor::new(start), rest: packed };
    Ok(match (is_gzip, is_zstd) {
        (true, _) => (Compression::Gzip, Box::new(MultiGzDecoder::new(whole))),
        (_, true) => (Compression::Zstd, Box::new(Zstd(State::Between(whole)))),
        _ => (Compression::None, Box::new(whole)),
    })
}

/// A stream whose first bytes have been read already.
struct Whole<'a> {
    start: Cursor<Vec<u8>>,
    rest: Box<dyn Read + 'a>,
}

impl Read for Whole<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        match self.start.read(into)? {
            0 => self.rest.read(into),
            count => Ok(count),
        }
    }
}

/// All frames of a zstd stream. The decoder itself reads only one.
struct Zstd<'a>(State<'a>);

enum State<'a> {
    Between(Whole<'a>),
    Inside(Box<StreamingDecoder<Whole<'a>, ruzstd::decoding::FrameDecoder>>),
    Ended,
}

impl Read for Zstd<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        loop {
            self.0 = match std::mem::replace(&mut self.0, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(source) => next_frame(source)?,
                State::Inside(mut decoder) => match decoder.read(into)? {
                    0 if !into.is_empty() => State::Between(decoder.into_inner()),
                    count => {
                        self.0 = State::Inside(decoder);
                        return Ok(count);
                    }
                },
            }
        }
    }
}

fn next_frame(mut source: Whole<'_>) -> Result<State<'_>> {
    let mut magic = vec![];
    source.by_ref().take(4).read_to_end(&mut magic)?;
    let Ok(number) = <[u8; 4]>::try_from(magic.as_slice()).map(u32::from_le_bytes) else {
        return if magic.is_empty() {
            Ok(State::Ended)
        } else {
            Err(Error::other("the zstd stream is truncated"))
        };
    };
    if number & !0xf == SKIPPABLE {
        let mut length = [0; 4];
        source.read_exact(&mut length)?;
        copy(&mut source.by_ref().take(u32::from_le_bytes(length).into()), &mut sink())?;
        return Ok(State::Between(source));
    }
    source.start = Cursor::new(magic);
    let decoder = StreamingDecoder::new_with_max_window_size(source, MAX_WINDOW).map_err(Error::other)?;
    Ok(State::Inside(Box::new(decoder)))
}

/// Fails after more than `left` bytes.
pub struct Limited<'a, R> {
    pub inner: R,
    pub left: &'a mut u64,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(into)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => *self.left = left,
            None => return Err(Error::other("it unpacks to more than any extension needs")),
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![];
        unpack(Box::new(bytes))?.read_to_end(&mut out)?;
        Ok(out)
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn every_compression_gives_the_same_bytes() {
        let text = b"some text, some text, some text".repeat(99);
        let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
        gzip.write_all(&text).unwrap();
        for packed in [text.clone(), gzip.finish().unwrap(), zstd(&text)] {
            assert_eq!(unpacked(&packed).unwrap(), text);
        }
    }

    #[test]
    fn all_zstd_frames_are_read() {
        let skipped = [&(SKIPPABLE + 3).to_le_bytes()[..], &5_u32.to_le_bytes(), b"12345"].concat();
        let stream = [zstd(b"one "), skipped, zstd(b"two")].concat();
        assert_eq!(unpacked(&stream).unwrap(), b"one two");
        assert!(unpacked(&stream[..stream.len() - 5]).is_err());
        assert!(unpacked(&[&stream[..], b"x"].concat()).is_err());
    }

    #[test]
    fn a_compression_bomb_is_stopped() {
        let mut left = 10;
        let mut limited = Limited { inner: &[0_u8; 100][..], left: &mut left };
        assert!(limited.read_to_end(&mut vec![]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_are_unpacked_without_a_panic(
            magic in proptest::sample::select(vec![&b""[..], b"\x1f\x8b\x08", &[0x28, 0xb5, 0x2f, 0xfd]]),
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        ) {
            let mut left = 1 << 20;
            if let Ok(inner) = unpack(Box::new(std::io::Cursor::new([magic, &bytes].concat()))) {
                let _ = copy(&mut Limited { inner, left: &mut left }, &mut sink());
            }
        }
    }
}
