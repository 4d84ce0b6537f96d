//! C headers that C code in crates includes but zig does not provide. Those of macOS declare what the crate libc declares, or
//! what manual pages say; no file of Apple's is copied. The compiler searches zig's own headers first.

use anyhow::Result;
use camino::Utf8Path;

use crate::cached;
use sixfold_base::cache;

/// Path and content of each file in a directory.
macro_rules! files {
    ($directory:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("headers/", $directory, $path)))),+]
    };
}

const MACOS: &[(&str, &str)] = files!("":
    "CommonCrypto/CommonCryptoError.h",
    "CommonCrypto/CommonRandom.h",
    "mach/mach_vm.h",
    "net/bpf.h",
    "net/if_types.h",
    "os/log.h",
    "resolv.h",
    "sys/disk.h",
    "sys/syscall.h",
    "sys/xattr.h",
);
const WINDOWS: &[(&str, &str)] = files!("windows/": "PowrProf.h");

/// New versions of clang define `TARGET_OS_MAC` and the like before any header does. Older versions of zlib take that for the Mac OS
/// before macOS, and do not compile.
const NO_TARGET_MACROS: &str = "-fno-define-target-os-macros";

/// True if zig's C or C++ compiler compiles for macOS with these arguments.
pub fn compiles_for_macos(args: &[String]) -> bool {
    target(args).is_some_and(|target| target.contains("macos")) && compiles(args)
}

fn target(args: &[String]) -> Option<&String> {
    args.iter().skip_while(|arg| *arg != "-target").nth(1)
}

/// Without these flags, it links or only prints information.
fn compiles(args: &[String]) -> bool {
    args.iter().any(|arg| arg == "-c" || arg == "-E")
}

/// Adds the directory of these headers to the arguments of zig's C or C++ compiler.
pub fn before_compiling(args: &mut Vec<String>) -> Result<()> {
    add(args, &cache::dir()?)
}

/// Writes the headers below `parent`, if they are needed and do not exist.
fn add(args: &mut Vec<String>, parent: &Utf8Path) -> Result<()> {
    let (name, headers, flags): (_, _, &[&str]) = match target(args) {
        Some(target) if target.contains("macos") => ("macos-headers", MACOS, &[NO_TARGET_MACROS]),
        Some(target) if target.contains("windows") => ("windows-headers", WINDOWS, &[]),
        _ => return Ok(()),
    };
    if compiles(args) {
        let files: Vec<_> = headers.iter().map(|(path, text)| (Utf8Path::new(path), *text)).collect();
        let dir = cached::directory(parent, name, &files)?;
        args.extend(["-idirafter".to_owned(), dir.into_string()]);
        args.extend(flags.iter().map(|flag| (*flag).to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(args: &[&str], header: &str) -> Vec<String> {
        let temp = tempfile::tempdir().unwrap();
        let mut all: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        add(&mut all, Utf8Path::from_path(temp.path()).unwrap()).unwrap();
        let new = all.split_off(args.len());
        assert!(new.get(1).is_none_or(|dir| Utf8Path::new(dir).join(header).is_file()));
        new
    }

    #[test]
    fn only_compiling_for_macos_and_windows_adds_headers() {
        assert_eq!(added(&["-target", "aarch64-linux-musl", "-c", "a.c"], ""), [""; 0]);
        assert_eq!(added(&["-target", "aarch64-macos.11.0-none", "a.o"], ""), [""; 0]);
        let macos =
            added(&["-target", "aarch64-macos.11.0-none", "-c", "a.c"], "CommonCrypto/CommonRandom.h");
        assert_eq!((macos[0].as_str(), macos[2].as_str()), ("-idirafter", NO_TARGET_MACROS));
        let windows = added(&["-target", "x86_64-windows-gnu", "-c", "a.c"], "PowrProf.h");
        assert_eq!(windows[0], "-idirafter");
    }
}
