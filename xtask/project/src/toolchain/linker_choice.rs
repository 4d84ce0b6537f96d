//! Which linker makes a target's binaries: zig, rust-lld or the author's own; why; and what cargo has to be told for it.

use camino::Utf8Path;
use serde::Serialize;

use sixfold_model::matrix::{HostOs, Target};

use super::c_code::{CCode, CCompiler};

/// A way to link. The names are those of `plan --format json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linker {
    /// The linker that comes with every Rust compiler: static musl on linux, and the others against our own text stubs and
    /// import libraries.
    RustLld,
    /// `zig cc`, which includes the C runtime that C code for windows needs.
    Zig,
    /// What cargo would use by itself: the author has set a linker for this target, or has asked for cargo's.
    Native,
}

impl Linker {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::RustLld => "rust-lld",
            Self::Zig => "zig",
            Self::Native => "native",
        }
    }
}

/// A target with its linker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Linked {
    pub target: Target,
    pub linker: Linker,
    /// Half a sentence for the plan.
    pub why: String,
    /// Present where C code is compiled.
    pub c: Option<CCode>,
}

impl Linked {
    /// Chooses the linker of `target`. `chosen` is what the author has chosen, and why.
    pub(crate) fn choose(target: Target, chosen: Option<(Linker, String)>, c: Option<CCode>) -> Self {
        let (linker, why) = chosen.unwrap_or_else(|| match target.os {
            HostOs::Windows if c.is_some() => {
                (Linker::Zig, "includes the C runtime that C code needs".to_owned())
            }
            HostOs::Windows => {
                (Linker::RustLld, "comes with Rust; import libraries replace mingw-w64".to_owned())
            }
            HostOs::Darwin => (Linker::RustLld, "comes with Rust; stubs replace Apple's SDK".to_owned()),
            HostOs::Linux => (Linker::RustLld, "comes with Rust; static musl needs nothing else".to_owned()),
        });
        Self { target, linker, why, c }
    }

    /// True where zig links the target, or compiles C for it.
    pub fn needs_zig(&self) -> bool {
        self.linker == Linker::Zig || self.has_zig_c()
    }

    /// True where zig compiles C for the target.
    pub fn has_zig_c(&self) -> bool {
        self.c.as_ref().is_some_and(|c| c.compiler == CCompiler::Zig)
    }
}

/// The flags that make rustc call `rust-lld` in a way that works on stable Rust. `libraries` is the directory of what the
/// operating system has: for darwin an SDK or our stubs.
///
/// Rust's own flavour names for darwin are unstable, and its `ld64.lld` wrapper is called in a way that it does not
/// understand. `rust-lld` with the flavour `ld64.lld` is the combination that works.
pub fn rust_lld_flags(target: Target, libraries: Option<&Utf8Path>) -> Vec<String> {
    let flags: &[&str] = match target.os {
        HostOs::Linux => &["-Clinker=rust-lld", "-Clinker-flavor=ld.lld", "-Clink-self-contained=yes"],
        // `-S` leaves out the debug map, which names the object files of the machine that builds. rustc strips it after the
        // link, but the UUID that identifies the binary has been made from it by then.
        HostOs::Darwin => &["-Clinker=rust-lld", "-Clinker-flavor=ld64.lld", "-Clink-arg=-S"],
        // No part of our runtime would apply the relocations, so a program that needs them must not be made. lld writes the
        // current time unless told not to.
        HostOs::Windows => &[
            "-Clinker=rust-lld",
            "-Clinker-flavor=ld.lld",
            "-Clink-self-contained=no",
            "-Clink-arg=--disable-runtime-pseudo-reloc",
            "-Clink-arg=--no-insert-timestamp",
        ],
    };
    let libraries = libraries.map(|dir| match target.os {
        HostOs::Darwin => vec!["-Clink-arg=-syslibroot".to_owned(), format!("-Clink-arg={dir}")],
        HostOs::Linux | HostOs::Windows => vec![format!("-Lnative={dir}")],
    });
    flags.iter().map(|flag| (*flag).to_owned()).chain(libraries.into_iter().flatten()).collect()
}

/// The oldest macOS that binaries run on, unless `MACOSX_DEPLOYMENT_TARGET` says otherwise: the first version for Apple
/// Silicon, and the oldest that Rust supports there.
pub(crate) const MACOS_DEPLOYMENT_TARGET: &str = "11.0";

#[cfg(test)]
mod tests {
    use super::*;
    use sixfold_model::matrix::Arch;

    #[test]
    fn each_target_has_a_linker_and_the_authors_setting_wins() {
        let target = |os| Target { os, arch: Arch::Arm64 };
        let linker = |os, c| Linked::choose(target(os), None, c).linker;
        assert_eq!(HostOs::ALL.map(|os| linker(os, None)), [Linker::RustLld; 3]);
        let c = CCode::choose(["ring".to_owned()].into(), None);
        let with_c = HostOs::ALL.map(|os| linker(os, c.clone()));
        assert_eq!(with_c, [Linker::RustLld, Linker::Zig, Linker::RustLld]);
        let chosen = (Linker::Native, "/opt/osxcross/cc".to_owned());
        let set = Linked::choose(target(HostOs::Darwin), Some(chosen), None);
        assert_eq!((set.linker, set.why.as_str()), (Linker::Native, "/opt/osxcross/cc"));
    }
}
