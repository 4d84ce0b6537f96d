//! The rules for a file that an extension ships: what `dist` refuses, and what `inspect` points out.

use super::verdict::host_name;
use super::{Examined, Judgement, Signature, Verdict, libraries};
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
    SIGNATURE_UNVERIFIABLE = Warning "signature-unverifiable";
    /// The mode is not 0755, though executable.
    MODE = Error "mode";
    NOT_STATIC = Error "not-static";
    FOREIGN_LIBRARY = Warning "foreign-library";
}

/// Whose program it is: of one's own, a need that a host may lack can be mended, so it is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built from this workspace.
    Own,
    /// Somebody else's: downloaded, or in an image under inspection.
    Foreign,
}

impl Origin {
    const fn severity(self) -> Severity {
        match self {
            Self::Own => Severity::Error,
            Self::Foreign => Severity::Warning,
        }
    }
}

/// All that is wrong with a cell that `dist` is about to ship, or has shipped: empty means native, 0755, validly
/// signed where that matters and, for programs built here, in need of nothing but the operating system.
pub fn strict(cell: &Cell, examined: &Examined, mode: Option<u32>, origin: Origin) -> Vec<Finding> {
    let path = cell.path();
    let judgement = examined.judge(path.base_name(), cell.os, cell.platform, mode);
    let mut findings: Vec<_> = verdict_finding(&path, cell.platform, &judgement)
        // What is only a warning about somebody's image is not good enough for one's own.
        .map(|finding| finding.with(Severity::Error))
        .into_iter()
        .collect();
    if judgement.verdict.is_good() && !examined.is_program_for(cell.os) {
        let place = Place::path(&path).on(cell.platform);
        let message = match judgement.verdict {
            Verdict::Script => "is no machine code",
            _ => "is a shared library, not a program",
        };
        findings.push(Finding::new(&WRONG_FORMAT, place, message, "put the program at this path"));
    }
    if let Some(mode) = mode
        && mode & 0o7777 != 0o755
        && judgement.verdict != Verdict::NotExecutable
    {
        let message = format!("has mode {:04o} instead of 0755", mode & 0o7777);
        let place = Place::path(&path).on(cell.platform);
        findings.push(Finding::new(&MODE, place, message, "stage it with mode 0755"));
    }
    findings.extend(needs(&path, cell.os, cell.platform, examined, origin));
    findings
}

/// The finding that a bad verdict is; `None` for a good one.
pub fn verdict_finding(path: &ImagePath, platform: Platform, judgement: &Judgement) -> Option<Finding> {
    let arch = platform.arch();
    let (lint, help) = match judgement.verdict {
        Verdict::Native | Verdict::Script => return None,
        Verdict::Missing => (&MISSING, "copy it into the image, or take it out of metadata.json".into()),
        Verdict::WrongFormat => {
            (&WRONG_FORMAT, "put the program for this operating system at this path".into())
        }
        Verdict::WrongArch | Verdict::Emulated => {
            let lint = if judgement.verdict == Verdict::Emulated { &EMULATED } else { &WRONG_ARCH };
            (lint, format!("put the {arch} program at this path in the {platform} image"))
        }
        Verdict::NotExecutable => (&NOT_EXECUTABLE, "copy it with `COPY --chmod=0755`".into()),
        Verdict::Unsigned => (
            &UNSIGNED,
            "sign it after the last change (`rcodesign sign FILE`, or `codesign -s - -f FILE` on a Mac)"
                .into(),
        ),
    };
    Some(Finding::new(lint, Place::path(path).on(platform), judgement.reason.clone(), help))
}

/// What the file needs and a host may lack, and a signature that could not be checked. Only for a file of the right
/// format: the needs of another one do not matter.
pub fn needs(
    path: &ImagePath,
    os: HostOs,
    platform: Platform,
    examined: &Examined,
    origin: Origin,
) -> Vec<Finding> {
    let place = || Place::path(path).on(platform);
    let names = match (os, examined) {
        (HostOs::Darwin, Examined::MachO(_)) => {
            let Some(slice) = examined.slice(platform.arch()) else { return vec![] };
            if let Signature::Unverifiable(reason) = &slice.signature {
                let message = format!("has a code signature that cannot be checked: {reason}");
                return vec![Finding::new(&SIGNATURE_UNVERIFIABLE, place(), message, "sign it with SHA-256")];
            }
            &slice.libraries
        }
        (HostOs::Windows, Examined::Pe(pe)) => &pe.imports,
        (HostOs::Linux, Examined::Elf(elf)) => {
            if let Some(finding) = not_static(place(), elf.interpreter.as_deref(), &elf.needed, origin) {
                return vec![finding];
            }
            &elf.needed
        }
        _ => return vec![],
    };
    libraries::lacking(os, names)
        .map(|name| {
            let message = format!("needs `{name}`, which not every {} has", host_name(os));
            let help = "link it statically, or do without what wants it";
            Finding::new(&FOREIGN_LIBRARY, place(), message, help).with(origin.severity())
        })
        .collect()
}

/// A program of one's own is static on Linux; somebody else's has to use glibc's loader, which the hosts have.
fn not_static(place: Place, interpreter: Option<&str>, needed: &[String], origin: Origin) -> Option<Finding> {
    let by_glibc = |path: &str| libraries::everywhere(HostOs::Linux, path.rsplit('/').next().unwrap_or(path));
    let bad = match origin {
        Origin::Own => interpreter.is_some() || !needed.is_empty(),
        Origin::Foreign => interpreter.is_some_and(|path| !by_glibc(path)),
    };
    let needs =
        interpreter.into_iter().chain(needed.iter().map(String::as_str)).collect::<Vec<_>>().join(", ");
    bad.then(|| {
        let message = format!("is not static: it needs {needs}");
        Finding::new(&NOT_STATIC, place, message, "build it for the musl target").with(origin.severity())
    })
}
