//! Explains a failed link: which names are in no library of the operating system, which crates use them, and what to do.
//!
//! The linker prints its errors into rustc's message. Only names and crates are extracted from them. Errors in another
//! form are ignored, because cargo shows the whole message in any case.

use std::collections::BTreeSet;
use std::fmt;

use sixfold_judge::macos_dylib;
use sixfold_model::matrix::HostOs;

/// Something that a program needs and no list contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub what: What,
    /// The crates whose code uses the symbol; empty if the linker does not say.
    pub used_by: BTreeSet<String>,
    /// The operating system that the program is for.
    pub os: HostOs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// In the linker's spelling: `_SecItemNew` on macOS.
    Symbol(String),
    Framework(String),
    /// The name for `-l`.
    Library(String),
}

/// Finds what rust-lld reports as missing in the text of a failed link, which contains its command line.
pub fn missing(text: &str) -> Vec<Missing> {
    let has = |word: &str| text.contains(&format!("\"{word}\""));
    let os = if has("i386pep") || has("arm64pe") {
        HostOs::Windows
    } else if has("darwin") {
        HostOs::Darwin
    } else {
        HostOs::Linux
    };
    let mut found: Vec<Missing> = Vec::new();
    for line in text.lines() {
        if let Some(what) = what(line) {
            found.push(Missing { what, used_by: BTreeSet::new(), os });
        } else if let (Some(path), Some(last)) = (line.trim().strip_prefix(">>> "), found.last_mut()) {
            last.used_by.extend(crate_of(path));
        }
    }
    found
}

fn what(line: &str) -> Option<What> {
    let (_, error) = line.split_once("lld: error: ")?;
    let word = |text: &str| text.split_whitespace().next().map(str::to_owned);
    let after = |start: &str| error.strip_prefix(start).and_then(word);
    after("undefined symbol: ")
        .map(What::Symbol)
        .or_else(|| after("framework not found for -framework ").map(What::Framework))
        .or_else(|| after("library not found for -l").map(What::Library))
}

/// The crate of an object file in cargo's target directory: `…/libsysinfo-0c3990627c2568aa.rlib(…)` or, for the program
/// itself, `…/deps/typo-b28f5ff850ef21cb.….rcgu.o:(…)`. Rust writes `_` for a `-` in the package's name.
fn crate_of(reference: &str) -> Option<String> {
    let path = reference.strip_prefix("referenced by ").unwrap_or(reference).trim();
    if path.starts_with("defined in") || path.starts_with("did you mean") {
        return None;
    }
    let end = path.find(".rlib").or_else(|| path.find(".rcgu.o"))?;
    let file = path[..end].rsplit(['/', '\\']).next()?;
    // rustc adds everything after the first dot, which may contain dashes: `my-app-b28f5ff850ef21cb.bwj-cgu.0`.
    let stem = file.split('.').next()?;
    // A binary for macOS is linked without cargo's hash in its name.
    let name = stem.rsplit_once('-').filter(|(_, hash)| is_hash(hash)).map_or(stem, |(name, _)| name);
    let name = if path[end..].starts_with(".rlib") { name.strip_prefix("lib").unwrap_or(name) } else { name };
    Some(name.to_owned())
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Symbol(name) => {
                let system = match self.os {
                    HostOs::Darwin => "in any known macOS library",
                    HostOs::Windows => "in any known DLL of Windows",
                    HostOs::Linux => "defined, and Linux binaries use no shared libraries",
                };
                write!(f, "symbol {name} is not {system}")?;
            }
            What::Framework(name) => write!(f, "framework {name} is unknown")?,
            What::Library(name) => write!(f, "library {name} is not in our lists of macOS libraries")?,
        }
        if !self.used_by.is_empty() {
            let crates: Vec<&str> = self.used_by.iter().map(String::as_str).collect();
            write!(f, " (used by {})", crates.join(", "))?;
        }
        match &self.what {
            What::Symbol(_) if self.os == HostOs::Linux => {
                write!(f, "; let the crate build the library that has it from source")
            }
            What::Symbol(name) if self.os == HostOs::Windows => write!(
                f,
                "; if every supported Windows has it, add [workspace.metadata.extension.windows] \
                 symbols = {{ DLL = [\"{name}\"] }}; if it is a function of the C runtime, zig may have it: set \
                 linker = \"zig\" in [workspace.metadata.extension.targets.TRIPLE]"
            ),
            What::Symbol(name) => write!(
                f,
                "; if every supported macOS has it, add [workspace.metadata.extension.macos] \
                 symbols = {{ LIBRARY = [\"{name}\"] }}"
            ),
            What::Framework(name) => write!(
                f,
                "; if every supported macOS has it, list the symbols that you use: \
                 [workspace.metadata.extension.macos] frameworks = {{ {name} = [\"_symbol\"] }}"
            ),
            What::Library(name) if macos_dylib(name).is_some() => write!(
                f,
                "; every macOS has it, so list the symbols that you use: \
                 [workspace.metadata.extension.macos] dylibs = {{ {name} = [\"_symbol\"] }}"
            ),
            What::Library(_) => {
                write!(f, "; let its crate build it from source, or set SDKROOT to an Apple SDK")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "\
  = note: \"rust-lld\" \"-flavor\" \"darwin\" \"-o\" \"x\"
  = note: rust-lld: error: undefined symbol: _SecItemCopyMatchin
          >>> referenced by main.rs:3 (src/main.rs:3)
          >>>               /t/aarch64-apple-darwin/debug/deps/my-app-b28f5ff850ef21cb.bwj.1wapi3t-cgu.0.rcgu.o:(symbol __ZN4+0xc)
          >>>               /t/aarch64-apple-darwin/debug/deps/other-b28f5ff850ef21cb.sixfold/other.bwj.1wapi3t-cgu.0.rcgu.o:(symbol __ZN4+0xc)
          >>> did you mean: _SecItemCopyMatching
          >>> defined in: /stubs/System/Library/Frameworks/Security.framework/Security.tbd(/S/Security)

          rust-lld: error: undefined symbol: _IOHIDNew
          >>> referenced by C:\\t\\deps\\libsysinfo-0c3990627c2568aa.rlib(sysinfo-0c39.7df-cgu.14.rcgu.o):(symbol __ZN7+0xa8)
          rust-lld: error: framework not found for -framework NewKit
          rust-lld: error: library not found for -lfoo
          rust-lld: error: library not found for -ledit
";

    #[test]
    fn missing_names_are_found_with_the_crates_that_use_them() {
        let found = missing(LINK);
        let whats: Vec<&What> = found.iter().map(|missing| &missing.what).collect();
        assert_eq!(
            whats,
            [
                &What::Symbol("_SecItemCopyMatchin".to_owned()),
                &What::Symbol("_IOHIDNew".to_owned()),
                &What::Framework("NewKit".to_owned()),
                &What::Library("foo".to_owned()),
                &What::Library("edit".to_owned()),
            ]
        );
        assert_eq!(found[0].used_by, BTreeSet::from(["my-app".to_owned(), "other".to_owned()]));
        assert_eq!(found[1].used_by, BTreeSet::from(["sysinfo".to_owned()]));
        assert!(found[2].used_by.is_empty());
    }

    #[test]
    fn the_message_says_what_to_do() {
        let text: Vec<String> = missing(LINK).iter().map(Missing::to_string).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        symbol _SecItemCopyMatchin is not in any known macOS library (used by my-app, other); if every supported macOS has it, add [workspace.metadata.extension.macos] symbols = { LIBRARY = ["_SecItemCopyMatchin"] }
        symbol _IOHIDNew is not in any known macOS library (used by sysinfo); if every supported macOS has it, add [workspace.metadata.extension.macos] symbols = { LIBRARY = ["_IOHIDNew"] }
        framework NewKit is unknown; if every supported macOS has it, list the symbols that you use: [workspace.metadata.extension.macos] frameworks = { NewKit = ["_symbol"] }
        library foo is not in our lists of macOS libraries; let its crate build it from source, or set SDKROOT to an Apple SDK
        library edit is not in our lists of macOS libraries; every macOS has it, so list the symbols that you use: [workspace.metadata.extension.macos] dylibs = { edit = ["_symbol"] }
        "#);
    }

    #[test]
    fn the_advice_is_for_the_operating_system_of_the_link() {
        let advice = |flags: &str| {
            let text = format!("note: \"rust-lld\" {flags}\nrust-lld: error: undefined symbol: f\n");
            missing(&text).iter().map(Missing::to_string).collect::<String>()
        };
        insta::assert_snapshot!(advice("\"-flavor\" \"gnu\" \"-m\" \"arm64pe\""), @r#"symbol f is not in any known DLL of Windows; if every supported Windows has it, add [workspace.metadata.extension.windows] symbols = { DLL = ["f"] }; if it is a function of the C runtime, zig may have it: set linker = "zig" in [workspace.metadata.extension.targets.TRIPLE]"#);
        insta::assert_snapshot!(advice("\"-flavor\" \"gnu\" \"-static\""), @"symbol f is not defined, and Linux binaries use no shared libraries; let the crate build the library that has it from source");
    }

    #[test]
    fn other_text_is_ignored() {
        assert!(missing("error: could not compile\n>>> defined in x.rlib\n").is_empty());
    }
}
