//! The attributes that decide whether a foreign item exists on macOS, and what it is called there.

use proc_macro2::{TokenStream, TokenTree};

use super::cfg::{Arches, arguments, possible_arches};

/// The attributes before an item.
#[derive(Clone)]
pub(crate) struct Attributes {
    pub arches: Arches,
    /// The names of libraries in `#[link(name = "…")]`.
    pub links: Vec<String>,
    pub link_name: Option<String>,
    pub name: Option<String>,
}

impl Attributes {
    /// No attributes, on an item that exists on these architectures.
    pub(crate) fn new(arches: Arches) -> Self {
        Attributes { arches, links: Vec::new(), link_name: None, name: None }
    }

    /// Adds what is inside `#[…]`.
    pub(crate) fn read(&mut self, attribute: TokenStream) {
        let tokens: Vec<TokenTree> = attribute.into_iter().collect();
        match tokens.as_slice() {
            [TokenTree::Ident(key), TokenTree::Group(args), ..] => match key.to_string().as_str() {
                "cfg" => self.arches = self.arches.and(possible_arches(&args.stream())),
                "cfg_attr" => self.read_conditional(&args.stream()),
                "unsafe" => self.read(args.stream()),
                "link" => arguments(&args.stream()).into_iter().for_each(|argument| {
                    self.links.extend(text_value(argument, "name"));
                }),
                _ => {}
            },
            [TokenTree::Ident(key), ..] if key == "link_name" => {
                self.link_name = text_value(tokens.into_iter().collect(), "link_name");
            }
            [TokenTree::Ident(key), ..] if key == "name" => {
                self.name = text_value(tokens.into_iter().collect(), "name")
            }
            _ => {}
        }
    }

    fn read_conditional(&mut self, args: &TokenStream) {
        let mut args = arguments(args).into_iter();
        if args.next().is_some_and(|condition| possible_arches(&condition) != Arches::NONE) {
            args.for_each(|attribute| self.read(attribute));
        }
    }
}

/// The string of `key = "…"`.
fn text_value(tokens: TokenStream, key: &str) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(value)] if name == key => {
            let value = value.to_string();
            let value = value.strip_prefix('"')?.strip_suffix('"')?;
            Some(value.replace("\\u{1}", "\u{1}").replace("\\x01", "\u{1}"))
        }
        _ => None,
    }
}
