//! Flags of rustc that would break a binary on its users' machines.

use sixfold_model::matrix::{Arch, HostOs, Target};

use super::linker_choice::Linker;
use super::setting::Setting;

/// Each flag as one word, with its origin: `-C` and its value may be two words.
pub(super) fn joined(flags: &[Setting]) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for set in flags {
        match joined.last_mut() {
            Some((flag, _)) if open => flag.push_str(&set.value),
            _ => joined.push((set.value.replacen("--codegen=", "-C", 1), set.origin.clone())),
        }
        open = !open && matches!(set.value.as_str(), "-C" | "--codegen");
        if let (true, Some((flag, _))) = (open, joined.last_mut()) {
            *flag = "-C".to_owned();
        }
    }
    joined
}

/// What is wrong with the flag, and the advice; `None` for a flag that does no harm. `linker` links this target.
pub(super) fn harm(flag: &str, target: Target, linker: Linker) -> Option<(&'static str, String)> {
    let is_chosen = linker != Linker::Native;
    let (key, value) = flag.strip_prefix("-C")?.split_once('=').unwrap_or((flag.strip_prefix("-C")?, ""));
    let (harm, help) = match key.trim() {
        "linker" | "linker-flavor" | "link-self-contained" if is_chosen => (
            "conflicts with the linker that the tool chooses",
            format!(
                "remove it, or set linker = \"native\" in [workspace.metadata.extension.targets.{target}]"
            ),
        ),
        "target-cpu" if value == "native" => (
            "makes binaries that run only on processors like the one of this machine",
            "name a processor that every host has".to_owned(),
        ),
        "target-feature" if value.contains("-crt-static") && target.os == HostOs::Linux => (
            "makes a binary that needs musl's loader, which hosts do not have",
            "remove it, so that the binary is static".to_owned(),
        ),
        "prefer-dynamic" if value != "no" => (
            "makes a binary that needs Rust's shared library, which hosts do not have",
            "remove it".to_owned(),
        ),
        "link-arg" | "link-args" if value.contains("dynamic_lookup") && target.os == HostOs::Darwin => (
            "hides symbols that no Mac has until the binary crashes there",
            "remove it, and add the missing symbols to [workspace.metadata.extension.macos]".to_owned(),
        ),
        "link-arg" | "link-args" if linker == Linker::RustLld && is_for_compiler_driver(value) => (
            "is for a C compiler that links, and rust-lld links this target itself",
            format!(
                "remove it, or set linker = \"native\" in [workspace.metadata.extension.targets.{target}]"
            ),
        ),
        "linker-plugin-lto" if is_chosen && !matches!(value, "no" | "off" | "n" | "false") => (
            "leaves the optimisation to a linker that has the same LLVM as rustc",
            "remove it, or use `lto` in the profile".to_owned(),
        ),
        "target-cpu" if is_of_other_arch(value, target) => (
            "names a processor of another architecture",
            format!("set it for one target only, in [target.{target}] of .cargo/config.toml"),
        ),
        _ => return None,
    };
    Some((harm, help))
}

fn is_for_compiler_driver(value: &str) -> bool {
    value.contains("-fuse-ld") || value.contains("-Wl,")
}

/// True for the well-known names of processors of the other architecture. rustc knows all names, and rejects unknown ones.
fn is_of_other_arch(cpu: &str, target: Target) -> bool {
    let is_x86 =
        ["x86-64", "haswell", "skylake", "znver", "alderlake", "icelake", "core2", "nehalem", "broadwell"];
    let is_arm = ["apple-", "cortex-", "neoverse-", "ampere", "a64fx", "exynos", "kryo", "thunderx"];
    let names: &[&str] = if target.arch == Arch::Amd64 { &is_arm } else { &is_x86 };
    names.iter().any(|name| cpu.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_and_its_value_may_be_two_words() {
        let set = |value: &str| Setting { value: value.to_owned(), origin: "x".to_owned() };
        let flags =
            ["-C", "linker=a", "--codegen", "target-cpu=native", "--codegen=linker=b", "--cfg", "c"].map(set);
        let words: Vec<_> = joined(&flags).into_iter().map(|(flag, _)| flag).collect();
        assert_eq!(words, ["-Clinker=a", "-Ctarget-cpu=native", "-Clinker=b", "--cfg", "c"]);
    }

    #[test]
    fn a_flag_may_harm_one_target_only() {
        let target = |os| Target { os, arch: sixfold_model::matrix::Arch::Amd64 };
        let linux = |flag| harm(flag, target(HostOs::Linux), Linker::RustLld).is_some();
        assert!(
            linux("-Clinker=x") && linux("-Cprefer-dynamic") && linux("-Ctarget-feature=+aes,-crt-static")
        );
        assert!(!linux("-Copt-level=3") && !linux("-Ctarget-cpu=x86-64-v2") && !linux("--cfg"));
        assert!(harm("-Clinker=x", target(HostOs::Linux), Linker::Native).is_none());
        let arm = Target { os: HostOs::Darwin, arch: Arch::Arm64 };
        assert!(
            harm("-Ctarget-cpu=x86-64-v3", arm, Linker::RustLld).is_some() && linux("-Ctarget-cpu=apple-m1")
        );
        assert!(harm("-Ctarget-cpu=apple-m1", arm, Linker::RustLld).is_none());
        assert!(
            linux("-Clink-arg=-fuse-ld=mold")
                && linux("-Clink-args=-Wl,-z,now")
                && linux("-Clinker-plugin-lto")
        );
        assert!(harm("-Clink-arg=-fuse-ld=mold", target(HostOs::Linux), Linker::Native).is_none());
        assert!(harm("-Clink-arg=-Wl,--as-needed", target(HostOs::Windows), Linker::Zig).is_none());
        assert!(harm("-Clink-arg=-Wl,--as-needed", target(HostOs::Windows), Linker::RustLld).is_some());
        assert!(
            harm("-Clink-arg=-Wl,-undefined,dynamic_lookup", target(HostOs::Darwin), Linker::RustLld)
                .is_some()
        );
    }
}
