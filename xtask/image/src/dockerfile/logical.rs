//! Logical lines: the text of an instruction as BuildKit sees it, and where each of its bytes is in the file.

use std::ops::Range;

use super::words::spans;

/// The arguments of an instruction: continued lines are joined; comments and blank lines between them are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalLine {
    pub text: String,
    /// For each byte of `text`, and for its end, the offset in the file.
    offsets: Vec<usize>,
}

/// A word with its quotes and escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// The offset in the file, in bytes.
    pub at: usize,
    /// The offset in the logical line, in bytes.
    pub start: usize,
}

impl LogicalLine {
    /// Reads a byte range of a file. `escape` at the end of a line continues it.
    pub(super) fn new(file: &str, range: Range<usize>, escape: char) -> Self {
        let mut logical = Self::default();
        let mut at = range.start;
        for line in file.get(range.clone()).unwrap_or_default().split_inclusive('\n') {
            let body = line.trim_end();
            let is_left_out = body.is_empty() || body.trim_start().starts_with('#');
            if at == range.start || !is_left_out {
                let kept = body.strip_suffix(escape).unwrap_or(line);
                logical.text.push_str(kept);
                logical.offsets.extend(at..at + kept.len());
            }
            at += line.len();
        }
        let trimmed = logical.text.trim_end().len();
        logical.text.truncate(trimmed);
        logical.offsets.truncate(trimmed);
        let end = logical.offsets.last().map_or(range.start, |last| last + 1);
        logical.offsets.push(end);
        logical
    }

    /// The offset in the file of a byte of `text`.
    pub fn at(&self, byte: usize) -> usize {
        self.offsets.get(byte).or(self.offsets.last()).copied().unwrap_or_default()
    }

    /// The words, split at white space outside of quotes.
    pub fn words(&self) -> Vec<Word> {
        let word = |span: Range<usize>| Word {
            at: self.at(span.start),
            start: span.start,
            text: self.text.get(span).unwrap_or_default().to_owned(),
        };
        spans(&self.text).into_iter().map(word).collect()
    }

    /// The byte offset in `text` of the first `needle` that has no letter or digit right before or after it.
    pub fn find_word(&self, needle: &str) -> Option<usize> {
        let is_word = |start: &usize| {
            let (before, rest) = self.text.split_at(*start);
            let after = rest.strip_prefix(needle).and_then(|rest| rest.chars().next());
            [before.chars().next_back(), after].into_iter().flatten().all(|c| !c.is_ascii_alphanumeric())
        };
        self.text.match_indices(needle).map(|(start, _)| start).find(is_word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_keep_their_places() {
        let file = "RUN a \\\n# comment\n  b=\"c d\" \\\n\n  e\n\n# after\n";
        let logical = LogicalLine::new(file, 3..file.len(), '\\');
        let words = logical.words();
        let texts: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["a", "b=\"c d\"", "e"]);
        assert!(words.iter().all(|word| file[word.at..].starts_with(&word.text)));
    }

    #[test]
    fn a_blank_line_inside_a_quoted_value_is_left_out() {
        let file = "LABEL a=\"b\\\n\n c\"\n";
        assert_eq!(LogicalLine::new(file, 6..file.len(), '\\').text, "a=\"b c\"");
    }

    #[test]
    fn only_whole_words_are_found() {
        let logical = LogicalLine::new("tool_amd64 arm64v8 x-arm64", 0..26, '\\');
        assert_eq!(logical.find_word("amd64"), Some(5));
        assert_eq!(logical.find_word("arm64"), Some(21));
        assert_eq!(logical.find_word("tool"), Some(0));
    }

    proptest::proptest! {
        #[test]
        fn any_range_can_be_read(file in "[a \\\\\n#\"'ä]{0,30}", start in 0usize..40, end in 0usize..40) {
            let logical = LogicalLine::new(&file, start..end, '\\');
            for word in logical.words() {
                assert!(word.at <= file.len());
            }
        }
    }
}
