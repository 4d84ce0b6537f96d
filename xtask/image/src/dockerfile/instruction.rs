//! One instruction: its keyword, and its arguments as they are written.

use super::logical::{LogicalLine, Word};

/// The instructions of the Dockerfile reference (<https://docs.docker.com/reference/dockerfile/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
    /// One that a newer version of the parser knows.
    Unknown,
}

impl Keyword {
    const NAMES: [(&str, Self); 18] = [
        ("ADD", Self::Add),
        ("ARG", Self::Arg),
        ("CMD", Self::Cmd),
        ("COPY", Self::Copy),
        ("ENTRYPOINT", Self::Entrypoint),
        ("ENV", Self::Env),
        ("EXPOSE", Self::Expose),
        ("FROM", Self::From),
        ("HEALTHCHECK", Self::Healthcheck),
        ("LABEL", Self::Label),
        ("MAINTAINER", Self::Maintainer),
        ("ONBUILD", Self::Onbuild),
        ("RUN", Self::Run),
        ("SHELL", Self::Shell),
        ("STOPSIGNAL", Self::Stopsignal),
        ("USER", Self::User),
        ("VOLUME", Self::Volume),
        ("WORKDIR", Self::Workdir),
    ];

    /// Reads a keyword, in upper or lower case. `None` if there is no such instruction.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        found.map(|(_, keyword)| *keyword)
    }

    /// In upper case.
    pub(crate) fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, keyword)| *keyword == self);
        found.map_or("this instruction", |(name, _)| name)
    }

    /// How many arguments BuildKit demands. ENTRYPOINT and CMD without any clear what the base image sets.
    pub(super) const fn least_arguments(self) -> usize {
        match self {
            Self::Entrypoint | Self::Cmd => 0,
            Self::Add | Self::Copy => 2,
            _ => 1,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub keyword: Keyword,
    /// The offset of the keyword in the file, in bytes.
    pub at: usize,
    /// The line of the keyword in the file, from 1.
    pub line_number: usize,
    /// What follows the keyword.
    pub line: LogicalLine,
}

/// `NAME=VALUE` in LABEL, ENV or ARG; the value keeps its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    /// `None` without an equals sign, which only ARG allows.
    pub value: Option<String>,
    /// The word that both are in; in the old form `NAME VALUE`, the name.
    pub word: Word,
}

impl Instruction {
    /// The pairs of LABEL, ENV or ARG. LABEL and ENV also have an old form: one name, white space, and the value
    /// (BuildKit's `frontend/dockerfile/parser/line_parsers.go`).
    pub fn pairs(&self) -> Vec<Pair> {
        let words = self.line.words();
        match words.first() {
            Some(first) if self.keyword != Keyword::Arg && !first.text.contains('=') => {
                vec![self.old_form(first)]
            }
            _ => words.into_iter().map(Pair::new).collect(),
        }
    }

    fn old_form(&self, first: &Word) -> Pair {
        let line = self.line.text.get(first.start..).unwrap_or_default();
        let (name, value) = match line.split_once(char::is_whitespace) {
            Some((name, value)) => (name, Some(value.trim_start().to_owned())),
            None => (line, None),
        };
        Pair { name: name.to_owned(), value, word: first.clone() }
    }

    /// The arguments if they are a JSON array of strings, the exec form of CMD and ENTRYPOINT.
    pub(crate) fn json(&self) -> Option<Vec<String>> {
        serde_json::from_str(self.line.text.trim()).ok()
    }
}

impl Pair {
    fn new(word: Word) -> Self {
        match word.text.split_once('=') {
            Some((name, value)) => Self { name: name.to_owned(), value: Some(value.to_owned()), word },
            None => Self { name: word.text.clone(), value: None, word },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(keyword: Keyword, text: &str) -> Vec<(String, Option<String>)> {
        let line = LogicalLine::new(text, 0..text.len(), '\\');
        let pairs = Instruction { keyword, at: 0, line_number: 1, line }.pairs();
        pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
    }

    #[test]
    fn pairs_are_split_outside_of_quotes() {
        let pair = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(
            pairs(Keyword::Label, r#"a="x y" b='q "r"' c=\ d  e="""#),
            [pair("a", r#""x y""#), pair("b", r#"'q "r"'"#), pair("c", r"\ d"), pair("e", r#""""#)]
        );
        assert_eq!(pairs(Keyword::Env, r#"old style "value""#), [pair("old", r#"style "value""#)]);
        assert_eq!(pairs(Keyword::Label, "a"), [("a".into(), None)]);
        assert_eq!(pairs(Keyword::Label, "a=b c"), [pair("a", "b"), ("c".into(), None)]);
        assert_eq!(pairs(Keyword::Label, "=x"), [pair("", "x")]);
        assert_eq!(pairs(Keyword::Arg, "A B=c"), [("A".into(), None), pair("B", "c")]);
    }
}
