//! The words of a shell command with their variables expanded.

use super::shell::Shell;
use super::symbol::{is_known, is_pure, limited, symbol};
use super::tokens::piece_length;

/// How deeply words may be nested: each level takes stack.
const MAX_DEPTH: usize = 20;

impl Shell<'_> {
    /// The words that a word of the shell becomes: several if an unquoted variable contains spaces.
    pub(super) fn words(&self, word: &str) -> Vec<String> {
        let text = self.expand(word);
        match word.contains('$') && !word.contains(['"', '\'']) && is_known(&text) {
            true => text.split_whitespace().map(str::to_owned).collect(),
            false => vec![text],
        }
    }

    /// Removes quotes, and expands variables and command substitutions.
    pub(super) fn expand(&self, word: &str) -> String {
        let depth = self.word_depth.get();
        if depth > MAX_DEPTH {
            return symbol(word);
        }
        self.word_depth.set(depth + 1);
        let text = self.expand_pieces(word);
        self.word_depth.set(depth);
        text
    }

    fn expand_pieces(&self, word: &str) -> String {
        let mut text = String::new();
        let mut rest = word;
        while !rest.is_empty() {
            text = limited(text);
            let (piece, after) = rest.split_at(piece_length(rest).clamp(1, rest.len()));
            rest = after;
            let inside = |start: usize| piece.get(start..piece.len() - 1).unwrap_or_default();
            match piece.chars().next() {
                Some('\'') => text.push_str(inside(1)),
                Some('"') => text.push_str(&self.expand(&inside(1).replace('\'', "\\'"))),
                Some('\\') => text.push_str(piece.get(1..).unwrap_or_default()),
                Some('`') => text.push_str(&self.substitute(inside(1))),
                Some('$') if piece.starts_with("$(") => text.push_str(&self.substitute(inside(2))),
                Some('$') if piece.starts_with("${") => text.push_str(&self.braces(inside(2))),
                Some('$') => {
                    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                    let (name, after) = rest.split_at(if length == 0 { rest.len().min(1) } else { length });
                    rest = after;
                    text.push_str(&self.variable(name));
                }
                // A pattern, or several words in braces.
                Some('*' | '?' | '{') => text.push_str(&symbol(piece)),
                _ => text.push_str(piece),
            }
        }
        text
    }

    fn variable(&self, name: &str) -> String {
        self.env.get(name).cloned().unwrap_or_else(|| symbol(name))
    }

    /// What is between `${` and `}`.
    fn braces(&self, text: &str) -> String {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, modifier) = text.split_at(end);
        let value = self.env.get(name);
        match (modifier.trim_start_matches(':').strip_prefix('-'), value) {
            _ if modifier.is_empty() => self.variable(name),
            (Some(default), None) => self.expand(default),
            (Some(default), Some(value)) if value.is_empty() => self.expand(default),
            (Some(_), Some(value)) => value.clone(),
            _ => symbol(&format!("{}{modifier}", self.variable(name))),
        }
    }

    /// The output of a command.
    fn substitute(&self, command: &str) -> String {
        let words: Vec<_> = command.split_whitespace().collect();
        let known = self.machine.arch().and_then(|arch| match words.as_slice() {
            ["uname", "-m" | "-p" | "--machine"] | ["arch"] | ["apk", "--print-arch"] => {
                Some(arch.rust_name())
            }
            ["dpkg", "--print-architecture"] | ["go", "env", "GOARCH" | "GOHOSTARCH"] => Some(arch.as_str()),
            _ => None,
        });
        match (known, words.as_slice()) {
            (Some(name), _) => name.to_owned(),
            (None, ["echo", word]) => self.expand(word),
            (None, _) => symbol(&self.describe(&command.replace('\'', "\\'"))),
        }
    }

    /// A text that is equal for two platforms only if the command certainly does the same on both.
    pub(super) fn describe(&self, command: &str) -> String {
        let starts_program = |part: &str| part.split_whitespace().next().is_none_or(is_pure);
        let text = self.expand(command);
        match command.split(['|', ';', '&', '(']).all(starts_program) {
            true => text,
            false => format!("{text} {}", self.surroundings()),
        }
    }
}
