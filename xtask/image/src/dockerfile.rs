//! A Dockerfile that only copies, read into instructions.
//!
//! FROM scratch, ARG, LABEL, ENV, COPY, WORKDIR, USER, EXPOSE, ENTRYPOINT and CMD, in one stage: whatever else there is,
//! is refused with its line. [`recipe`](super::recipe) evaluates the instructions for one platform.

use std::fmt;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use parse_dockerfile::{self as syntax, Command, Flag, Instruction as Parsed, Source};

use super::words;

/// Why the builtin engine does not build a Dockerfile.
#[derive(Debug)]
pub struct Refusal {
    pub path: Utf8PathBuf,
    /// From 1.
    pub line: usize,
    pub fault: Fault,
}

/// What is wrong with one instruction.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// Docker builds it: another engine may.
    Unsupported(String),
    /// Docker refuses it too, or makes of it what its author cannot want.
    Mistake(String),
}

impl Fault {
    /// The same where our reader may be mistaken itself.
    fn for_buildx(self) -> Self {
        match self {
            Self::Unsupported(message) | Self::Mistake(message) => Self::Unsupported(message),
        }
    }
}

impl Refusal {
    /// Whether `docker buildx` would build the file as its author means it.
    pub fn is_for_buildx(&self) -> bool {
        matches!(self.fault, Fault::Unsupported(_))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, fault } = self;
        match fault {
            Fault::Mistake(message) => write!(f, "{path}:{line}: {message}"),
            Fault::Unsupported(message) => {
                write!(f, "{path}:{line}: {message}: build this image with `--engine buildx`")
            }
        }
    }
}

impl std::error::Error for Refusal {}

pub(super) fn unsupported<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Unsupported(message.into()))
}

pub(super) fn mistake<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Mistake(message.into()))
}

/// A Dockerfile whose instructions the builtin engine knows; variables are not yet put in.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    path: Utf8PathBuf,
    is_beyond_us: bool,
    pub(super) instructions: Vec<(usize, Instruction)>,
}

/// An instruction, its words as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    /// The base image, which is `scratch` once variables are put in.
    From(String),
    Arg(Vec<(String, Option<String>)>),
    Label(Vec<(String, String)>),
    Env(Vec<(String, String)>),
    Copy(Copy),
    Workdir(String),
    User(String),
    Expose(Vec<String>),
    Entrypoint(Vec<String>),
    Cmd(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Copy {
    pub sources: Vec<String>,
    pub dest: String,
    /// As written, and as permission bits.
    pub chmod: Option<(String, u32)>,
    pub chown: Option<String>,
    pub link: bool,
}

impl Dockerfile {
    /// Reads a file. A [`Refusal`] is in the error's chain when the file is not for this engine.
    pub fn read(path: &Utf8Path) -> anyhow::Result<Self> {
        // BuildKit would leave files out; here that would make another image in silence.
        let ignore = Utf8PathBuf::from(format!("{path}.dockerignore"));
        if ignore.exists() {
            let fault = Fault::Unsupported("the builtin engine leaves no files out".to_owned());
            return Err(Refusal { path: ignore, line: 1, fault }.into());
        }
        let text = fs::read_to_string(path).context("cannot read the Dockerfile")?;
        Ok(Self::parse(path, &text)?)
    }

    /// Reads a Dockerfile's text; `path` is for messages.
    pub fn parse(path: &Utf8Path, text: &str) -> Result<Self, Refusal> {
        // A checkout on Windows may hold CRLF, and the parser's spans start behind a byte order mark.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let mut file =
            Self { path: path.to_owned(), is_beyond_us: is_beyond_us(&text), instructions: Vec::new() };
        let refuse = |line, fault| file.refusal(line, fault);
        let parsed = syntax::parse(&text).map_err(|error| refuse(error.line().max(1), unreadable(&error)))?;
        check_directives(&parsed.parser_directives).map_err(|fault| refuse(1, fault))?;
        let mut instructions = Vec::new();
        for item in &parsed.instructions {
            let (start, instruction) = read_instruction(item);
            let line = text.get(..start).map_or(1, |before| 1 + before.matches('\n').count());
            instructions.push((line, instruction.map_err(|fault| refuse(line, fault))?));
        }
        let mut stages = instructions.iter().filter(|(_, item)| matches!(item, Instruction::From(_)));
        if let Some((line, _)) = stages.nth(1) {
            return Err(refuse(*line, Fault::Unsupported("a second stage begins".into())));
        }
        file.instructions = instructions;
        Ok(file)
    }

    /// Why this file is refused.
    pub(super) fn refusal(&self, line: usize, fault: Fault) -> Refusal {
        let fault = if self.is_beyond_us { fault.for_buildx() } else { fault };
        Refusal { path: self.path.clone(), line, fault }
    }
}

/// Whether what our parser takes for a mistake may be right: it knows Docker's own syntax, and here-documents only where
/// they are all that an instruction has.
pub(super) fn is_beyond_us(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().replace(' ', "").to_lowercase();
    let has_foreign_syntax =
        first.starts_with("#syntax=") && !first.starts_with("#syntax=docker/dockerfile:1");
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    has_foreign_syntax || text.lines().any(|line| !is_comment(line) && line.contains("<<"))
}

/// What the parser does not take is Docker's to judge, but for what no Dockerfile can be.
fn unreadable(error: &syntax::Error) -> Fault {
    let message = format!("cannot be read: {error:#}");
    // The parser wants arguments where Docker takes an empty list, which clears what is set.
    let is_mistake = ["unknown instruction", "FROM", "requires at least", "requires exactly"]
        .iter()
        .any(|part| message.contains(part))
        && !message.contains("ENTRYPOINT");
    if is_mistake { Fault::Mistake(message) } else { Fault::Unsupported(message) }
}

/// Only Docker's own syntax with the usual escape is known.
fn check_directives(directives: &syntax::ParserDirectives<'_>) -> Result<(), Fault> {
    match &directives.syntax {
        Some(syntax) if !syntax.value.value.starts_with("docker/dockerfile:1") => {
            return unsupported(format!("the syntax `{}` is not Docker's own", syntax.value.value));
        }
        _ => {}
    }
    match &directives.escape {
        Some(escape) if escape.value.value != '\\' => unsupported("the escape character is not a backslash"),
        _ => Ok(()),
    }
}

/// The instruction and where it starts in the text.
fn read_instruction(item: &Parsed<'_>) -> (usize, Result<Instruction, Fault>) {
    let refuse = |name: &str| unsupported(format!("{name} is not an instruction that copies"));
    match item {
        Parsed::From(item) => (item.from.span.start, read_from(item)),
        Parsed::Arg(item) => {
            (item.arg.span.start, words::arguments(&item.arguments.value).map(Instruction::Arg))
        }
        Parsed::Label(item) => {
            (item.label.span.start, words::pairs(&item.arguments.value).map(Instruction::Label))
        }
        Parsed::Env(item) => (item.env.span.start, words::pairs(&item.arguments.value).map(Instruction::Env)),
        Parsed::Copy(item) => (item.copy.span.start, read_copy(item).map(Instruction::Copy)),
        Parsed::Workdir(item) => {
            (item.workdir.span.start, Ok(Instruction::Workdir(item.arguments.value.to_string())))
        }
        Parsed::User(item) => (item.user.span.start, Ok(Instruction::User(item.arguments.value.to_string()))),
        Parsed::Expose(item) => {
            let ports = item.arguments.iter().map(|port| port.value.to_string()).collect();
            (item.expose.span.start, Ok(Instruction::Expose(ports)))
        }
        Parsed::Entrypoint(item) => (
            item.entrypoint.span.start,
            read_command("ENTRYPOINT", &item.arguments).map(Instruction::Entrypoint),
        ),
        Parsed::Cmd(item) => {
            (item.cmd.span.start, read_command("CMD", &item.arguments).map(Instruction::Cmd))
        }
        Parsed::Run(item) => (item.run.span.start, refuse("RUN")),
        Parsed::Add(item) => (item.add.span.start, refuse("ADD")),
        Parsed::Healthcheck(item) => (item.healthcheck.span.start, refuse("HEALTHCHECK")),
        Parsed::Maintainer(item) => (item.maintainer.span.start, refuse("MAINTAINER")),
        Parsed::Onbuild(item) => (item.onbuild.span.start, refuse("ONBUILD")),
        Parsed::Shell(item) => (item.shell.span.start, refuse("SHELL")),
        Parsed::Stopsignal(item) => (item.stopsignal.span.start, refuse("STOPSIGNAL")),
        Parsed::Volume(item) => (item.volume.span.start, refuse("VOLUME")),
        _ => (0, refuse("one of the lines")),
    }
}

fn read_from(item: &syntax::FromInstruction<'_>) -> Result<Instruction, Fault> {
    match item.options.first() {
        // A fixed platform would give both images the same one.
        Some(flag) => unsupported(format!("FROM has the option --{}", flag.name.value)),
        None => Ok(Instruction::From(item.image.value.to_string())),
    }
}

fn read_copy(item: &syntax::CopyInstruction<'_>) -> Result<Copy, Fault> {
    let mut copy = Copy { dest: item.dest.value.to_string(), ..Copy::default() };
    for flag in &item.options {
        read_copy_flag(&mut copy, flag)?;
    }
    for source in &item.src {
        match source {
            Source::Path(path) => copy.sources.push(path.value.to_string()),
            _ => return unsupported("COPY has a here-document"),
        }
    }
    Ok(copy)
}

fn read_copy_flag(copy: &mut Copy, flag: &Flag<'_>) -> Result<(), Fault> {
    let value = flag.value.as_ref().map(|value| value.value.as_ref());
    match (flag.name.value.as_ref(), value) {
        ("link", None | Some("true")) => copy.link = true,
        ("link", Some("false")) => copy.link = false,
        ("chown", Some(owner @ ("0" | "root" | "0:0" | "root:root" | "0:root" | "root:0"))) => {
            copy.chown = Some(owner.to_owned());
        }
        ("chown", _) => return unsupported("COPY --chown names an owner other than root"),
        ("chmod", Some(mode)) => match u32::from_str_radix(mode, 8) {
            Ok(bits @ 0..=0o777) => copy.chmod = Some((mode.to_owned(), bits)),
            _ => return unsupported(format!("COPY --chmod={mode} is not three octal digits such as 0755")),
        },
        (name, _) => return unsupported(format!("COPY has the option --{name}")),
    }
    Ok(())
}

/// The shell form would run `/bin/sh`, which an image from scratch does not hold.
fn read_command(name: &str, command: &Command<'_>) -> Result<Vec<String>, Fault> {
    match command {
        Command::Exec(words) => Ok(words.value.iter().map(|word| word.value.to_string()).collect()),
        _ => unsupported(format!("{name} is not a JSON array, and an image from scratch holds no shell")),
    }
}
