//! C headers of macOS that C code in crates includes but zig does not provide. They declare what the crate libc declares; no
//! file of Apple's is copied. The compiler searches zig's own headers first.

use anyhow::Result;
use camino::Utf8Path;

use crate::cached;
use sixfold_base::cache;

const HEADERS: [(&str, &str); 2] = [
    ("CommonCrypto/CommonCryptoError.h", include_str!("headers/CommonCrypto/CommonCryptoError.h")),
    ("CommonCrypto/CommonRandom.h", include_str!("headers/CommonCrypto/CommonRandom.h")),
];

/// Adds the directory of these headers to the arguments of zig's C or C++ compiler, if it compiles for macOS.
pub fn before_compiling(args: &mut Vec<String>) -> Result<()> {
    add(args, &cache::dir()?)
}

/// Writes the headers below `parent`, if they are needed and do not exist.
fn add(args: &mut Vec<String>, parent: &Utf8Path) -> Result<()> {
    let for_macos =
        args.iter().skip_while(|arg| *arg != "-target").nth(1).is_some_and(|it| it.contains("macos"));
    // Without -c or -E, it links or only prints information.
    if for_macos && args.iter().any(|arg| arg == "-c" || arg == "-E") {
        let files = HEADERS.map(|(path, text)| (Utf8Path::new(path), text));
        let dir = cached::directory(parent, "macos-headers", &files)?;
        args.extend(["-idirafter".to_owned(), dir.into_string()]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(args: &[&str]) -> Vec<String> {
        let temp = tempfile::tempdir().unwrap();
        let mut all: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        add(&mut all, Utf8Path::from_path(temp.path()).unwrap()).unwrap();
        let new = all.split_off(args.len());
        assert!(new.get(1).is_none_or(|dir| Utf8Path::new(dir).join(HEADERS[1].0).is_file()));
        new
    }

    #[test]
    fn only_compiling_for_macos_adds_the_headers() {
        assert_eq!(added(&["-target", "aarch64-linux-musl", "-c", "a.c"]), [""; 0]);
        assert_eq!(added(&["-target", "aarch64-macos.11.0-none", "a.o"]), [""; 0]);
        assert_eq!(added(&["-target", "aarch64-macos.11.0-none", "-c", "a.c"])[0], "-idirafter");
    }
}
