//! Reads the names that a Rust file expects a library to have: foreign functions and statics, and Objective-C classes.
//!
//! It walks tokens instead of a syntax tree, because many of these items are in the input of macros, such as `extern_c! {}`
//! and `extern_class!()`, or in function bodies.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::attributes::Attributes;
use super::cfg::Arches;
use super::names::Names;

/// Adds the names in one file to `names`. With `only_link`, only those in blocks with `#[link(name = "…")]` of that name.
pub(crate) fn collect(source: &str, only_link: Option<&str>, names: &mut Names) -> Result<()> {
    let tokens: TokenStream = source.parse().map_err(|error| anyhow!("cannot parse as Rust: {error}"))?;
    Walk { only_link, names }.stream(tokens, Arches::ALL);
    Ok(())
}

struct Walk<'a> {
    only_link: Option<&'a str>,
    names: &'a mut Names,
}

impl Walk<'_> {
    /// Walks items. Attributes apply until the item after them ends with `;` or a brace.
    fn stream(&mut self, tokens: TokenStream, arches: Arches) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut attributes = Attributes::new(arches);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match (token, tokens.get(at + 1)) {
                (TokenTree::Punct(hash), Some(TokenTree::Group(group)))
                    if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
                {
                    attributes.read(group.stream());
                    at += 1;
                }
                (TokenTree::Punct(end), _) if end.as_char() == ';' => attributes = Attributes::new(arches),
                (TokenTree::Group(group), _) => {
                    if attributes.arches != Arches::NONE {
                        self.group(group, &tokens[..at], &attributes);
                    }
                    if group.delimiter() == Delimiter::Brace {
                        attributes = Attributes::new(arches);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn group(&mut self, group: &Group, before: &[TokenTree], attributes: &Attributes) {
        match GroupKind::of(before) {
            GroupKind::Foreign if self.is_wanted(attributes) => {
                self.foreign(group.stream(), attributes.arches);
            }
            GroupKind::Foreign | GroupKind::MacroRules => {}
            GroupKind::Class => self.class(group.stream(), attributes.arches),
            GroupKind::Other => self.stream(group.stream(), attributes.arches),
        }
    }

    fn is_wanted(&self, attributes: &Attributes) -> bool {
        self.only_link.is_none_or(|link| attributes.links.iter().any(|name| name == link))
    }

    /// Adds the items in a foreign block: `static NAME: …;` and `fn NAME(…);`.
    fn foreign(&mut self, tokens: TokenStream, arches: Arches) {
        let mut attributes = Attributes::new(arches);
        let mut named = false;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(end) if end.as_char() == ';' => {
                    (attributes, named) = (Attributes::new(arches), false);
                }
                TokenTree::Punct(hash) if hash.as_char() == '#' && !named => {
                    if let Some(TokenTree::Group(group)) = tokens.next() {
                        attributes.read(group.stream());
                    }
                }
                TokenTree::Ident(keyword) if !named && (keyword == "fn" || keyword == "static") => {
                    let name = tokens.find_map(|token| match token {
                        TokenTree::Ident(name) if name != "mut" => Some(name.to_string()),
                        _ => None,
                    });
                    named = true;
                    self.foreign_item(name, &attributes);
                }
                _ => {}
            }
        }
    }

    fn foreign_item(&mut self, name: Option<String>, attributes: &Attributes) {
        // `_` and `$name` appear in the patterns of macros.
        let name = attributes.link_name.clone().or(name).filter(|name| name != "_");
        if let (Some(name), true) = (name, attributes.arches != Arches::NONE) {
            self.names.add_c(name.trim_start_matches("r#"), attributes.arches);
        }
    }

    /// Adds the class in `extern_class!( #[name = "…"] pub struct NAME …; )`.
    fn class(&mut self, tokens: TokenStream, arches: Arches) {
        let mut attributes = Attributes::new(arches);
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(hash) if hash.as_char() == '#' => {
                    if let Some(TokenTree::Group(group)) = tokens.next() {
                        attributes.read(group.stream());
                    }
                }
                TokenTree::Ident(keyword) if keyword == "struct" => {
                    let declared = tokens.next().map(|name| name.to_string());
                    let name = attributes.name.take().or(declared);
                    if let (Some(name), true) = (name, attributes.arches != Arches::NONE) {
                        self.names.add_class(&name, attributes.arches);
                    }
                    return;
                }
                _ => {}
            }
        }
    }
}

/// What a group of tokens contains.
enum GroupKind {
    Foreign,
    Class,
    MacroRules,
    Other,
}

impl GroupKind {
    /// Decides by the last tokens before the group.
    fn of(before: &[TokenTree]) -> Self {
        let word = |token: &TokenTree| match token {
            TokenTree::Ident(ident) => ident.to_string(),
            TokenTree::Punct(punct) => punct.to_string(),
            TokenTree::Literal(_) => "literal".to_owned(),
            TokenTree::Group(_) => String::new(),
        };
        let words: Vec<String> = before.iter().rev().take(3).rev().map(word).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [.., "extern", "literal"] | [.., "extern"] => Self::Foreign,
            [.., "extern_c" | "extern_c_unwind", "!"] => Self::Foreign,
            [.., "extern_class", "!"] => Self::Class,
            ["macro_rules", "!", _] => Self::MacroRules,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Names {
        let mut names = Names::default();
        collect(source, None, &mut names).expect("the source is Rust");
        names
    }

    fn symbols(source: &str) -> Vec<String> {
        names(source).symbols.into_keys().collect()
    }

    #[test]
    fn functions_and_statics_are_found_in_blocks_macros_and_bodies() {
        let source = r#"
            extern "C" { pub static kOne: &'static CFString; pub static mut TWO: u8; }
            extern_c_unwind! { #[cfg(any(doc, target_vendor = "apple"))] pub fn three(f: Option<unsafe extern "C" fn(u8)>); }
            fn body() { extern "C-unwind" { fn four(a: [u8; 2], b: u8) -> *const fn(); } let f: extern "C" fn(u8) = x; }
            pub unsafe extern "C" fn defined_here(a: u8) { }
            mod m { unsafe extern "C" { safe fn five(); } }
        "#;
        assert_eq!(symbols(source), ["_TWO", "_five", "_four", "_kOne", "_three"]);
    }

    #[test]
    fn link_names_replace_declared_names() {
        let source = r#"extern "C" {
            #[link_name = "real"] fn a();
            #[cfg_attr(target_os = "macos", link_name = "mac$LEGACY")] fn b();
            #[cfg_attr(target_os = "netbsd", link_name = "__c50")] fn c();
            #[link_name = "\u{1}_raw"] fn d();
        }"#;
        assert_eq!(symbols(source), ["_c", "_mac$LEGACY", "_raw", "_real"]);
    }

    #[test]
    fn other_systems_and_macro_definitions_are_ignored() {
        let source = r#"
            #[cfg(target_os = "ios")] extern "C" { fn a(); }
            #[cfg(test)] mod tests { extern "C" { fn b(); } }
            macro_rules! m { () => { extern "C" { fn c(); } } }
            extern "C" { #[cfg(windows)] fn d(); fn e(); }
        "#;
        assert_eq!(symbols(source), ["_e"]);
    }

    #[test]
    fn a_symbol_keeps_its_architectures() {
        let found = names(r#"extern "C" { #[cfg(target_arch = "x86_64")] fn objc_msgSend_stret(); }"#);
        assert_eq!(found.symbols["_objc_msgSend_stret"], Arches { amd64: true, arm64: false });
    }

    #[test]
    fn only_blocks_of_the_wanted_library_are_read() {
        let source = r#"#[link(name = "iconv")] extern "C" { fn iconv(); } #[link(name = "c")] extern "C" { fn f(); }"#;
        let mut names = Names::default();
        collect(source, Some("iconv"), &mut names).expect("the source is Rust");
        assert_eq!(names.symbols.into_keys().collect::<Vec<_>>(), ["_iconv"]);
    }

    #[test]
    fn classes_have_their_objective_c_name() {
        let source = r#"
            extern_class!(/// Text.
                #[unsafe(super(NSObject))] #[derive(Debug)] pub struct NSString;);
            extern_class!(#[unsafe(super(NSObject))] #[name = "NSTheRealName"] pub struct Renamed<T: ?Sized = X>;);
        "#;
        assert_eq!(names(source).classes.into_keys().collect::<Vec<_>>(), ["NSString", "NSTheRealName"]);
    }
}
