//! The files that a program writes into a stage.

use super::paths::{absolute, normal};
use super::shell::{Command, Machine};
use super::symbol::{MARK, digest, is_known, is_pure};

/// Something that made a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Made {
    pub kind: Kind,
    /// Everything that the content depends on: equal for two platforms only if both images get the same file.
    pub text: String,
    /// The command and the paths, as far as they may name an architecture.
    pub named: String,
    /// The program and its arguments. Empty for what no program made.
    pub words: Vec<String>,
    /// The folder in which the program ran.
    pub cwd: String,
    /// The files that it reads.
    pub(super) inputs: Vec<String>,
    /// The byte offset in the Dockerfile.
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) enum Kind {
    /// Text of the Dockerfile itself.
    Text,
    Fetched,
    /// Compiled by Go for this architecture; `None` for that of the machine.
    Go {
        os: Option<String>,
        arch: Option<String>,
    },
    /// Compiled to machine code.
    Compiled,
    /// By another tool, before the build.
    Later,
    /// A file of a base image that is the same for both platforms.
    Image,
    /// By any other program, in a stage that starts from the image of a compiler.
    Built,
    Other,
}

/// What a step changes in the files of its stage. Paths are absolute.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    File(String, Made),
    /// Files with unknown names below a folder.
    Below(String, Made),
    /// Copies files, as `cp` does.
    Move(Vec<String>, String),
    Remove(Vec<String>),
    /// It may write any file.
    Anything(Made),
}

/// Programs that write nothing a host could get.
const INERT: [&str; 41] = [
    "[",
    "addgroup",
    "adduser",
    "apk",
    "apt",
    "apt-get",
    "basename",
    "chgrp",
    "chmod",
    "chown",
    "codesign",
    "command",
    "date",
    "dirname",
    "dnf",
    "exit",
    "file",
    "gpg",
    "groupadd",
    "groupmod",
    "id",
    "ldconfig",
    "ls",
    "microdnf",
    "mkdir",
    "pip",
    "pip3",
    "read",
    "rmdir",
    "set",
    "sha256sum",
    "sleep",
    "strip",
    "test",
    "touch",
    "uname",
    "update-ca-certificates",
    "upx",
    "useradd",
    "which",
    "yum",
];
const COMPILERS: [&str; 10] =
    ["rustc", "gcc", "g++", "cc", "c++", "clang", "clang++", "swiftc", "ghc", "cargo"];

/// What a command does to the files of its stage. `at` is its offset in the Dockerfile.
pub(super) fn effects(
    command: &Command,
    machine: &Machine,
    is_compiler_image: bool,
    at: usize,
) -> Vec<Effect> {
    let call = Call { command, machine, is_compiler_image, at };
    let mut effects = call.of_program();
    let outputs = command.outputs.iter().filter(|output| !output.starts_with("/dev/"));
    effects.extend(outputs.map(|output| call.file(output, call.output_kind())));
    effects
}

pub(super) struct Call<'a> {
    pub(super) command: &'a Command,
    machine: &'a Machine,
    is_compiler_image: bool,
    at: usize,
}

impl Call<'_> {
    pub(super) fn program(&self) -> &str {
        let program = self.command.words.first().map_or("", String::as_str);
        program.rsplit('/').next().unwrap_or(program)
    }

    pub(super) fn arguments(&self) -> &[String] {
        self.command.words.get(1..).unwrap_or_default()
    }

    /// The arguments that are not flags.
    pub(super) fn plain(&self) -> Vec<&String> {
        self.arguments().iter().filter(|word| !word.starts_with('-')).collect()
    }

    pub(super) fn path(&self, path: &str) -> String {
        normal(&absolute(&self.command.cwd, path))
    }

    fn of_program(&self) -> Vec<Effect> {
        let program = self.program();
        match program {
            "curl" | "wget" => self.fetch(),
            "tar" | "bsdtar" | "unzip" => self.unpack(),
            "cp" | "mv" | "ln" | "install" => self.copy().into_iter().collect(),
            "rm" => vec![self.remove()],
            "git" => vec![self.below(self.plain().last().map_or(".", |word| word.as_str()), Kind::Fetched)],
            "go" => self.go(),
            "tee" => self.plain().iter().map(|output| self.file(output, self.output_kind())).collect(),
            _ if INERT.contains(&program) => vec![],
            _ if is_pure(program) && program != "find" && program != "busybox" => vec![],
            _ => vec![Effect::Anything(self.made(self.unknown_kind()))],
        }
    }

    fn unknown_kind(&self) -> Kind {
        let is_wasm = self.command.words.iter().any(|word| word.contains("wasm"));
        let is_build = self.program() != "cargo"
            || self.arguments().iter().any(|word| matches!(word.as_str(), "build" | "install" | "b"));
        match COMPILERS.iter().any(|name| self.program().trim_end_matches(char::is_numeric).ends_with(name)) {
            true if is_build && !is_wasm => Kind::Compiled,
            _ if self.is_compiler_image => Kind::Built,
            _ => Kind::Other,
        }
    }

    fn output_kind(&self) -> Kind {
        let is_text = ["|echo ", "|printf "].iter().any(|start| self.command.input.starts_with(start));
        let fetches = |text: &str| text.contains("curl ") || text.contains("wget ");
        match self.program() {
            "echo" | "printf" => Kind::Text,
            "cat" if self.arguments().is_empty() && self.command.input.is_empty() => Kind::Text,
            "curl" | "wget" => Kind::Fetched,
            program if program != "base64" && is_text => Kind::Text,
            _ if fetches(&self.command.input) => Kind::Fetched,
            _ => self.unknown_kind(),
        }
    }

    pub(super) fn made(&self, kind: Kind) -> Made {
        let Command { words, guard, input, env, cwd, .. } = self.command;
        let arch = match &kind {
            Kind::Go { arch, .. } => arch.as_deref(),
            _ => None,
        };
        let named = format!("{input} {} {}", words.join(" "), arch.unwrap_or_default());
        let mut text = format!("{guard} {named}");
        let is_go = matches!(kind, Kind::Go { .. });
        match (self.machine, is_go) {
            _ if arch.is_some() => {}
            _ if is_pure(self.program()) => {}
            (Machine::Target(platform), _) => text += &format!(" {platform}"),
            (Machine::Fixed(name), true) => text += name,
            (Machine::Fixed(_), _) => text += &digest(env),
        }
        let inputs = self.plain().into_iter().filter(|word| is_known(word) && !word.contains("://"));
        let inputs = inputs.map(|word| self.path(word)).collect();
        Made { kind, text, named, words: words.clone(), cwd: cwd.clone(), inputs, at: self.at }
    }

    /// Writes a file. If a part of its path is not known, it is somewhere below the rest.
    pub(super) fn file(&self, path: &str, kind: Kind) -> Effect {
        let path = absolute(&self.command.cwd, path);
        match path.split_once(MARK) {
            None if path.ends_with('/') => Effect::Below(normal(&path), self.made(kind)),
            None => Effect::File(normal(&path), self.made(kind)),
            Some((known, _)) => self.below(known.rsplit_once('/').map_or("/", |(folder, _)| folder), kind),
        }
    }

    pub(super) fn below(&self, folder: &str, kind: Kind) -> Effect {
        match is_known(folder) {
            true => Effect::Below(self.path(folder), self.made(kind)),
            false => Effect::Anything(self.made(kind)),
        }
    }
}
