//! Evaluates `#[cfg(…)]` for macOS: on which of its two architectures can an item exist?
//!
//! A feature may be on or off, so a condition on a feature keeps the item: a list contains everything that some build could
//! use. Only features that select a runtime other than Apple's are off.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A set of architectures that macOS runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arches {
    pub amd64: bool,
    pub arm64: bool,
}

impl Arches {
    pub(crate) const ALL: Arches = Arches { amd64: true, arm64: true };
    pub(crate) const NONE: Arches = Arches { amd64: false, arm64: false };

    pub(crate) fn and(self, other: Arches) -> Arches {
        Arches { amd64: self.amd64 && other.amd64, arm64: self.arm64 && other.arm64 }
    }

    pub(crate) fn or(self, other: Arches) -> Arches {
        Arches { amd64: self.amd64 || other.amd64, arm64: self.arm64 || other.arm64 }
    }
}

/// The architectures on which the predicate (the tokens inside `cfg(…)`) can be true.
pub(crate) fn possible_arches(predicate: &TokenStream) -> Arches {
    let possible = |arch| eval(predicate, arch) != Some(false);
    Arches { amd64: possible("x86_64"), arm64: possible("aarch64") }
}

/// The value of the predicate, or `None` if it depends on a feature.
fn eval(predicate: &TokenStream, arch: &str) -> Option<bool> {
    let tokens: Vec<TokenTree> = predicate.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Group(args), ..]
            if args.delimiter() == Delimiter::Parenthesis =>
        {
            operator(&name.to_string(), &args.stream(), arch)
        }
        [TokenTree::Ident(key), TokenTree::Punct(_), TokenTree::Literal(value), ..] => {
            option(&key.to_string(), value.to_string().trim_matches('"'), arch)
        }
        [TokenTree::Ident(name), ..] => Some(flag(&name.to_string())),
        _ => None,
    }
}

/// objc-sys' build script sets `apple` for Apple's runtime. pcap's build script sets `libpcap_1_9_1` and the flags of older
/// versions for libpcap 1.9.1, which macOS 11 has.
fn flag(name: &str) -> bool {
    matches!(name, "unix" | "apple" | "true") || name.starts_with("libpcap_1_")
}

fn operator(name: &str, args: &TokenStream, arch: &str) -> Option<bool> {
    let values: Vec<Option<bool>> = arguments(args).iter().map(|arg| eval(arg, arch)).collect();
    match name {
        "not" => values.first().copied().flatten().map(|value| !value),
        "all" if values.contains(&Some(false)) => Some(false),
        "all" => values.into_iter().collect::<Option<Vec<_>>>().map(|_| true),
        "any" if values.contains(&Some(true)) => Some(true),
        "any" => values.into_iter().collect::<Option<Vec<_>>>().map(|_| false),
        _ => None,
    }
}

fn option(key: &str, value: &str, arch: &str) -> Option<bool> {
    match key {
        "target_os" => Some(value == "macos"),
        "target_vendor" => Some(value == "apple"),
        "target_family" => Some(value == "unix"),
        "target_arch" => Some(value == arch),
        "target_pointer_width" => Some(value == "64"),
        "target_endian" => Some(value == "little"),
        "target_env" => Some(value.is_empty()),
        "feature" if value.starts_with("gnustep") || value == "unstable-objfw" => Some(false),
        _ => None,
    }
}

/// Splits at commas, but not inside brackets.
pub(crate) fn arguments(tokens: &TokenStream) -> Vec<TokenStream> {
    let mut arguments = vec![TokenStream::new()];
    for token in tokens.clone() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => arguments.push(TokenStream::new()),
            _ => arguments.last_mut().into_iter().for_each(|last| last.extend([token.clone()])),
        }
    }
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arches(predicate: &str) -> Arches {
        possible_arches(&predicate.parse().expect("the predicate is Rust"))
    }

    #[test]
    fn conditions_on_the_target_are_decided_and_features_left_open() {
        assert_eq!(arches(r#"target_os = "ios""#), Arches::NONE);
        assert_eq!(arches(r#"not(target_os = "watchos")"#), Arches::ALL);
        assert_eq!(arches(r#"all(feature = "a", feature = "b")"#), Arches::ALL);
        assert_eq!(arches(r#"all(feature = "a", target_os = "tvos")"#), Arches::NONE);
        assert_eq!(arches(r#"any(doc, feature = "gnustep-1-7")"#), Arches::NONE);
        let intel = Arches { amd64: true, arm64: false };
        assert_eq!(arches(r#"all(target_vendor = "apple", not(target_arch = "aarch64"))"#), intel);
    }
}
