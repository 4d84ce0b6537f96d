//! A whole Dockerfile, split into stages and instructions.

use std::ops::Range;

use parse_dockerfile::{self as syntax, Instruction as Parsed};
use sixfold_model::text::line_column;

use super::here_documents::hidden;
use super::instruction::{Instruction, Keyword};
use super::logical::{LogicalLine, Word};

/// Limits above what any Dockerfile needs: without them, a crafted file could keep the rules of `check` busy for hours.
const MAX_STAGES: usize = 100;
const MAX_INSTRUCTIONS: usize = 1000;
const NO_FROM_HELP: &str = "start with `FROM scratch`, or with another base image";

/// A stage: from its FROM to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub from: Instruction,
    /// The base image or stage, as written.
    pub base: Word,
    /// `--platform=…`, as written.
    pub platform: Option<Word>,
    /// In lower case, because BuildKit compares the names of stages that way.
    pub name: Option<String>,
    pub instructions: Vec<Instruction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// Each ARG before the first FROM.
    pub globals: Vec<Instruction>,
    /// At least one.
    pub stages: Vec<Stage>,
    /// The value of the `# syntax=` directive.
    pub(crate) syntax: Option<String>,
    /// The character that continues a line.
    pub(crate) escape: char,
}

/// Why a text is not a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong, without the place.
    pub message: String,
    /// What the author can do.
    pub help: &'static str,
    /// BuildKit rejects the file too. Otherwise our parser may be wrong.
    pub(crate) is_certain: bool,
}

impl ParseError {
    fn of_file(message: String, help: &'static str) -> Self {
        Self { line: 1, column: 1, message, help, is_certain: false }
    }
}

impl Dockerfile {
    /// Reads a text whose lines end with `\n` and that has no byte order mark. Fails on what is not a Dockerfile, and on
    /// more than 100 stages or 1000 instructions.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let escape = if text.to_lowercase().starts_with("# escape=`") { '`' } else { '\\' };
        let readable = hidden(text, escape);
        let parsed = syntax::parse(&readable).map_err(|error| parse_error(text, &error))?;
        if parsed.instructions.len() > MAX_INSTRUCTIONS || parsed.stages().len() > MAX_STAGES {
            let message = format!("has more than {MAX_STAGES} stages or {MAX_INSTRUCTIONS} instructions");
            return Err(ParseError::of_file(message, "write fewer"));
        }
        let directives = &parsed.parser_directives;
        let mut file = Self {
            globals: vec![],
            stages: vec![],
            syntax: directives.syntax.as_ref().map(|syntax| syntax.value.value.to_owned()),
            escape: directives.escape.as_ref().map_or('\\', |escape| escape.value.value),
        };
        let keywords: Vec<_> = parsed.instructions.iter().map(keyword).collect();
        let ends = keywords.iter().skip(1).map(|(_, span)| span.start).chain([text.len()]);
        for ((keyword, span), end) in keywords.iter().zip(ends) {
            file.push(Instruction {
                keyword: *keyword,
                at: span.start,
                line_number: line_column(text, span.start).0,
                line: LogicalLine::new(text, span.end..end, file.escape),
            });
        }
        match file.stages.is_empty() {
            true => Err(ParseError::of_file("has no FROM that can be read".to_owned(), NO_FROM_HELP)),
            false => Ok(file),
        }
    }

    fn push(&mut self, instruction: Instruction) {
        match (instruction.keyword, self.stages.last_mut()) {
            (Keyword::From, _) => self.stages.extend(Stage::new(instruction)),
            (_, None) => self.globals.push(instruction),
            (_, Some(stage)) => stage.instructions.push(instruction),
        }
    }

    /// Every instruction with the stage that it is in, except FROM and the ARGs before the first FROM.
    pub fn instructions(&self) -> impl Iterator<Item = (&Stage, &Instruction)> {
        self.stages.iter().flat_map(|stage| stage.instructions.iter().map(move |item| (stage, item)))
    }

    /// The index of the stage that becomes the image.
    pub fn last(&self) -> usize {
        self.stages.len().saturating_sub(1)
    }
}

impl Stage {
    fn new(from: Instruction) -> Option<Self> {
        let words = from.line.words();
        let mut plain = words.iter().filter(|word| !word.text.starts_with("--"));
        let base = plain.next()?.clone();
        let is_as = plain.next().is_some_and(|word| word.text.eq_ignore_ascii_case("as"));
        let name = plain.next().filter(|_| is_as).map(|word| word.text.to_lowercase());
        let platform = words.iter().find(|word| word.text.starts_with("--platform=")).cloned();
        Some(Self { from, base, platform, name, instructions: vec![] })
    }

    /// True if the stage runs on the platform of the machine that builds.
    pub fn is_on_build_platform(&self) -> bool {
        self.platform.as_ref().is_some_and(|word| word.text.contains("BUILDPLATFORM"))
    }
}

fn keyword(item: &Parsed<'_>) -> (Keyword, Range<usize>) {
    let (keyword, at) = match item {
        Parsed::Add(item) => (Keyword::Add, &item.add),
        Parsed::Arg(item) => (Keyword::Arg, &item.arg),
        Parsed::Cmd(item) => (Keyword::Cmd, &item.cmd),
        Parsed::Copy(item) => (Keyword::Copy, &item.copy),
        Parsed::Entrypoint(item) => (Keyword::Entrypoint, &item.entrypoint),
        Parsed::Env(item) => (Keyword::Env, &item.env),
        Parsed::Expose(item) => (Keyword::Expose, &item.expose),
        Parsed::From(item) => (Keyword::From, &item.from),
        Parsed::Healthcheck(item) => (Keyword::Healthcheck, &item.healthcheck),
        Parsed::Label(item) => (Keyword::Label, &item.label),
        Parsed::Maintainer(item) => (Keyword::Maintainer, &item.maintainer),
        Parsed::Onbuild(item) => (Keyword::Onbuild, &item.onbuild),
        Parsed::Run(item) => (Keyword::Run, &item.run),
        Parsed::Shell(item) => (Keyword::Shell, &item.shell),
        Parsed::Stopsignal(item) => (Keyword::Stopsignal, &item.stopsignal),
        Parsed::User(item) => (Keyword::User, &item.user),
        Parsed::Volume(item) => (Keyword::Volume, &item.volume),
        Parsed::Workdir(item) => (Keyword::Workdir, &item.workdir),
        _ => return (Keyword::Unknown, 0..0),
    };
    (keyword, at.span.clone())
}

fn parse_error(text: &str, error: &syntax::Error) -> ParseError {
    ParseError {
        line: error.line().max(1),
        column: error.column().max(1),
        message: format!("cannot be read: {error:#}"),
        help: match error.line() {
            0 => NO_FROM_HELP,
            _ => "correct the instruction",
        },
        is_certain: !has_unsupported_syntax(text) && is_never_valid(text, error.line()),
    }
}

/// True if the text may use syntax that our parser does not know: it knows the directive of Docker's own frontend only, and
/// here-documents only at the start or the end of an instruction; the others are hidden from it.
fn has_unsupported_syntax(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().replace(' ', "").to_lowercase();
    let has_other_frontend =
        first.starts_with("#syntax=") && !first.starts_with("#syntax=docker/dockerfile:1");
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    has_other_frontend || text.lines().any(|line| !is_comment(line) && line.contains("<<"))
}

/// True if the line that the parser rejects can be part of no Dockerfile: an unknown instruction, one without its
/// arguments, or one before the first FROM. The parser's errors do not tell their kind, so this looks at the line itself.
fn is_never_valid(text: &str, number: usize) -> bool {
    let Some(index) = number.checked_sub(1) else {
        // The parser gives no line if there is no FROM at all.
        return true;
    };
    let first_word = |line: &str| line.split_whitespace().next().and_then(Keyword::from_word);
    let mut before = text.lines().take(index);
    let is_continued =
        text.lines().take(index).last().is_some_and(|line| line.trim_end().ends_with(['\\', '`']));
    let line = text.lines().nth(index).unwrap_or_default();
    match first_word(line) {
        _ if is_continued => false,
        None => true,
        Some(keyword) => {
            let is_before_from =
                keyword != Keyword::From && !before.any(|line| first_word(line) == Some(Keyword::From));
            let words = line.split_whitespace().filter(|word| !word.starts_with("--"));
            is_before_from || words.count() <= keyword.least_arguments()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_have_their_parts() {
        let text = "ARG V=1\nFROM --platform=$BUILDPLATFORM golang:$V AS Build\nRUN <<EOF\ngo build\nEOF\nFROM scratch\nCOPY a /\n";
        let file = Dockerfile::parse(text).unwrap();
        assert_eq!((file.globals.len(), file.stages.len()), (1, 2));
        let build = &file.stages[0];
        assert_eq!((build.name.as_deref(), build.base.text.as_str()), (Some("build"), "golang:$V"));
        assert!(build.is_on_build_platform() && !file.stages[1].is_on_build_platform());
        assert!(build.instructions[0].line.text.contains("go build"));
        assert_eq!(build.instructions[0].line_number, 3);
    }

    #[test]
    fn mistakes_have_their_place() {
        let place = |text: &str| {
            let error = Dockerfile::parse(text).unwrap_err();
            (error.line, error.column)
        };
        assert_eq!(place("FROM scratch\n\nCPOY a b\n"), (3, 1));
        assert_eq!(place(""), (1, 1));
        assert_eq!(place(&"FROM a\n".repeat(101)), (1, 1));
    }

    #[test]
    fn a_mistake_is_certain_only_where_no_frontend_accepts_it() {
        let is_certain = |text: &str| Dockerfile::parse(text).unwrap_err().is_certain;
        for text in [
            "",
            "hello\n",
            "FROM scratch\nCPOY a b\n",
            "FROM scratch\nCOPY a\n",
            "FROM scratch\nLABEL\n",
            "FROM\n",
            "COPY a b\nFROM scratch\n",
            "# syntax=docker/dockerfile:1\nhello\n",
            "# a << b\nhello\n",
        ] {
            assert!(is_certain(text), "{text}");
        }
        for text in [
            "# syntax = example/other:2\nhello: world\n",
            "FROM x\nRUN cat <<EOF\nhello\n",
            "FROM scratch\nENTRYPOINT []\n",
            "FROM scratch\nSHELL no list\n",
            "FROM scratch AS \\\n  a b\n",
        ] {
            assert!(!is_certain(text), "{text}");
        }
    }
}
