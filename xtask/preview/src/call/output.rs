//! What a program prints, as text: bytes come in pieces that are cut anywhere.

use std::str;

/// A line that is longer comes in pieces, so that memory stays bounded.
const LONGEST_LINE: usize = 512 * 1024;

/// Decodes UTF-8 piece by piece. What is no UTF-8 becomes U+FFFD, as [`String::from_utf8_lossy`] has it.
#[derive(Default)]
pub struct Utf8 {
    /// The beginning of a character whose rest has not come yet: three bytes at most.
    pending: Vec<u8>,
}

impl Utf8 {
    pub fn push(&mut self, bytes: &[u8]) -> String {
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

    /// What is left at the end: a character that was never finished.
    pub fn finish(self) -> &'static str {
        if self.pending.is_empty() { "" } else { "\u{fffd}" }
    }
}

/// How text is handed on.
pub enum Cut {
    /// As it comes.
    Chunks,
    /// Line by line, without what ends each; holds the line that has not ended.
    Lines(String),
}

impl Cut {
    pub fn new(lines: bool) -> Self {
        if lines { Self::Lines(String::new()) } else { Self::Chunks }
    }

    /// The pieces that can be handed on.
    pub fn push(&mut self, text: String) -> Vec<String> {
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
            } else if pending.len() > LONGEST_LINE {
                lines.push(std::mem::take(pending));
            }
        }
        lines
    }

    /// The last line, where nothing ended it.
    pub fn finish(self) -> Option<String> {
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

    /// Bytes among which whole, broken and cut characters are frequent.
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

    fn cut(pieces: &[Vec<u8>], mut cut: Cut) -> Vec<String> {
        let mut decoder = Utf8::default();
        let mut all: Vec<_> = pieces.iter().flat_map(|piece| cut.push(decoder.push(piece))).collect();
        all.extend(cut.push(decoder.finish().to_owned()));
        all.extend(cut.finish());
        all
    }

    proptest! {
        #[test]
        fn however_bytes_are_cut_the_text_is_the_same(pieces in bytes()) {
            let whole = String::from_utf8_lossy(&pieces.concat()).into_owned();
            prop_assert_eq!(cut(&pieces, Cut::new(false)).concat(), whole.clone());
            // Only what ends a line belongs to its end: a last `\r` without a newline is text.
            let line = |line: &str| line.strip_suffix("\r\n").or(line.strip_suffix('\n')).unwrap_or(line).to_owned();
            let lines: Vec<_> = whole.split_inclusive('\n').map(line).collect();
            prop_assert_eq!(cut(&pieces, Cut::new(true)), lines);
        }
    }

    #[test]
    fn a_character_that_is_cut_waits_for_its_rest() {
        let mut decoder = Utf8::default();
        assert_eq!(decoder.push(&[b'a', 0xf0, 0x9f]), "a");
        assert_eq!(decoder.push(&[0x98, 0x80, 0xff]), "😀\u{fffd}");
        assert_eq!(decoder.push(&[0xc3]), "");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }

    #[test]
    fn a_line_without_end_comes_in_pieces() {
        let mut lines = Cut::new(true);
        let pieces: Vec<_> = (0..3).flat_map(|_| lines.push("x".repeat(300 * 1024))).collect();
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces.concat().len() + lines.finish().unwrap().len(), 900 * 1024);
    }
}
