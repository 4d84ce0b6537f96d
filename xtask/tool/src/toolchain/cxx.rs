//! The C++ library of the targets that rust-lld links, taken from zig: static, so that no host needs one.
//!
//! It is made by the first call of the C++ compiler for a target, so that a project without C++ does not pay for it,
//! and kept in the cache folder for all projects. Invariant: a folder under its final name is whole.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_zigbuild::Zig;
use fs_err as fs;

use sixfold_base::cache;

/// The parts, as zig names them. On a real system the second is hidden behind the first.
const PARTS: [&str; 2] = ["libc++.a", "libc++abi.a"];
/// What crates ask for: `c++` on darwin, `stdc++` on linux, and seldom `c++abi`. Each is the whole.
const NAMES: [&str; 3] = ["libc++.a", "libstdc++.a", "libc++abi.a"];
const WHOLE: &str = "whole.a";
/// Something that makes zig link its C++ library.
const PROGRAM: &str = "#include <string>\nint main(int n, char **v) { return std::string(v[0]).empty(); }\n";

/// The folder of the library; there only once C++ has been compiled. `target` as zig names it.
pub(crate) fn dir(zig_version: &str, target: &str) -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join(format!("cxx-{zig_version}-{target}")))
}

/// Makes the library, if it is not there, before zig compiles C++. `args` are those of the compiler.
pub(crate) fn before_compiling(args: &[String]) -> Result<()> {
    let target = args.iter().skip_while(|arg| *arg != "-target").nth(1);
    let version = std::env::var("CARGO_ZIGBUILD_ZIG_VERSION");
    match (target, version) {
        // On windows, zig itself links its library. Without -c it is only asked about itself.
        (Some(target), Ok(version)) if !target.contains("windows") && args.iter().any(|arg| arg == "-c") => {
            cache::once(&dir(&version, target)?, Utf8Path::is_dir, |partial| make(partial, target))
                .with_context(|| format!("the C++ library for {target} cannot be taken from zig {version}"))
        }
        _ => Ok(()),
    }
}

/// Has zig link a program, takes the parts from where it keeps them, and joins them.
fn make(dir: &Utf8Path, target: &str) -> Result<()> {
    fs::write(dir.join("main.cpp"), PROGRAM)?;
    let flags = ["-O2", "-fno-sanitize=all", "main.cpp", "-o", "main", "-v"];
    let shown = zig(dir, &[&["c++", "-target", target], &flags[..]].concat(), None)?;
    for part in PARTS {
        let path = find(part, &shown);
        fs::copy(
            path.with_context(|| format!("zig does not say where its {part} is:\n{shown}"))?,
            dir.join(part),
        )?;
    }
    // `+` is an operator of the script's language.
    fs::rename(dir.join(PARTS[0]), dir.join("first.a"))?;
    fs::rename(dir.join(PARTS[1]), dir.join("second.a"))?;
    let script = format!("CREATE {WHOLE}\nADDLIB first.a\nADDLIB second.a\nSAVE\nEND\n");
    zig(dir, &["ar", "-M"], Some(&script))?;
    for name in NAMES {
        fs::copy(dir.join(WHOLE), dir.join(name))?;
    }
    Ok(["main.cpp", "main", "first.a", "second.a", WHOLE]
        .iter()
        .try_for_each(|name| fs::remove_file(dir.join(name)))?)
}

/// The last file called `name` in the command lines that zig shows. They have no quotes, and a path may hold spaces: it
/// begins at the first word from which on it names a file.
fn find<'a>(name: &str, shown: &'a str) -> Option<&'a Utf8Path> {
    let whole = |(at, _): &(usize, &str)| {
        shown[..*at].ends_with(['/', '\\'])
            && !shown[at + name.len()..].starts_with(|c: char| !c.is_whitespace())
    };
    let path = |(at, _): (usize, &str)| {
        let line = shown[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let words = shown[line..at].match_indices(' ').map(|(space, _)| line + space + 1);
        let candidates = std::iter::once(line).chain(words);
        candidates.map(|start| Utf8Path::new(&shown[start..at + name.len()])).find(|path| path.is_file())
    };
    shown.rmatch_indices(name).filter(whole).find_map(path)
}

/// Runs zig in `dir`; returns what it says on standard error.
fn zig(dir: &Utf8Path, args: &[&str], input: Option<&str>) -> Result<String> {
    let mut command: Command = Zig::command()?;
    command.args(args).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("zig does not start")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.unwrap_or_default().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => Ok(said),
        false => bail!("`zig {}` ended with {}\n{said}", args.join(" "), output.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_whatever_its_path_holds() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(temp.path()).unwrap().join("the cache of zig");
        fs::create_dir(&folder).unwrap();
        PARTS.iter().for_each(|part| fs::write(folder.join(part), "").unwrap());
        let [first, second] = PARTS.map(|part| folder.join(part));
        let shown =
            format!("clang main.cpp -o x.o\nld.lld -o main x.o {first} {second} /no/libc++.a.txt -lm\n");
        assert_eq!(find(PARTS[0], &shown), Some(first.as_path()));
        assert_eq!(find(PARTS[1], &shown), Some(second.as_path()));
        assert_eq!(find(PARTS[0], &shown.replace("the cache", "another")), None);
    }
}
