//! Checks one file for one kind of host.

use super::host_file::{Content, Format, HostFile};
use super::machine::Machine;
use super::signature::Signature;
use super::text::{Data, Text, extension};
use super::verdict::{Diagnosis, Verdict, host_name};
use sixfold_model::matrix::{Arch, HostOs, Platform};

impl HostFile {
    /// Checks the file for the hosts of `os` that pull `platform`. `mode` holds the permission bits; `None` if they are
    /// unknown, as in a directory on Windows. `name` is the base name, which tells data files from programs.
    ///
    /// If several things are wrong, the worst is returned: what prevents a start before what makes it slow.
    pub fn check(&self, name: &str, os: HostOs, platform: Platform, mode: Option<u32>) -> Diagnosis {
        let arch = platform.arch();
        let diagnosis = self.check_content(name, os, arch);
        let is_code = matches!(diagnosis.verdict, Verdict::Native | Verdict::Emulated | Verdict::Unsigned);
        if is_code && self.is_library(arch) && is_named_like_program(name) {
            return Diagnosis::new(Verdict::WrongFormat, "is a shared library with the name of a program");
        }
        let can_start = is_code || matches!(&self.0, Content::Text(text) if text.runs_on(os));
        if can_start
            && self.is_started()
            && os != HostOs::Windows
            && let Some(mode) = mode
            && mode & 0o111 != 0o111
        {
            let reason = format!("has mode {:04o}, so not every user can execute it", mode & 0o7777);
            return Diagnosis::new(Verdict::NotExecutable, reason);
        }
        diagnosis
    }

    fn check_content(&self, name: &str, os: HostOs, arch: Arch) -> Diagnosis {
        match (os, &self.0) {
            (_, Content::Malformed(_, reason)) => {
                Diagnosis::new(Verdict::WrongFormat, format!("is unusable: {reason}"))
            }
            (_, Content::Text(text)) => check_text(*text, name, os),
            (HostOs::Darwin, Content::MachO(_)) => self.check_macho(arch),
            (HostOs::Windows, Content::Pe(pe)) => check_machine(os, pe.machine, pe.i386, arch),
            (HostOs::Linux, Content::Elf(elf)) => check_machine(os, elf.machine, false, arch),
            _ => {
                let format = describe(self.format());
                let reason = format!("is {format}, which does not run on {}", host_name(os));
                Diagnosis::new(Verdict::WrongFormat, reason)
            }
        }
    }

    fn check_macho(&self, arch: Arch) -> Diagnosis {
        let Some(slice) = self.slice(arch) else {
            let reason = format!("has no code for {arch}, and no code that a Mac could translate");
            return Diagnosis::new(Verdict::WrongArch, reason);
        };
        if !slice.machine.is(arch) {
            let reason = "is for Intel: Apple Silicon has to translate it, which requires Rosetta";
            return Diagnosis::new(Verdict::Emulated, reason);
        }
        match (&slice.signature, arch) {
            (_, Arch::Amd64) => Diagnosis::native(),
            (Signature::AdHoc | Signature::Identity(_) | Signature::Unverifiable { .. }, _) => {
                Diagnosis::native()
            }
            (Signature::None, _) => Diagnosis::new(
                Verdict::Unsigned,
                "has no code signature, and Apple Silicon kills programs without one",
            ),
            (Signature::Invalid { reason }, _) => Diagnosis::new(
                Verdict::Unsigned,
                format!("has an invalid code signature, so Apple Silicon kills it: {reason}"),
            ),
        }
    }
}

fn check_machine(os: HostOs, machine: Machine, i386: bool, arch: Arch) -> Diagnosis {
    match (os, machine, arch) {
        _ if machine.is(arch) => Diagnosis::native(),
        (HostOs::Windows, Machine::Amd64, Arch::Arm64) => {
            Diagnosis::new(Verdict::Emulated, "is for amd64: Windows on Arm has to translate it")
        }
        (HostOs::Windows, ..) if i386 => {
            Diagnosis::new(Verdict::Emulated, "is for 32-bit Intel: Windows runs it in a compatibility layer")
        }
        (_, Machine::Amd64 | Machine::Arm64, _) => {
            let actual = if machine == Machine::Amd64 { Arch::Amd64 } else { Arch::Arm64 };
            Diagnosis::new(Verdict::WrongArch, format!("is for {actual}, but these hosts are {arch}"))
        }
        (_, Machine::Other, _) => Diagnosis::new(
            Verdict::WrongArch,
            format!("is neither for {arch} nor for any other host of Docker Desktop"),
        ),
    }
}

fn check_text(text: Text, name: &str, os: HostOs) -> Diagnosis {
    match text {
        Text::Data(Data::Other) if is_companion(name) => Diagnosis::new(Verdict::Script, ""),
        Text::Data(data) => Diagnosis::new(Verdict::WrongFormat, format!("is {}", data.describe())),
        _ if is_named_like_machine_code(name) => {
            Diagnosis::new(Verdict::WrongFormat, "is a script with the name of a program")
        }
        _ if text.runs_on(os) => Diagnosis::new(Verdict::Script, ""),
        _ => Diagnosis::new(
            Verdict::WrongFormat,
            format!("is a script, which {} does not start", host_name(os)),
        ),
    }
}

/// Whether a data file is probably listed on purpose, for the program beside it: public extensions list templates and
/// settings.
fn is_companion(name: &str) -> bool {
    !is_named_like_machine_code(name) && !is_named_like_program(name)
}

/// Whether the name is that of a program: it has an extension for programs, or none. Libraries have their own.
fn is_named_like_program(name: &str) -> bool {
    matches!(extension(name).as_str(), "" | "exe" | "com")
}

/// Whether files of this name hold machine code.
fn is_named_like_machine_code(name: &str) -> bool {
    matches!(extension(name).as_str(), "exe" | "com" | "dll" | "pyd" | "so" | "dylib")
}

/// Completes "the file is …".
const fn describe(format: Format) -> &'static str {
    match format {
        Format::MachO => "a program for macOS (Mach-O)",
        Format::Pe => "a program for Windows (PE)",
        Format::Elf => "a program for Linux (ELF)",
        Format::Script => "a script",
        Format::Data => "data",
    }
}
