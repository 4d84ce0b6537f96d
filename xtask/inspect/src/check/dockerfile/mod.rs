//! Anybody's Dockerfile, and what is wrong with it for an extension.
//!
//! `parse-dockerfile` says where instructions begin; their words and variables are read by the rules that the builtin
//! engine follows too. A rule never guesses: where a value is not known here, it says nothing.

pub mod arguments;
pub mod compile;
pub mod copies;
pub mod download;
pub mod fixed;
pub mod labels;
mod logical;
mod scope;

use parse_dockerfile::{self as syntax, Instruction as Parsed};

use super::source::Source;
pub use logical::{Logical, Word};
pub use scope::Scope;
use sixfold_model::finding::{Finding, Place};

sixfold_model::lints! {
    DOCKERFILE_MISSING = Note "dockerfile-missing";
    DOCKERFILE_INVALID = Error "dockerfile-invalid";
}

/// More than any Dockerfile has: what is longer is refused, since a made-up one could ask for work without end.
const STAGES: usize = 100;
const INSTRUCTIONS: usize = 1000;

/// The instructions that rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    Add,
    Arg,
    Copy,
    Env,
    From,
    Label,
    Run,
    Workdir,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub keyword: Keyword,
    /// The offset of the keyword in the file.
    pub at: usize,
    /// What follows the keyword.
    pub line: Logical,
}

/// A stage: from its FROM to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub from: Instruction,
    /// The base as written.
    pub base: Word,
    /// `--platform` as written.
    pub platform: Option<Word>,
    /// In lower case, as BuildKit compares.
    pub name: Option<String>,
    pub instructions: Vec<Instruction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// Each ARG before the first FROM.
    pub globals: Vec<Instruction>,
    /// At least one.
    pub stages: Vec<Stage>,
}

impl Dockerfile {
    /// Reads the file. Fails, with a finding, on what BuildKit would refuse as well.
    pub fn parse(source: &Source) -> Result<Self, Box<Finding>> {
        let parsed = syntax::parse(&source.text).map_err(|error| {
            let place = Place::path(&source.name).at(error.line().max(1), error.column().max(1));
            let message = format!("cannot be read: {error:#}");
            Box::new(Finding::new(&DOCKERFILE_INVALID, place, message, "mend the instruction"))
        })?;
        let escape = parsed.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
        let keywords: Vec<_> = parsed.instructions.iter().map(keyword).collect();
        if keywords.len() > INSTRUCTIONS || parsed.stages().len() > STAGES {
            return refuse(source, "has more instructions or stages than any Dockerfile", "write fewer");
        }
        let ends = keywords.iter().skip(1).map(|(_, span)| span.start).chain([source.text.len()]);
        let mut file = Self { globals: vec![], stages: vec![] };
        for ((keyword, span), end) in keywords.iter().zip(ends) {
            let line = Logical::new(&source.text, span.end..end, escape);
            file.push(Instruction { keyword: *keyword, at: span.start, line });
        }
        match file.stages.is_empty() {
            false => Ok(file),
            true => {
                refuse(source, "has no FROM that can be read", "begin with `FROM scratch`, or another base")
            }
        }
    }

    fn push(&mut self, instruction: Instruction) {
        match (instruction.keyword, self.stages.last_mut()) {
            (Keyword::From, _) => self.stages.extend(Stage::new(instruction)),
            (_, None) => self.globals.push(instruction),
            (_, Some(stage)) => stage.instructions.push(instruction),
        }
    }

    /// Every instruction with the stage that it is in; FROM lines and the ARGs before them are not among them.
    pub fn instructions(&self) -> impl Iterator<Item = (&Stage, &Instruction)> {
        self.stages.iter().flat_map(|stage| stage.instructions.iter().map(move |item| (stage, item)))
    }

    /// The number of the stage that becomes the image.
    pub fn last(&self) -> usize {
        self.stages.len() - 1
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

    /// Whether it runs on the machine that builds, whatever that is.
    pub fn is_on_build_platform(&self) -> bool {
        self.platform.as_ref().is_some_and(|word| word.text.contains("BUILDPLATFORM"))
    }
}

fn refuse(source: &Source, message: &str, help: &str) -> Result<Dockerfile, Box<Finding>> {
    Err(Box::new(Finding::new(&DOCKERFILE_INVALID, source.place(0), message, help)))
}

fn keyword(item: &Parsed<'_>) -> (Keyword, syntax::Span) {
    let (keyword, at) = match item {
        Parsed::Add(item) => (Keyword::Add, &item.add),
        Parsed::Arg(item) => (Keyword::Arg, &item.arg),
        Parsed::Copy(item) => (Keyword::Copy, &item.copy),
        Parsed::Env(item) => (Keyword::Env, &item.env),
        Parsed::From(item) => (Keyword::From, &item.from),
        Parsed::Label(item) => (Keyword::Label, &item.label),
        Parsed::Run(item) => (Keyword::Run, &item.run),
        Parsed::Workdir(item) => (Keyword::Workdir, &item.workdir),
        Parsed::Cmd(item) => (Keyword::Other, &item.cmd),
        Parsed::Entrypoint(item) => (Keyword::Other, &item.entrypoint),
        Parsed::Expose(item) => (Keyword::Other, &item.expose),
        Parsed::Healthcheck(item) => (Keyword::Other, &item.healthcheck),
        Parsed::Maintainer(item) => (Keyword::Other, &item.maintainer),
        Parsed::Onbuild(item) => (Keyword::Other, &item.onbuild),
        Parsed::Shell(item) => (Keyword::Other, &item.shell),
        Parsed::Stopsignal(item) => (Keyword::Other, &item.stopsignal),
        Parsed::User(item) => (Keyword::Other, &item.user),
        Parsed::Volume(item) => (Keyword::Other, &item.volume),
        _ => return (Keyword::Other, 0..0),
    };
    (keyword, at.span.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::Fixed;

    type Rule = fn(&Dockerfile, &Source) -> Vec<Fixed>;

    fn found(text: &str, rule: Rule) -> Vec<Finding> {
        let source = Source::new("Dockerfile", text);
        let file = Dockerfile::parse(&source).unwrap();
        rule(&file, &source).into_iter().map(|fixed| fixed.finding).collect()
    }

    /// The codes of what a rule finds.
    pub(super) fn codes(text: &str, rule: Rule) -> Vec<&'static str> {
        found(text, rule).iter().map(Finding::code).collect()
    }

    /// The same, each with line and column.
    pub(super) fn places(text: &str, rule: Rule) -> Vec<String> {
        let place = |finding: &Finding| {
            let place = &finding.place;
            format!("{}:{} {}", place.line.unwrap(), place.column.unwrap(), finding.code())
        };
        found(text, rule).iter().map(place).collect()
    }

    #[test]
    fn stages_have_their_parts() {
        let text = "ARG V=1\nFROM --platform=$BUILDPLATFORM golang:$V AS Build\nRUN <<EOF\ngo build\nEOF\nFROM scratch\nCOPY a /\n";
        let file = Dockerfile::parse(&Source::new("Dockerfile", text)).unwrap();
        assert_eq!((file.globals.len(), file.stages.len()), (1, 2));
        let build = &file.stages[0];
        assert_eq!((build.name.as_deref(), build.base.text.as_str()), (Some("build"), "golang:$V"));
        assert!(build.is_on_build_platform() && !file.stages[1].is_on_build_platform());
        assert!(build.instructions[0].line.text.contains("go build"));
    }

    #[test]
    fn mistakes_have_their_place() {
        let refused =
            |text: &str| Dockerfile::parse(&Source::new("Dockerfile", text)).unwrap_err().place.to_string();
        assert_eq!(refused("FROM scratch\n\nCPOY a b\n"), "Dockerfile:3:1");
        assert_eq!(refused(""), "Dockerfile:1:1");
        assert_eq!(refused(&"FROM a\n".repeat(101)), "Dockerfile:1:1");
    }
}
