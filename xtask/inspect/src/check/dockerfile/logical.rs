//! Logical lines: an instruction as BuildKit sees it, and where each of its bytes is in the file.

use std::ops::Range;

use sixfold_image::words;

/// The text of an instruction: continued lines joined, comment lines left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logical {
    pub text: String,
    /// For each byte of `text`, and its end, the offset in the file.
    offsets: Vec<usize>,
}

/// A word with its quotes and escapes, and where it is in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// The offset in the file.
    pub at: usize,
    /// The offset in the logical line.
    pub start: usize,
}

impl Logical {
    /// Reads a range of the file. `escape` at the end of a line continues it.
    pub fn new(file: &str, range: Range<usize>, escape: char) -> Self {
        let mut logical = Self::default();
        let mut at = range.start;
        for line in file.get(range.clone()).unwrap_or_default().split_inclusive('\n') {
            let is_comment = at != range.start && line.trim_start().starts_with('#');
            if !is_comment {
                let body = line.trim_end();
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

    /// The words, cut as BuildKit cuts them.
    pub fn words(&self) -> Vec<Word> {
        let word = |span: Range<usize>| Word {
            text: self.text[span.clone()].to_owned(),
            at: self.at(span.start),
            start: span.start,
        };
        words::spans(&self.text).into_iter().map(word).collect()
    }

    /// Where `needle` is in the text as a word of its own: between characters that are no letters or digits.
    pub fn find_word(&self, needle: &str) -> Option<usize> {
        let is_word = |(start, _): &(usize, &str)| {
            let before = self.text[..*start].chars().next_back();
            let after = self.text[start + needle.len()..].chars().next();
            [before, after].into_iter().flatten().all(|c| !c.is_ascii_alphanumeric())
        };
        self.text.match_indices(needle).find(is_word).map(|(start, _)| start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_keep_their_places() {
        let file = "RUN a \\\n# comment\n  b=\"c d\" \\\n\n  e\n\n# after\n";
        let logical = Logical::new(file, 3..file.len(), '\\');
        let words = logical.words();
        let texts: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["a", "b=\"c d\"", "e"]);
        assert!(words.iter().all(|word| file[word.at..].starts_with(&word.text)));
    }

    #[test]
    fn words_are_found_whole() {
        let logical = Logical::new("tool_amd64 arm64v8 x-arm64", 0..26, '\\');
        assert_eq!(logical.find_word("amd64"), Some(5));
        assert_eq!(logical.find_word("arm64"), Some(21));
        assert_eq!(logical.find_word("tool"), Some(0));
    }

    proptest::proptest! {
        #[test]
        fn any_range_is_read(file in "[a \\\\\n#\"'ä]{0,30}", start in 0usize..40, end in 0usize..40) {
            let logical = Logical::new(&file, start..end, '\\');
            for word in logical.words() {
                assert!(word.at <= file.len());
            }
        }
    }
}
