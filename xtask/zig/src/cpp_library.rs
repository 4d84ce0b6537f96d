//! Zig's C++ library for the targets that rust-lld links. It is linked statically, so hosts need no C++ library.
//!
//! The first call of the C++ compiler for a target extracts it, so projects without C++ do not pay for it. It is kept in the
//! cache folder, for all projects. Invariant: a folder under its final name is complete.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use cargo_zigbuild::Zig;
use fs_err as fs;

use sixfold_base::cache;
use sixfold_project::toolchain::zig::cpp_library_dir;

/// The two libraries that zig links. On other systems, linking the first also links the second.
const PARTS: [&str; 2] = ["libc++.a", "libc++abi.a"];
/// The names that crates link by: `c++` on darwin, `stdc++` on linux, and rarely `c++abi`. Each file contains both parts.
const NAMES: [&str; 3] = ["libc++.a", "libstdc++.a", "libc++abi.a"];
/// The two parts joined.
const JOINED: &str = "joined.a";
/// A program that makes zig link its C++ library.
const PROGRAM: &str = "#include <string>\nint main(int n, char **v) { return std::string(v[0]).empty(); }\n";

/// Extracts the library if needed. Call it before zig compiles C++; `args` are the compiler's arguments.
pub(crate) fn before_compiling(args: &[String]) -> Result<()> {
    let target = args.iter().skip_while(|arg| *arg != "-target").nth(1);
    let version = std::env::var("CARGO_ZIGBUILD_ZIG_VERSION");
    match (target, version) {
        // On Windows, zig links its library itself. Without -c, the caller only queries the compiler.
        (Some(target), Ok(version)) if !target.contains("windows") && args.iter().any(|arg| arg == "-c") => {
            cache::once(&cpp_library_dir(&version, target)?, Utf8Path::is_dir, |partial| {
                extract(partial, target)
            })
            .with_context(|| format!("cannot extract the C++ library for {target} from zig {version}"))
        }
        _ => Ok(()),
    }
}

/// Makes zig link a program, copies the two libraries from zig's cache, and joins them.
fn extract(dir: &Utf8Path, target: &str) -> Result<()> {
    fs::write(dir.join("main.cpp"), PROGRAM)?;
    let flags = ["-O2", "-fno-sanitize=all", "main.cpp", "-o", "main", "-v"];
    let shown = zig(dir, &[&["c++", "-target", target], &flags[..]].concat(), None)?;
    for part in PARTS {
        let path = find(part, &shown);
        fs::copy(
            path.with_context(|| format!("zig does not print the path of {part}:\n{shown}"))?,
            dir.join(part),
        )?;
    }
    // `+` is an operator in ar's script language.
    fs::rename(dir.join(PARTS[0]), dir.join("first.a"))?;
    fs::rename(dir.join(PARTS[1]), dir.join("second.a"))?;
    let script = format!("CREATE {JOINED}\nADDLIB first.a\nADDLIB second.a\nSAVE\nEND\n");
    zig(dir, &["ar", "-M"], Some(&script))?;
    for name in NAMES {
        fs::copy(dir.join(JOINED), dir.join(name))?;
    }
    Ok(["main.cpp", "main", "first.a", "second.a", JOINED]
        .iter()
        .try_for_each(|name| fs::remove_file(dir.join(name)))?)
}

/// Finds the last file called `name` in the command lines that zig prints. They have no quotes, and a path may contain
/// spaces, so this tries the start of every word on the line until the text up to `name` is the path of a file.
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

/// Runs zig in `dir`, and returns its standard error.
fn zig(dir: &Utf8Path, args: &[&str], input: Option<&str>) -> Result<String> {
    let mut command: Command = Zig::command()?;
    command.args(args).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start zig")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.unwrap_or_default().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("`zig {}` failed with {}\n{stderr}", args.join(" "), output.status);
    }
    Ok(stderr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_at_a_path_with_spaces() {
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
