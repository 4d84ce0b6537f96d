//! The words of an instruction: quotes, escapes and `$` variables.
//!
//! The rules are BuildKit's (`frontend/dockerfile/shell/lex.go` and `parser/line_parsers.go`), not a shell's. A feature that
//! is not implemented here is an error, never a guess.

use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

use super::problem::{Problem, invalid, unsupported};

type Result<T> = std::result::Result<T, Problem>;

const ESCAPE: char = '\\';
/// How deeply variables may be nested: each level takes stack.
const MAX_DEPTH: usize = 16;

/// Where the words of a line are, in bytes: it is split at white space outside of quotes. Quotes and escapes stay in the words.
pub(super) fn spans(line: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut chars = line.char_indices();
    while let Some((at, ch)) = chars.next() {
        if ch == ESCAPE && quote != Some('\'') {
            if chars.next().is_none() {
                // An escape at the very end of the line is dropped.
                spans.extend(start.map(|start| start..at));
                return spans;
            }
        } else {
            match quote {
                None if ch.is_whitespace() => {
                    spans.extend(start.take().map(|start| start..at));
                    continue;
                }
                None if matches!(ch, '\'' | '"') => quote = Some(ch),
                Some(open) if ch == open => quote = None,
                _ => {}
            }
        }
        start.get_or_insert(at);
    }
    spans.extend(start.map(|start| start..line.len()));
    spans
}

/// Removes quotes and escapes, and expands variables. A variable that `lookup` does not know is empty.
pub(super) fn expand<'a>(word: &str, lookup: &dyn Fn(&str) -> Option<&'a str>) -> Result<String> {
    let mut expander = Expander { chars: word.chars().peekable(), lookup, depth: 0 };
    expander.until(None)
}

struct Expander<'w, 'v, 'a> {
    chars: Peekable<Chars<'w>>,
    lookup: &'v dyn Fn(&str) -> Option<&'a str>,
    depth: usize,
}

impl Expander<'_, '_, '_> {
    /// Reads up to and including `stop`, or to the end when there is none.
    fn until(&mut self, stop: Option<char>) -> Result<String> {
        let mut text = String::new();
        while let Some(ch) = self.chars.next() {
            match ch {
                _ if Some(ch) == stop => return Ok(text),
                '\'' => self.single_quoted(&mut text)?,
                '"' => self.double_quoted(&mut text)?,
                '$' => text.push_str(&self.variable()?),
                ESCAPE => text.extend(self.chars.next()),
                _ => text.push(ch),
            }
        }
        match stop {
            None => Ok(text),
            Some(stop) => invalid(format!("a closing `{stop}` is missing")),
        }
    }

    fn single_quoted(&mut self, text: &mut String) -> Result<()> {
        for ch in self.chars.by_ref() {
            if ch == '\'' {
                return Ok(());
            }
            text.push(ch);
        }
        invalid("a closing `'` is missing")
    }

    fn double_quoted(&mut self, text: &mut String) -> Result<()> {
        while let Some(ch) = self.chars.next() {
            match ch {
                '"' => return Ok(()),
                '$' => text.push_str(&self.variable()?),
                // Only these can be escaped; a backslash before anything else stays.
                ESCAPE => match self.chars.next_if(|next| matches!(next, '"' | '$' | &ESCAPE)) {
                    Some(escaped) => text.push(escaped),
                    None => text.push(ch),
                },
                _ => text.push(ch),
            }
        }
        invalid("a closing `\"` is missing")
    }

    /// After a `$`.
    fn variable(&mut self) -> Result<String> {
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            return Ok(if name.is_empty() { "$".into() } else { self.value(&name).unwrap_or_default() });
        }
        let name = self.name();
        if name.is_empty() {
            return invalid("the name of a variable is missing after `${`");
        }
        let colon = match self.chars.next() {
            Some('}') => return Ok(self.value(&name).unwrap_or_default()),
            Some(':') => true,
            Some(modifier @ ('-' | '+')) => return self.modified(&name, modifier, false),
            other => return unknown_modifier(&name, other),
        };
        match self.chars.next() {
            Some(modifier @ ('-' | '+')) => self.modified(&name, modifier, colon),
            other => unknown_modifier(&name, other),
        }
    }

    /// `${name:-word}`, `${name-word}`, `${name:+word}` and `${name+word}`. With a colon, an empty value counts as unset.
    fn modified(&mut self, name: &str, modifier: char, colon: bool) -> Result<String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return unsupported(format!("variables are nested more than {MAX_DEPTH} deep"));
        }
        let word = self.until(Some('}'))?;
        self.depth -= 1;
        let value = self.value(name).filter(|value| !(colon && value.is_empty()));
        Ok(match (modifier, value) {
            ('-', Some(value)) => value,
            ('-', None) | ('+', Some(_)) => word,
            _ => String::new(),
        })
    }

    /// A name has letters, digits and `_`; a name that starts with a digit has digits only. A shell's special parameters have
    /// one character and are never set.
    fn name(&mut self) -> String {
        if let Some(special) = self.chars.next_if(|ch| "@*#?-$!".contains(*ch)) {
            return special.to_string();
        }
        let mut name = String::new();
        let digits = self.chars.peek().is_some_and(char::is_ascii_digit);
        let belongs =
            |ch: &char| if digits { ch.is_ascii_digit() } else { ch.is_alphanumeric() || *ch == '_' };
        while let Some(ch) = self.chars.next_if(belongs) {
            name.push(ch);
        }
        name
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(str::to_owned)
    }
}

/// The character after a name in braces is none of `:-`, `:+`, `-` and `+`.
fn unknown_modifier(name: &str, found: Option<char>) -> Result<String> {
    match found {
        // BuildKit's errors, prefixes, suffixes and replacements, since its Dockerfile syntax 1.7.
        Some(modifier @ ('?' | '#' | '%' | '/')) => {
            unsupported(format!("`${{{name}…}}` has the modifier `{modifier}`, which only BuildKit supports"))
        }
        Some(modifier) => invalid(format!("`${{{name}…}}` has the unknown modifier `{modifier}`")),
        None => invalid(format!("`${{{name}` has no closing brace")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<&'static str> {
        match name {
            "A" => Some("amd64"),
            "EMPTY" => Some(""),
            _ => None,
        }
    }

    #[test]
    fn variables_are_expanded_as_by_buildkit() {
        for (word, expected) in [
            ("$A/x", "amd64/x"),
            ("${A}x", "amd64x"),
            ("$Ax", ""),
            ("${NO:-d$A}", "damd64"),
            ("${EMPTY:-d}${EMPTY-d}", "d"),
            ("${A:+set}${NO:+set}${EMPTY+e}", "sete"),
            ("'$A'", "$A"),
            (r#""$A \" \n \$A""#, r#"amd64 " \n $A"#),
            (r"\$A\n", "$An"),
            ("a$", "a$"),
            ("$/$1x", "$/x"),
            ("$$A$?", "A"),
            (r#"e"f g"h'i'"#, "ef ghi"),
        ] {
            assert_eq!(expand(word, &lookup), Ok(expected.to_owned()), "{word}");
        }
        for word in ["'a", "\"a", "${", "${A", "${}", "${A:-", "${A:?x}", "${A#x}", "${A/x/y}", "${:x}"] {
            assert!(expand(word, &lookup).is_err(), "{word}");
        }
        assert!(expand(&"${NO:-".repeat(100_000), &lookup).is_err());
    }
}
