//! Texts that are not known before the build.
//!
//! Such a text becomes a symbol: a description between two [`MARK`]s. Symbols that may differ between the platforms have
//! different texts.

/// Encloses a symbol.
pub(super) const MARK: char = '\u{1}';

/// A symbol for a text that is not known.
pub(super) fn symbol(text: &str) -> String {
    format!("{MARK}{}{MARK}", text.replace(MARK, ""))
}

/// True if the whole text is known.
pub(super) fn is_known(text: &str) -> bool {
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
