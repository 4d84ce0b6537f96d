//! Texts that are not known before the build.
//!
//! Such a text becomes a symbol: a description between two [`MARK`]s. Symbols that may differ between the platforms have
//! different texts.

use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Encloses a symbol.
pub(super) const MARK: char = '\u{1}';

/// A symbol for a text that is not known.
pub(super) fn symbol(text: &str) -> String {
    format!("{MARK}{}{MARK}", text.replace(MARK, ""))
}

/// A short text that is equal for equal values.
pub(super) fn digest(value: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// The same text, or a symbol for one that is too long to be of use: without a limit, `A=$A$A` doubles it again and again.
pub(super) fn limited(text: String) -> String {
    const LONGEST: usize = 16 << 10;
    if text.len() > LONGEST { symbol(&digest(&text)) } else { text }
}

/// True if the whole text is known.
pub(in crate::check) fn is_known(text: &str) -> bool {
    !text.contains(MARK)
}

/// Programs whose output depends on their arguments alone, not on the machine or its environment.
pub(super) fn is_pure(program: &str) -> bool {
    const PURE: [&str; 54] = [
        "[",
        "[[",
        "awk",
        "base64",
        "basename",
        "busybox",
        "bunzip2",
        "bzip2",
        "cat",
        "chmod",
        "cp",
        "curl",
        "cut",
        "date",
        "dirname",
        "echo",
        "false",
        "find",
        "git",
        "grep",
        "gunzip",
        "gzip",
        "head",
        "install",
        "jq",
        "ln",
        "mkdir",
        "mktemp",
        "mv",
        "openssl",
        "printf",
        "pwd",
        "rm",
        "sed",
        "sha256sum",
        "sort",
        "strip",
        "tail",
        "tar",
        "tee",
        "test",
        "touch",
        "tr",
        "true",
        "uniq",
        "unxz",
        "unzip",
        "upx",
        "wc",
        "wget",
        "xz",
        "xzcat",
        "zcat",
        "zstd",
    ];
    PURE.contains(&program.rsplit('/').next().unwrap_or(program))
}
