//! Which linker makes a target's binaries: zig, rust-lld or the author's own; why; and what cargo has to be told for it.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde::Serialize;

use sixfold_model::matrix::{Arch, HostOs, Target};

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
    /// The crates whose build scripts compile Windows resources.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub resources: BTreeSet<String>,
    /// True if the author asks for a program that is always loaded at the same address.
    #[serde(skip)]
    pub has_fixed_address: bool,
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
        Self { target, linker, why, c, resources: BTreeSet::new(), has_fixed_address: false }
    }

    /// True where zig links the target, or compiles C or resources for it.
    pub fn needs_zig(&self) -> bool {
        self.linker == Linker::Zig || self.has_zig_c() || self.has_zig_resources()
    }

    /// True where zig compiles Windows resources. An author's linker belongs to a toolchain, which has its own windres.
    pub fn has_zig_resources(&self) -> bool {
        !self.resources.is_empty() && self.linker != Linker::Native
    }

    /// True where zig compiles C for the target.
    pub fn has_zig_c(&self) -> bool {
        self.c.as_ref().is_some_and(|c| c.compiler == CCompiler::Zig)
    }
}

/// The flags that make rustc call `rust-lld` in a way that works on stable Rust. `libraries` is the directory of what the
/// operating system has: for darwin an SDK or our stubs. `sysroot` is the folder of the Rust toolchain.
///
/// Rust's own flavour names for darwin are unstable, and its `ld64.lld` wrapper is called in a way that it does not
/// understand. `rust-lld` with the flavour `ld64.lld` is the combination that works.
pub fn rust_lld_flags(linked: &Linked, libraries: Option<&Utf8Path>, sysroot: &Utf8Path) -> Vec<String> {
    let target = linked.target;
    let is_static_pie = (target.os, target.arch) == (HostOs::Linux, Arch::Arm64) && !linked.has_fixed_address;
    let flags: &[&str] = match target.os {
        HostOs::Linux if is_static_pie => &["-Clinker=rust-lld", "-Clinker-flavor=ld.lld"],
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
    let mut flags: Vec<_> =
        flags.iter().map(|flag| (*flag).to_owned()).chain(libraries.into_iter().flatten()).collect();
    if is_static_pie {
        flags.extend(static_pie(target, sysroot));
    }
    flags
}

/// Links a static program that can be loaded at any address. rustc does so by itself only for amd64: for arm64, it has the object
/// file that such a program starts with, but uses another.
fn static_pie(target: Target, sysroot: &Utf8Path) -> impl Iterator<Item = String> {
    let folder = sysroot.join("lib/rustlib").join(target.triple()).join("lib/self-contained");
    let own = ["-Clink-self-contained=no".to_owned(), format!("-Lnative={folder}")];
    let objects = ["rcrt1.o", "crti.o", "crtn.o"].map(|name| format!("-Clink-arg={}", folder.join(name)));
    let flags = ["-pie", "--no-dynamic-linker", "-ztext"].map(|flag| format!("-Clink-arg={flag}"));
    own.into_iter().chain(objects).chain(flags)
}

/// The oldest macOS that binaries run on, unless `MACOSX_DEPLOYMENT_TARGET` says otherwise: the first version for Apple
/// Silicon, and the oldest that Rust supports there.
pub(crate) const MACOS_DEPLOYMENT_TARGET: &str = "11.0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_on_arm64_is_linked_so_that_it_can_be_loaded_at_any_address() {
        let linked = |arch| Linked::choose(Target { os: HostOs::Linux, arch }, None, None);
        let flags = |arch| rust_lld_flags(&linked(arch), None, Utf8Path::new("/rust"));
        let arm64 = flags(Arch::Arm64);
        let has = |flag: &str| arm64.iter().any(|it| it == flag);
        let folder = "/rust/lib/rustlib/aarch64-unknown-linux-musl/lib/self-contained";
        assert!(has("-Clink-arg=-pie") && has("-Clink-arg=-ztext") && has("-Clink-self-contained=no"));
        assert!(has(&format!("-Clink-arg={folder}/rcrt1.o")) && has(&format!("-Lnative={folder}")));
        let fixed = Linked { has_fixed_address: true, ..linked(Arch::Arm64) };
        let fixed = rust_lld_flags(&fixed, None, Utf8Path::new("/rust"));
        assert_eq!(fixed, flags(Arch::Amd64));
        // rustc does it by itself.
        assert!(flags(Arch::Amd64).iter().all(|flag| !flag.contains("-pie")));
    }

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
