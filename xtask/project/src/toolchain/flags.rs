//! Flags of rustc that would break a cell.

use super::author::Set;
use sixfold_model::matrix::{HostOs, Target};

/// Each flag as one word with its origin: `-C` and its value may be two.
pub(super) fn joined(flags: &[Set]) -> Vec<(String, String)> {
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

/// What the flag would do to a program that runs on other people's machines, and what mends it. `own` says that the
/// tool links this target by a linker of its own choice.
pub(super) fn harm(flag: &str, target: Target, own: bool) -> Option<String> {
    let (key, value) = flag.strip_prefix("-C")?.split_once('=').unwrap_or((flag.strip_prefix("-C")?, ""));
    match key.trim() {
        "linker" | "linker-flavor" | "link-self-contained" if own => Some(format!(
            "fights with the linker that is chosen here: take it out, or set [workspace.metadata.extension.targets.{target}] \
             linker = \"native\""
        )),
        "target-cpu" if value == "native" => Some(
            "makes programs that only processors like this machine's run: name a processor that every host has"
                .to_owned(),
        ),
        "target-feature" if value.contains("-crt-static") && target.os == HostOs::Linux => Some(
            "makes a program that needs musl's loader, which hosts lack: take it out, so that it is static".to_owned(),
        ),
        "prefer-dynamic" if value != "no" => {
            Some("makes a program that needs Rust's shared library, which hosts lack: take it out".to_owned())
        }
        "link-arg" | "link-args" if value.contains("dynamic_lookup") && target.os == HostOs::Darwin => Some(
            "hides symbols that no Mac has until the program dies there: take it out, and add what is missing to \
             [workspace.metadata.extension.macos]"
                .to_owned(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_are_one_flag() {
        let set = |value: &str| Set { value: value.to_owned(), origin: "x".to_owned() };
        let flags =
            ["-C", "linker=a", "--codegen", "target-cpu=native", "--codegen=linker=b", "--cfg", "c"].map(set);
        let words: Vec<_> = joined(&flags).into_iter().map(|(flag, _)| flag).collect();
        assert_eq!(words, ["-Clinker=a", "-Ctarget-cpu=native", "-Clinker=b", "--cfg", "c"]);
    }

    #[test]
    fn what_harms_one_target_may_be_good_for_another() {
        let target = |os| Target { os, arch: sixfold_model::matrix::Arch::Amd64 };
        let linux = |flag| harm(flag, target(HostOs::Linux), true).is_some();
        assert!(
            linux("-Clinker=x") && linux("-Cprefer-dynamic") && linux("-Ctarget-feature=+aes,-crt-static")
        );
        assert!(!linux("-Copt-level=3") && !linux("-Ctarget-cpu=x86-64-v2") && !linux("--cfg"));
        assert!(harm("-Clinker=x", target(HostOs::Linux), false).is_none());
        assert!(harm("-Clink-arg=-Wl,-undefined,dynamic_lookup", target(HostOs::Darwin), true).is_some());
    }
}
