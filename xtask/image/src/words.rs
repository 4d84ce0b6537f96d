//! Words as a Dockerfile writes them: quoting, escapes and `$` variables.
//!
//! The rules are BuildKit's (`frontend/dockerfile/shell/lex.go` and `parser/line_parsers.go`), not a shell's. What is not
//! reproduced here is an error, never a guess.

use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

use super::dockerfile::{Fault, mistake, unsupported};

/// Quoting or a variable that cannot be read.
pub type Result<T> = std::result::Result<T, Fault>;

const ESCAPE: char = '\\';

/// Cuts a line at white space outside of quotes. Quotes and escapes stay in the words.
pub fn split(line: &str) -> Vec<String> {
    spans(line).into_iter().map(|span| line[span].to_owned()).collect()
}

/// Where the words of [`split`] are in the line, in bytes.
pub fn spans(line: &str) -> Vec<Range<usize>> {
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

/// The `name=value` pairs of LABEL and ENV; also the old form of one name, white space and the value.
pub fn pairs(line: &str) -> Result<Vec<(String, String)>> {
    let words = split(line);
    if words.first().is_some_and(|word| !word.contains('=')) {
        return match line.split_once(char::is_whitespace) {
            Some((name, value)) => Ok(vec![(name.to_owned(), value.trim_start().to_owned())]),
            None => mistake(format!("`{line}` has a name but no value: write it as name=value")),
        };
    }
    words.iter().map(|word| split_pair(word)).collect()
}

fn split_pair(word: &str) -> Result<(String, String)> {
    match word.split_once('=') {
        Some(("", _)) => mistake(format!("`{word}` has no name")),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => mistake(format!("`{word}` is not of the form name=value: quote a value that holds spaces")),
    }
}

/// The arguments of ARG: names with or without a default.
pub fn arguments(line: &str) -> Result<Vec<(String, Option<String>)>> {
    let argument = |word: String| match word.contains('=') {
        true => split_pair(&word).map(|(name, value)| (name, Some(value))),
        false => Ok((word, None)),
    };
    split(line).into_iter().map(argument).collect()
}

/// Takes the quotes and escapes away and puts in the variables; one that `lookup` does not know is empty.
pub fn expand<'a>(word: &str, lookup: &dyn Fn(&str) -> Option<&'a str>) -> Result<String> {
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
            Some(stop) => mistake(format!("a `{stop}` is missing")),
        }
    }

    fn single_quoted(&mut self, text: &mut String) -> Result<()> {
        for ch in self.chars.by_ref() {
            if ch == '\'' {
                return Ok(());
            }
            text.push(ch);
        }
        mistake("a closing ' is missing")
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
        mistake("a closing \" is missing")
    }

    /// After a `$`.
    fn variable(&mut self) -> Result<String> {
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            return Ok(if name.is_empty() { "$".into() } else { self.value(&name).unwrap_or_default() });
        }
        let name = self.name();
        if name.is_empty() {
            return mistake("a variable's name is missing after `${`");
        }
        let colon = match self.chars.next() {
            Some('}') => return Ok(self.value(&name).unwrap_or_default()),
            Some(':') => true,
            Some(modifier @ ('-' | '+')) => return self.modified(&name, modifier, false),
            other => return no_modifier(&name, other),
        };
        match self.chars.next() {
            Some(modifier @ ('-' | '+')) => self.modified(&name, modifier, colon),
            other => no_modifier(&name, other),
        }
    }

    /// `${name:-word}` and its kin; with a colon an empty value counts as none.
    fn modified(&mut self, name: &str, modifier: char, colon: bool) -> Result<String> {
        // Nested to any depth would exhaust the stack.
        self.depth += 1;
        if self.depth > 16 {
            return unsupported("variables are nested more deeply than the builtin engine follows");
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

    /// Letters, digits and `_`; one that starts with a digit is all digits. A shell's special parameters have one character
    /// and are never set.
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

/// What stands after a name in braces, and is none of `:-`, `:+`, `-` and `+`.
fn no_modifier(name: &str, found: Option<char>) -> Result<String> {
    match found {
        // BuildKit's errors, prefixes, suffixes and replacements, since its Dockerfile syntax 1.7.
        Some(modifier @ ('?' | '#' | '%' | '/')) => {
            unsupported(format!("`${{{name}…}}` has the modifier `{modifier}`, which only BuildKit knows"))
        }
        Some(_) => mistake(format!("`${{{name}…}}` has a modifier that there is not")),
        None => mistake(format!("`${{{name}` has no closing brace")),
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
    fn variables_are_put_in_as_docker_does() {
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

    #[test]
    fn pairs_are_cut_outside_of_quotes() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs(r#"a="x y" b='q "r"' c=\ d  e="""#),
            Ok(vec![pair("a", r#""x y""#), pair("b", r#"'q "r"'"#), pair("c", r"\ d"), pair("e", r#""""#)])
        );
        assert_eq!(pairs(r#"old style "value""#), Ok(vec![pair("old", r#"style "value""#)]));
        for bad in ["a", "a=b c", "=x"] {
            assert!(pairs(bad).is_err(), "{bad}");
        }
        assert_eq!(arguments("A B=c"), Ok(vec![("A".into(), None), ("B".into(), Some("c".into()))]));
    }
}
