//! What a child printed, and how a command looks in messages.

use std::io::{ErrorKind, Read};
use std::process::{Command, ExitStatus};

/// How many lines of output an error message shows.
const TAIL: usize = 20;

/// The exit status and the output of a child that has ended.
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// The last lines of standard error, or of standard output if standard error is empty. For error messages.
    pub fn tail(&self) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<_> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}

/// The end of everything that can be read: at least `limit` bytes, if there are as many, and less than twice as many.
pub(super) fn read_end(mut from: impl Read, limit: usize) -> String {
    let (mut bytes, mut piece) = (Vec::new(), [0; 1 << 16]);
    loop {
        match from.read(&mut piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // After an error, what was read before is still worth showing.
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
        if bytes.len() >= 2 * limit {
            bytes.drain(..bytes.len() - limit);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Everything that can be read, with invalid UTF-8 replaced.
pub(super) fn read_text(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    // After an error, what was read before is still worth showing.
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The command as one would type it.
pub(super) fn spell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        if word.contains(|c: char| c.is_ascii_whitespace()) {
            format!("\"{}\"", word.escape_default())
        } else {
            word.into_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
