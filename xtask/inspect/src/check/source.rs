//! A source file: its text, its line endings, and places in it.

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use fs_err as fs;

use sixfold_model::finding::Place;
use sixfold_model::text;

/// The limit for source files, in bytes.
const LARGEST: u64 = 4 << 20;

/// A text file of the project. In memory, lines end with `\n` and there is no byte order mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Relative to the project's root, with `/`.
    pub name: String,
    pub text: String,
    /// The file begins with a byte order mark.
    pub(super) mark: bool,
    /// The file's lines end with `\r\n`.
    crlf: bool,
}

impl Source {
    /// Reads a file; `None` if it does not exist. Fails if it cannot be read, is not UTF-8, or is larger than 4 MiB.
    pub fn read(root: &Utf8Path, name: &str) -> Result<Option<Self>> {
        let path = root.join(name);
        if !path.is_file() {
            return Ok(None);
        }
        if fs::metadata(&path)?.len() > LARGEST {
            anyhow::bail!("{path} is larger than 4 MiB\nhelp: replace it with the right file");
        }
        let bytes = fs::read(&path)?;
        let text = String::from_utf8(bytes)
            .ok()
            .with_context(|| format!("{path} is not UTF-8\nhelp: save it as UTF-8"))?;
        Ok(Some(Self::new(name, &text)))
    }

    pub fn new(name: &str, text: &str) -> Self {
        let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            name: name.to_owned(),
            text: bare.replace("\r\n", "\n"),
            mark: bare.len() < text.len(),
            crlf: bare.contains("\r\n"),
        }
    }

    /// The place of a byte offset in `text`.
    pub fn place(&self, offset: usize) -> Place {
        let (line, column) = text::line_column(&self.text, offset);
        Place::path(&self.name).at(line, column)
    }

    /// The content to write to the file for a new text: with the file's own line endings and byte order mark.
    pub(crate) fn file_content(&self, text: &str) -> String {
        let text = if self.crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        if self.mark { format!("\u{feff}{text}") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_line_endings_and_byte_order_mark() {
        for text in ["a\nb\n", "\u{feff}a\r\nb\r\n", ""] {
            let source = Source::new("f", text);
            assert!(!source.text.contains(['\r', '\u{feff}']));
            assert_eq!(source.file_content(&source.text), text);
        }
        assert_eq!(Source::new("f", "\u{feff}a\r\nb").place(2).to_string(), "f:2:1");
    }
}
