//! The verdict about one file for one cell of the matrix.

use serde::Serialize;

use super::{Data, Examined, Format, Kind, Machine, Signature, Text};
use sixfold_model::matrix::{Arch, HostOs, Platform};

/// What a host gets, as `inspect --format json` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Runs as it is.
    Native,
    /// Runs because the OS translates it: an Intel program on Apple Silicon or Windows on Arm. A program for 32-bit
    /// Intel on any Windows, which runs it in its compatibility layer, is called so too.
    Emulated,
    /// A program for this OS and another processor.
    WrongArch,
    /// No program for this OS at all.
    WrongFormat,
    Missing,
    /// The x bits are missing. On Windows no file has them, so there it is never said.
    NotExecutable,
    /// A Mac with Apple Silicon kills it: no code signature, or one that does not hold.
    Unsigned,
    /// A script, or a data file that comes with one: the same on every architecture.
    Script,
}

impl Verdict {
    /// Whether nothing has to be mended.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Native | Self::Script)
    }

    /// As in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Emulated => "emulated",
            Self::WrongArch => "wrong-arch",
            Self::WrongFormat => "wrong-format",
            Self::Missing => "missing",
            Self::NotExecutable => "not-executable",
            Self::Unsigned => "unsigned",
            Self::Script => "script",
        }
    }
}

/// A verdict, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Completes "the file …", in lower case; empty where the verdict is good.
    pub reason: String,
}

impl Judgement {
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: reason.into() }
    }

    /// For a path that is not in the image.
    pub fn missing() -> Self {
        Self::new(Verdict::Missing, "is not in the image")
    }
}

impl Examined {
    /// Judges the file for the hosts of `os` which pull `platform`. `mode` holds the permission bits; `None` where they
    /// are unknown, as in a folder on Windows. `name` is the base name, by which data files are told from programs.
    ///
    /// The worst is said: what stops it from starting before what makes it slow.
    pub fn judge(&self, name: &str, os: HostOs, platform: Platform, mode: Option<u32>) -> Judgement {
        let judgement = match (os, self) {
            (_, Self::Broken(_, reason)) => {
                Judgement::new(Verdict::WrongFormat, format!("is unusable: {reason}"))
            }
            (_, Self::Text(text)) => judge_text(*text, name, os),
            (HostOs::Darwin, Self::MachO(_)) => self.judge_macho(platform.arch()),
            (HostOs::Windows, Self::Pe(pe)) => judge_machine(os, pe.machine, pe.i386, platform.arch()),
            (HostOs::Linux, Self::Elf(elf)) => judge_machine(os, elf.machine, false, platform.arch()),
            _ => {
                let reason =
                    format!("is {}, which does not run on {}", a_format(self.format()), host_name(os));
                Judgement::new(Verdict::WrongFormat, reason)
            }
        };
        let is_code = matches!(judgement.verdict, Verdict::Native | Verdict::Emulated | Verdict::Unsigned);
        if is_code && self.is_library(platform.arch()) && promises_program(name) {
            return Judgement::new(Verdict::WrongFormat, "is a shared library that is called like a program");
        }
        let startable = is_code || matches!(self, Self::Text(text) if text.runs_on(os));
        let executable = os == HostOs::Windows || mode.is_none_or(|mode| mode & 0o111 == 0o111);
        if startable && self.is_started() && !executable {
            let reason =
                format!("has mode {:04o}, so not everybody may execute it", mode.unwrap_or(0) & 0o7777);
            return Judgement::new(Verdict::NotExecutable, reason);
        }
        judgement
    }

    /// Whether it is something that one starts, so that it needs its x bits.
    fn is_started(&self) -> bool {
        match self {
            Self::MachO(slices) => slices.iter().any(|slice| slice.kind == Kind::Program),
            Self::Pe(pe) => pe.kind == Kind::Program,
            Self::Elf(elf) => elf.kind == Kind::Program,
            Self::Text(text) => !matches!(text, Text::Data(_)),
            Self::Broken(..) => false,
        }
    }

    /// Whether it is nothing that one starts, but loaded by what one starts.
    fn is_library(&self, arch: Arch) -> bool {
        let kind = match self {
            Self::MachO(_) => self.slice(arch).map(|slice| slice.kind),
            Self::Pe(pe) => Some(pe.kind),
            Self::Elf(elf) => Some(elf.kind),
            Self::Text(_) | Self::Broken(..) => None,
        };
        kind == Some(Kind::Library)
    }

    fn judge_macho(&self, arch: Arch) -> Judgement {
        let Some(slice) = self.slice(arch) else {
            return Judgement::new(
                Verdict::WrongArch,
                format!("has no code for {arch}, and no Mac translates what it has"),
            );
        };
        if !slice.machine.is(arch) {
            return Judgement::new(
                Verdict::Emulated,
                "is for Intel: Apple Silicon has to translate it, if Rosetta is installed",
            );
        }
        match (&slice.signature, arch) {
            (_, Arch::Amd64) | (Signature::Valid | Signature::Unverifiable(_), _) => native(),
            (Signature::None, _) => Judgement::new(
                Verdict::Unsigned,
                "has no code signature, without which Apple Silicon kills it",
            ),
            (Signature::Invalid(reason), _) => Judgement::new(
                Verdict::Unsigned,
                format!("has a code signature that does not hold, so Apple Silicon kills it: {reason}"),
            ),
        }
    }
}

fn native() -> Judgement {
    Judgement::new(Verdict::Native, "")
}

fn judge_machine(os: HostOs, machine: Machine, i386: bool, arch: Arch) -> Judgement {
    match (os, machine, arch) {
        _ if machine.is(arch) => native(),
        (HostOs::Windows, Machine::Amd64, Arch::Arm64) => {
            Judgement::new(Verdict::Emulated, "is for amd64: Windows on Arm has to translate it")
        }
        (HostOs::Windows, ..) if i386 => Judgement::new(
            Verdict::Emulated,
            "is for 32-bit Intel, which Windows runs in a compatibility layer",
        ),
        (_, Machine::Amd64 | Machine::Arm64, _) => {
            let of = if machine == Machine::Amd64 { Arch::Amd64 } else { Arch::Arm64 };
            Judgement::new(Verdict::WrongArch, format!("is for {of}, and these hosts are {arch}"))
        }
        (_, Machine::Other, _) => Judgement::new(
            Verdict::WrongArch,
            format!("is neither for {arch} nor for any other host of Docker Desktop"),
        ),
    }
}

fn judge_text(text: Text, name: &str, os: HostOs) -> Judgement {
    match text {
        Text::Data(data) if data == Data::Other && is_companion(name) => Judgement::new(Verdict::Script, ""),
        Text::Data(data) => Judgement::new(Verdict::WrongFormat, format!("is {}", data.describe())),
        _ if text.runs_on(os) && !is_called_program(name) => Judgement::new(Verdict::Script, ""),
        _ if is_called_program(name) => {
            Judgement::new(Verdict::WrongFormat, "is a script that is called like a program")
        }
        _ => {
            Judgement::new(Verdict::WrongFormat, format!("is a script that {} does not start", host_name(os)))
        }
    }
}

/// Whether a data file may well be listed on purpose, beside the program which reads it: public extensions list
/// templates and settings.
fn is_companion(name: &str) -> bool {
    !is_called_program(name) && !promises_program(name)
}

/// Whether the name promises something that one starts: it has an extension for that, or none. A library beside a
/// program has its own.
fn promises_program(name: &str) -> bool {
    matches!(super::text::extension(name).as_str(), "" | "exe" | "com")
}

/// Whether the name promises machine code.
fn is_called_program(name: &str) -> bool {
    matches!(super::text::extension(name).as_str(), "exe" | "com" | "dll" | "pyd" | "so" | "dylib")
}

/// What a host calls its operating system.
pub const fn host_name(os: HostOs) -> &'static str {
    match os {
        HostOs::Darwin => "macOS",
        HostOs::Windows => "Windows",
        HostOs::Linux => "Linux",
    }
}

const fn a_format(format: Format) -> &'static str {
    match format {
        Format::MachO => "a program for macOS (Mach-O)",
        Format::Pe => "a program for Windows (PE)",
        Format::Elf => "a program for Linux (ELF)",
        Format::Script => "a script",
        Format::Data => "data",
    }
}
