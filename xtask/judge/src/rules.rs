//! The rules for files that an extension ships to hosts: what `dist` refuses and what `inspect` reports.

use super::host_file::{Content, HostFile};
use super::libraries;
use super::signature::Signature;
use super::verdict::{Diagnosis, Verdict, host_name};
use sixfold_model::finding::{Finding, Place, Severity};
use sixfold_model::matrix::{Cell, HostOs, ImagePath, Platform};

sixfold_model::lints! {
    /// A path that metadata.json lists is not in the image.
    MISSING = Error "missing";
    WRONG_FORMAT = Error "wrong-format";
    WRONG_ARCH = Error "wrong-arch";
    EMULATED = Warning "emulated";
    NOT_EXECUTABLE = Error "not-executable";
    UNSIGNED = Error "unsigned";
    SIGNATURE_INVALID = Warning "signature-invalid";
    SIGNATURE_UNVERIFIABLE = Warning "signature-unverifiable";
    /// The file is executable, but its mode is not 0755.
    MODE = Error "mode";
    NOT_STATIC = Error "not-static";
    FOREIGN_LIBRARY = Warning "foreign-library";
    /// Only `dist` looks for it, in the binaries that it has built.
    UNKNOWN_IMPORT = Warning "unknown-import";
    /// The same.
    NEWER_IMPORT = Warning "newer-import";
}

/// Where a binary comes from. Its author can remove the dependencies of one that is built from source, so there they are
/// errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    BuiltFromSource,
    /// Downloaded, or part of an image that is being inspected.
    ThirdParty,
}

impl Origin {
    const fn severity(self) -> Severity {
        match self {
            Self::BuiltFromSource => Severity::Error,
            Self::ThirdParty => Severity::Warning,
        }
    }
}

/// Something that is wrong with a host file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub finding: Finding,
    /// The shared library that some hosts lack, as the file names it, if that is the problem.
    pub library: Option<String>,
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self { finding, library: None }
    }
}

/// Checks a cell that `dist` is about to ship, or has shipped. No problems means: native, mode 0755, validly signed
/// where that matters and, if built from source, without any dependency except the operating system.
pub fn check_cell(cell: &Cell, file: &HostFile, mode: Option<u32>, origin: Origin) -> Vec<Problem> {
    let path = cell.path();
    let place = || Place::path(&path).on(cell.platform);
    let diagnosis = file.check(path.base_name(), cell.os.system(), cell.platform, mode);
    let mut problems: Vec<Problem> = verdict_finding(&path, cell.platform, &diagnosis)
        // Warnings about a third-party image are errors in one's own.
        .map(|finding| finding.with(Severity::Error).into())
        .into_iter()
        .collect();
    if diagnosis.verdict.is_good() && !file.is_program_for(cell.os.system()) {
        let message = match diagnosis.verdict {
            Verdict::Script => "is not machine code",
            _ => "is a shared library, not a program",
        };
        let help = "put a program at this path";
        problems.push(Finding::new(&WRONG_FORMAT, place(), message, help).into());
    }
    if let Some(mode) = mode
        && mode & 0o7777 != 0o755
        && diagnosis.verdict != Verdict::NotExecutable
    {
        let message = format!("has mode {:04o} instead of 0755", mode & 0o7777);
        problems.push(Finding::new(&MODE, place(), message, "set its mode to 0755").into());
    }
    problems.extend(check_needs(&path, cell.os.system(), cell.platform, file, origin));
    problems
}

/// The finding for a bad verdict; `None` for a good one.
pub fn verdict_finding(path: &ImagePath, platform: Platform, diagnosis: &Diagnosis) -> Option<Finding> {
    let arch = platform.arch();
    let (lint, help) = match diagnosis.verdict {
        Verdict::Native | Verdict::Script => return None,
        Verdict::Missing => (&MISSING, "copy it into the image, or remove it from metadata.json".into()),
        Verdict::WrongFormat => {
            (&WRONG_FORMAT, "put a program for this operating system at this path".into())
        }
        Verdict::WrongArch | Verdict::Emulated => {
            let lint = if diagnosis.verdict == Verdict::Emulated { &EMULATED } else { &WRONG_ARCH };
            (lint, format!("put the {arch} program at this path in the {platform} image"))
        }
        Verdict::NotExecutable => (&NOT_EXECUTABLE, "copy it with `COPY --chmod=0755`".into()),
        Verdict::Unsigned => (
            &UNSIGNED,
            "sign it after the last change (`rcodesign sign FILE`, or `codesign -s - -f FILE` on a Mac)"
                .into(),
        ),
    };
    Some(Finding::new(lint, Place::path(path).on(platform), diagnosis.reason.clone(), help))
}

/// Checks what a file needs from its host: shared libraries that some hosts lack, and a signature that cannot be verified.
/// Returns nothing for files of another operating system's format.
pub fn check_needs(
    path: &ImagePath,
    os: HostOs,
    platform: Platform,
    file: &HostFile,
    origin: Origin,
) -> Vec<Problem> {
    let place = || Place::path(path).on(platform);
    let mut problems = vec![];
    let libraries = match (os, &file.0) {
        (HostOs::Darwin, Content::MachO(_)) => {
            let Some(slice) = file.slice(platform.arch()) else { return vec![] };
            if let Signature::Unverifiable { reason } = &slice.signature {
                let message = format!("has a code signature that cannot be verified: {reason}");
                let help = "sign it again, with SHA-256";
                problems.push(Finding::new(&SIGNATURE_UNVERIFIABLE, place(), message, help).into());
            }
            &slice.libraries
        }
        (HostOs::Windows, Content::Pe(pe)) => {
            if let Signature::Invalid { reason } = &pe.signature {
                let message = format!("has an invalid code signature: {reason}");
                let finding =
                    Finding::new(&SIGNATURE_INVALID, place(), message, "sign it after the last change");
                problems.push(finding.with(origin.severity()).into());
            }
            &pe.imports
        }
        (HostOs::Linux, Content::Elf(elf)) => {
            if let Some(finding) = not_static(place(), elf.interpreter.as_deref(), &elf.needed, origin) {
                return vec![finding.into()];
            }
            &elf.needed
        }
        _ => return vec![],
    };
    let missing = libraries::missing_somewhere(os, libraries);
    problems.extend(missing.map(|library| missing_library(place(), os, library, origin)));
    problems
}

fn missing_library(place: Place, os: HostOs, library: &str, origin: Origin) -> Problem {
    let message = format!("needs `{library}`, which is not part of every {}", host_name(os));
    let help = "link it statically, or remove the dependency";
    let finding = Finding::new(&FOREIGN_LIBRARY, place, message, help).with(origin.severity());
    Problem { finding, library: Some(library.to_owned()) }
}

/// Linux binaries that are built from source are static. Third-party ones may use glibc's loader, which the hosts have.
fn not_static(place: Place, interpreter: Option<&str>, needed: &[String], origin: Origin) -> Option<Finding> {
    let is_glibc =
        |path: &str| libraries::is_everywhere(HostOs::Linux, path.rsplit('/').next().unwrap_or(path));
    let is_bad = match origin {
        Origin::BuiltFromSource => interpreter.is_some() || !needed.is_empty(),
        Origin::ThirdParty => interpreter.is_some_and(|path| !is_glibc(path)),
    };
    let needs: Vec<_> = interpreter.into_iter().chain(needed.iter().map(String::as_str)).collect();
    is_bad.then(|| {
        let message = format!("is not static: it needs {}", needs.join(", "));
        Finding::new(&NOT_STATIC, place, message, "build it for the musl target").with(origin.severity())
    })
}
