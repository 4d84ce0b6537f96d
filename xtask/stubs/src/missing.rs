//! Explains a failed link: which names no library of macOS has, who wants them, and what to do.
//!
//! The linker prints its errors into rustc's message. They are read here, not parsed for more than a name and a crate:
//! what is not understood is left to the message itself, which cargo shows in any case.

use std::collections::BTreeSet;
use std::fmt;

/// Something that a program asks for and our lists do not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub what: What,
    /// Crates whose code refers to the symbol; empty where the linker does not say.
    pub wanted_by: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// As the linker writes it: `_SecItemNew`.
    Symbol(String),
    Framework(String),
    /// As `-l` names it.
    Library(String),
}

/// Finds what ld64.lld reports as missing in the text of a failed link.
pub fn missing(text: &str) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    for line in text.lines() {
        if let Some(what) = what(line) {
            found.push(Missing { what, wanted_by: BTreeSet::new() });
        } else if let (Some(path), Some(last)) = (line.trim().strip_prefix(">>> "), found.last_mut()) {
            last.wanted_by.extend(crate_of(path));
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

/// The crate of an object file in cargo's folder: `…/libsysinfo-0c3990627c2568aa.rlib(…)` or, of the program itself,
/// `…/deps/typo-b28f5ff850ef21cb.….rcgu.o:(…)`. Rust names it with `_` where the package may have `-`.
fn crate_of(reference: &str) -> Option<String> {
    let path = reference.strip_prefix("referenced by ").unwrap_or(reference).trim();
    if path.starts_with("defined in") || path.starts_with("did you mean") {
        return None;
    }
    let end = path.find(".rlib").or_else(|| path.find(".rcgu.o"))?;
    let file = path[..end].rsplit(['/', '\\']).next()?;
    // What follows the first dot is rustc's own, with dashes of its own: `my-app-b28f5ff850ef21cb.bwj-cgu.0`.
    let (name, _) = file.split('.').next()?.rsplit_once('-')?;
    let name = if path[end..].starts_with(".rlib") { name.strip_prefix("lib").unwrap_or(name) } else { name };
    Some(name.to_owned())
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Symbol(name) => write!(f, "symbol {name} is in no macOS library that we list")?,
            What::Framework(name) => write!(f, "framework {name} is not among those that we list")?,
            What::Library(name) => write!(f, "library {name} is not among those that we list for macOS")?,
        }
        if !self.wanted_by.is_empty() {
            let crates: Vec<&str> = self.wanted_by.iter().map(String::as_str).collect();
            write!(f, " (wanted by {})", crates.join(", "))?;
        }
        match &self.what {
            What::Symbol(name) => write!(
                f,
                "; if every supported macOS has it, add it: [workspace.metadata.extension.macos] \
                 symbols = {{ LIBRARY = [\"{name}\"] }}"
            ),
            What::Framework(name) => write!(
                f,
                "; if every supported macOS has it, list what you use of it: \
                 [workspace.metadata.extension.macos] frameworks = {{ {name} = [\"_symbol\"] }}"
            ),
            What::Library(_) => {
                write!(f, "; have its crate build it from source, or set SDKROOT to an Apple SDK")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "\
  = note: rust-lld: error: undefined symbol: _SecItemCopyMatchin
          >>> referenced by main.rs:3 (src/main.rs:3)
          >>>               /t/aarch64-apple-darwin/debug/deps/my-app-b28f5ff850ef21cb.bwj.1wapi3t-cgu.0.rcgu.o:(symbol __ZN4+0xc)
          >>> did you mean: _SecItemCopyMatching
          >>> defined in: /stubs/System/Library/Frameworks/Security.framework/Security.tbd(/S/Security)

          rust-lld: error: undefined symbol: _IOHIDNew
          >>> referenced by C:\\t\\deps\\libsysinfo-0c3990627c2568aa.rlib(sysinfo-0c39.7df-cgu.14.rcgu.o):(symbol __ZN7+0xa8)
          rust-lld: error: framework not found for -framework NewKit
          rust-lld: error: library not found for -lfoo
";

    #[test]
    fn names_what_is_missing_and_who_wants_it() {
        let found = missing(LINK);
        let whats: Vec<&What> = found.iter().map(|missing| &missing.what).collect();
        assert_eq!(
            whats,
            [
                &What::Symbol("_SecItemCopyMatchin".to_owned()),
                &What::Symbol("_IOHIDNew".to_owned()),
                &What::Framework("NewKit".to_owned()),
                &What::Library("foo".to_owned()),
            ]
        );
        assert_eq!(found[0].wanted_by, BTreeSet::from(["my-app".to_owned()]));
        assert_eq!(found[1].wanted_by, BTreeSet::from(["sysinfo".to_owned()]));
        assert!(found[2].wanted_by.is_empty());
    }

    #[test]
    fn says_what_to_do() {
        let text: Vec<String> = missing(LINK).iter().map(Missing::to_string).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        symbol _SecItemCopyMatchin is in no macOS library that we list (wanted by my-app); if every supported macOS has it, add it: [workspace.metadata.extension.macos] symbols = { LIBRARY = ["_SecItemCopyMatchin"] }
        symbol _IOHIDNew is in no macOS library that we list (wanted by sysinfo); if every supported macOS has it, add it: [workspace.metadata.extension.macos] symbols = { LIBRARY = ["_IOHIDNew"] }
        framework NewKit is not among those that we list; if every supported macOS has it, list what you use of it: [workspace.metadata.extension.macos] frameworks = { NewKit = ["_symbol"] }
        library foo is not among those that we list for macOS; have its crate build it from source, or set SDKROOT to an Apple SDK
        "#);
    }

    #[test]
    fn other_text_says_nothing() {
        assert!(missing("error: could not compile\n>>> defined in x.rlib\n").is_empty());
    }
}
