//! Turns the output of a program into text. Bytes arrive in pieces that may end anywhere.

use std::str;

/// A longer line is sent in pieces, so that memory stays bounded.
const MAX_LINE: usize = 512 * 1024;

/// Decodes UTF-8 piece by piece. Invalid bytes become U+FFFD, as in [`String::from_utf8_lossy`].
#[derive(Default)]
pub(crate) struct Utf8Decoder {
    /// The first bytes of an incomplete character: three at most.
    pending: Vec<u8>,
}

impl Utf8Decoder {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.pending);
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        loop {
            let error = match str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return text;
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            text.push_str(str::from_utf8(valid).unwrap_or_default());
            let Some(length) = error.error_len() else {
                self.pending = after.to_vec();
                return text;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &after[length..];
        }
    }

    /// A replacement character if the output ends within a character.
    pub(crate) fn finish(self) -> &'static str {
        if self.pending.is_empty() { "" } else { "\u{fffd}" }
    }
}

/// Splits text into the pieces that a page receives.
pub(crate) enum Splitter {
    /// Pieces of any size, as they arrive.
    Chunks,
    /// Lines without their line break. Holds the line that is still incomplete.
    Lines(String),
}

impl Splitter {
    pub(crate) fn new(lines: bool) -> Self {
        if lines { Self::Lines(String::new()) } else { Self::Chunks }
    }

    /// Adds text, and returns the pieces that are complete.
    pub(crate) fn push(&mut self, text: String) -> Vec<String> {
        let pending = match self {
            Self::Chunks if text.is_empty() => return Vec::new(),
            Self::Chunks => return vec![text],
            Self::Lines(pending) => pending,
        };
        let mut lines = Vec::new();
        for piece in text.split_inclusive('\n') {
            pending.push_str(piece);
            if let Some(line) = pending.strip_suffix('\n') {
                lines.push(line.strip_suffix('\r').unwrap_or(line).to_owned());
                pending.clear();
            } else if pending.len() > MAX_LINE {
                lines.push(std::mem::take(pending));
            }
        }
        lines
    }

    /// The last line, if it has no line break.
    pub(crate) fn finish(self) -> Option<String> {
        match self {
            Self::Lines(pending) if !pending.is_empty() => Some(pending),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Bytes in which complete, invalid and split characters are frequent.
    fn bytes() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let byte = prop_oneof![
            Just(0xf0),
            Just(0x9f),
            Just(0x98),
            Just(0x80),
            Just(0xc3),
            Just(b'\n'),
            Just(b'\r'),
            Just(b'a'),
            any::<u8>()
        ];
        vec(vec(byte, 0..6), 0..12)
    }

    fn split(pieces: &[Vec<u8>], mut splitter: Splitter) -> Vec<String> {
        let mut decoder = Utf8Decoder::default();
        let mut all: Vec<_> = pieces.iter().flat_map(|piece| splitter.push(decoder.push(piece))).collect();
        all.extend(splitter.push(decoder.finish().to_owned()));
        all.extend(splitter.finish());
        all
    }

    proptest! {
        #[test]
        fn the_text_does_not_depend_on_how_the_bytes_are_split(pieces in bytes()) {
            let whole = String::from_utf8_lossy(&pieces.concat()).into_owned();
            prop_assert_eq!(split(&pieces, Splitter::new(false)).concat(), whole.clone());
            // A final `\r` without a newline is part of the text.
            let line = |line: &str| line.strip_suffix("\r\n").or(line.strip_suffix('\n')).unwrap_or(line).to_owned();
            let lines: Vec<_> = whole.split_inclusive('\n').map(line).collect();
            prop_assert_eq!(split(&pieces, Splitter::new(true)), lines);
        }
    }

    #[test]
    fn an_incomplete_character_waits_for_its_remaining_bytes() {
        let mut decoder = Utf8Decoder::default();
        assert_eq!(decoder.push(&[b'a', 0xf0, 0x9f]), "a");
        assert_eq!(decoder.push(&[0x98, 0x80, 0xff]), "😀\u{fffd}");
        assert_eq!(decoder.push(&[0xc3]), "");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }

    #[test]
    fn an_endless_line_is_sent_in_pieces() {
        let mut lines = Splitter::new(true);
        let pieces: Vec<_> = (0..3).flat_map(|_| lines.push("x".repeat(300 * 1024))).collect();
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces.concat().len() + lines.finish().unwrap().len(), 900 * 1024);
    }
}
