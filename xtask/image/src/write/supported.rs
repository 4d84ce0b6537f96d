//! What the builtin engine supports of a Dockerfile.
//!
//! One stage from scratch with ARG, LABEL, ENV, COPY, WORKDIR, USER, EXPOSE, ENTRYPOINT and CMD. COPY copies from Sixfold's
//! stage. Everything else is an error that names the line. [`recipe`](super::recipe) evaluates the instructions for one platform.

use std::fmt;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_model::stage::CONTEXT;

use crate::dockerfile::{
    CopyArguments, Dockerfile, Instruction, Keyword, ParseError, Problem, Stage, invalid, unsupported,
};

/// Why the builtin engine does not build a Dockerfile: a problem and its line.
#[derive(Debug)]
pub struct DockerfileError {
    pub path: Utf8PathBuf,
    /// From 1.
    pub line: usize,
    pub problem: Problem,
}

impl DockerfileError {
    /// True if `docker buildx` may build the file as its author means it.
    pub fn is_for_buildx(&self) -> bool {
        matches!(self.problem, Problem::Unsupported(_))
    }
}

impl fmt::Display for DockerfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, problem } = self;
        match problem {
            Problem::Invalid(message) => write!(f, "{path}:{line}: {message}"),
            Problem::Unsupported(message) => write!(
                f,
                "{path}:{line}: the builtin engine cannot build this: {message}\nhelp: build the image with \
                 `--engine buildx`"
            ),
        }
    }
}

impl std::error::Error for DockerfileError {}

/// A Dockerfile and the ignore file beside it, as they were when they were read.
#[derive(Clone, Debug)]
pub struct DockerfileText {
    pub path: Utf8PathBuf,
    pub text: String,
    /// The bytes of the ignore file that BuildKit would read, if there is one.
    pub ignore: Option<Vec<u8>>,
    /// The build context, if that is not Sixfold's stage. Then the stage is the context `stage`.
    pub context: Option<Utf8PathBuf>,
}

impl DockerfileText {
    /// Reads both files. `context` is the build context, if that is not the stage. Fails when there is no Dockerfile, and when
    /// one of them cannot be read.
    pub fn read(path: &Utf8Path, context: Option<Utf8PathBuf>) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).context("cannot read the Dockerfile")?;
        let own = read_ignore(&ignore_file(path))?;
        let ignore = match &context {
            Some(context) if own.is_none() => read_ignore(&context.join(".dockerignore"))?,
            _ => own,
        };
        Ok(Self { path: path.to_owned(), text, ignore, context })
    }

    /// The text of the Dockerfile.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Fails when the builtin engine cannot build the file.
    pub fn parse(&self) -> Result<BuiltinDockerfile, DockerfileError> {
        if self.ignore.is_some() && self.context.is_none() {
            // BuildKit leaves out what the file lists. Ignoring it would silently give another image.
            let problem = Problem::Unsupported("ignore files are not supported".to_owned());
            return Err(DockerfileError { path: ignore_file(&self.path), line: 1, problem });
        }
        BuiltinDockerfile::parse(&self.path, &self.text, self.context.is_some())
    }
}

fn read_ignore(path: &Utf8Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("cannot read the ignore file of the Dockerfile"),
    }
}

/// The ignore file that BuildKit reads for this Dockerfile.
fn ignore_file(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.dockerignore"))
}

/// A Dockerfile with no instruction that the builtin engine does not support. Variables are not expanded yet.
#[derive(Clone, Debug)]
pub struct BuiltinDockerfile {
    path: Utf8PathBuf,
    pub(super) file: Dockerfile,
}

impl BuiltinDockerfile {
    /// The file, for messages.
    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Reads the text of a Dockerfile. `path` is for messages. `has_context`: the stage is not the build context, but the
    /// context `stage`.
    pub fn parse(path: &Utf8Path, text: &str, has_context: bool) -> Result<Self, DockerfileError> {
        // A checkout on Windows may have CRLF.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let error = |line, problem| DockerfileError { path: path.to_owned(), line, problem };
        let file = Dockerfile::parse(&text).map_err(|found| error(found.line, parse_problem(found)))?;
        check_directives(&file).map_err(|problem| error(1, problem))?;
        let is_named = |stage: &&Stage| has_context && stage.name.as_deref() == Some(CONTEXT);
        if let Some(stage) = file.stages.iter().find(is_named) {
            let message = format!(
                "a build stage has the name `{CONTEXT}`, which is that of the files that Sixfold stages\nhelp: rename it"
            );
            return Err(error(stage.from.line_number, Problem::Invalid(message)));
        }
        if let Some(second) = file.stages.get(1) {
            return Err(error(second.from.line_number, Problem::Unsupported("a second stage".into())));
        }
        for stage in &file.stages {
            check_from(stage).map_err(|problem| error(stage.from.line_number, problem))?;
        }
        for (_, item) in file.instructions() {
            check(item, has_context).map_err(|problem| error(item.line_number, problem))?;
        }
        Ok(Self { path: path.to_owned(), file })
    }

    pub(super) fn error(&self, line: usize, problem: Problem) -> DockerfileError {
        DockerfileError { path: self.path.clone(), line, problem }
    }
}

/// Parse errors are left to buildx, unless the file cannot be a Dockerfile.
fn parse_problem(error: ParseError) -> Problem {
    let ParseError { message, help, is_certain, .. } = error;
    let problem = Problem::Invalid(if is_certain { format!("{message}\nhelp: {help}") } else { message });
    if is_certain { problem } else { problem.into_unsupported() }
}

/// Only Docker's own frontend and the usual escape character are supported.
fn check_directives(file: &Dockerfile) -> Result<(), Problem> {
    match &file.syntax {
        Some(syntax) if !syntax.starts_with("docker/dockerfile:1") => {
            unsupported(format!("the syntax `{syntax}` is not Docker's own"))
        }
        _ if file.escape != '\\' => unsupported("the escape character is not a backslash"),
        _ => Ok(()),
    }
}

fn check_from(stage: &Stage) -> Result<(), Problem> {
    match stage.from.line.words().iter().find(|word| word.text.starts_with("--")) {
        // A fixed platform would give both images the same one.
        Some(flag) => unsupported(format!("FROM has the option {}", flag.text)),
        None => Ok(()),
    }
}

fn check(item: &Instruction, has_context: bool) -> Result<(), Problem> {
    match item.keyword {
        Keyword::Arg | Keyword::Label | Keyword::Env | Keyword::Workdir | Keyword::User | Keyword::Expose => {
            Ok(())
        }
        Keyword::Copy => check_copy(item, has_context),
        Keyword::Entrypoint | Keyword::Cmd if item.json().is_some() => Ok(()),
        // The shell form runs `/bin/sh`, which an image from scratch does not have.
        Keyword::Entrypoint | Keyword::Cmd => unsupported(format!(
            "{} is not a JSON array, and an image from scratch has no shell",
            item.keyword.name()
        )),
        keyword => unsupported(format!("{} is more than copying files", keyword.name())),
    }
}

fn check_copy(item: &Instruction, has_context: bool) -> Result<(), Problem> {
    let Some(copy) = CopyArguments::new(item) else {
        return invalid("COPY needs a source and a destination");
    };
    if copy.sources.iter().any(|(source, _)| source.starts_with("<<")) {
        return unsupported("COPY has a here-document");
    }
    if has_context && copy.flag("from").is_none() {
        return unsupported(format!("COPY copies from the build context, not `--from={CONTEXT}`"));
    }
    for (name, value) in &copy.flags {
        if has_context && name == "from" && value.as_deref() == Some(CONTEXT) {
            continue;
        }
        check_copy_flag(name, value.as_deref())?;
    }
    Ok(())
}

fn check_copy_flag(name: &str, value: Option<&str>) -> Result<(), Problem> {
    match (name, value) {
        ("link", None | Some("true" | "false")) => Ok(()),
        ("chown", Some("0" | "root" | "0:0" | "root:root" | "0:root" | "root:0")) => Ok(()),
        ("chown", _) => unsupported("COPY --chown names an owner other than root"),
        ("chmod", Some(mode)) => match permission_bits(mode) {
            Some(_) => Ok(()),
            None => unsupported(format!("COPY --chmod={mode} is not three octal digits such as 0755")),
        },
        (name, _) => unsupported(format!("COPY has the option --{name}")),
    }
}

/// Reads the mode of `--chmod`.
pub(super) fn permission_bits(mode: &str) -> Option<u32> {
    u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= 0o777)
}
