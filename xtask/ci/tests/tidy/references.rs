//! The paths that a module's code mentions: `use` declarations, paths in the code, and paths in the input of macros.
//!
//! Code that exists only in tests is skipped: a test module may use everything around it.

use proc_macro2::{Ident, TokenStream, TokenTree, token_stream};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, Token, UseTree, punctuated::Punctuated};

/// A path as it is written, such as `crate::finding::Lint`. A glob import ends with `*`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub segments: Vec<String>,
    pub line: usize,
    /// The name that a `use` declaration brings into scope.
    pub name: Option<String>,
}

/// All references of a module's own items. Its child modules are left out: they are modules of their own.
pub(crate) fn of(items: &[Item]) -> Vec<Reference> {
    let mut collector = Collector::default();
    items.iter().for_each(|item| collector.visit_item(item));
    collector.found
}

/// True for items with `#[cfg(test)]`, or with a condition that implies it.
pub(crate) fn only_in_tests(attributes: &[Attribute]) -> bool {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.filter_map(|cfg| cfg.parse_args::<Meta>().ok()).any(|condition| implies_test(&condition))
}

fn implies_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else { return condition.path().is_ident("test") };
    let arguments = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let mut arguments = arguments.into_iter().flatten();
    if list.path.is_ident("all") {
        arguments.any(|condition| implies_test(&condition))
    } else {
        list.path.is_ident("any") && arguments.all(|condition| implies_test(&condition))
    }
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[derive(Default)]
struct Collector {
    found: Vec<Reference>,
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_in_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !only_in_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    /// `pub(in crate::a)` uses nothing of `a`.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let (None, Some(first)) = (path.leading_colon, path.segments.first()) {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.add(segments, &first.ident, None);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.add_tokens(list.tokens.clone());
    }
}

impl Collector {
    fn add(&mut self, segments: Vec<String>, at: &Ident, name: Option<String>) {
        self.found.push(Reference { segments, line: at.span().start().line, name });
    }

    /// Adds each path of a `use` declaration, whose braces are written out.
    fn add_use(&mut self, tree: &UseTree, prefix: &[&Ident]) {
        let path = |last: &str| {
            let names = prefix.iter().map(ToString::to_string);
            names.chain((last != "self" || prefix.is_empty()).then(|| last.to_owned())).collect::<Vec<_>>()
        };
        match tree {
            UseTree::Path(tree) => self.add_use(&tree.tree, &[prefix, &[&tree.ident]].concat()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, prefix)),
            UseTree::Name(tree) => {
                let segments = path(&tree.ident.to_string());
                let name = segments.last().cloned();
                self.add(segments, &tree.ident, name);
            }
            UseTree::Rename(tree) => {
                self.add(path(&tree.ident.to_string()), &tree.ident, Some(tree.rename.to_string()));
            }
            UseTree::Glob(_) => {
                if let Some(last) = prefix.last() {
                    self.add(path("*"), last, None);
                }
            }
        }
    }

    /// Adds the paths in the input of a macro, which is not parsed.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut segments = vec![first.to_string()];
                    while let Some(next) = next_segment(&mut tokens) {
                        segments.push(next);
                    }
                    self.add(segments, &first, None);
                }
                _ => {}
            }
        }
    }
}

/// Takes `::name`, if that comes next. Takes colons that no name follows as well: they belong to no path.
fn next_segment(tokens: &mut std::iter::Peekable<token_stream::IntoIter>) -> Option<String> {
    for _ in 0..2 {
        tokens.next_if(|token| matches!(token, TokenTree::Punct(colon) if colon.as_char() == ':'))?;
    }
    let name = tokens.next_if(|token| matches!(token, TokenTree::Ident(_)))?;
    Some(name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        let file = syn::parse_file(source).unwrap();
        let all = of(&file.items).into_iter().map(|reference| reference.segments.join("::"));
        all.filter(|path| path.contains("::")).collect()
    }

    #[test]
    fn use_declarations_are_written_out() {
        let source = "use crate::{a::{self, B as C}, d::*};";
        assert_eq!(paths(source), ["crate::a", "crate::a::B", "crate::d::*"]);
        let names: Vec<_> =
            of(&syn::parse_file(source).unwrap().items).into_iter().map(|it| it.name).collect();
        assert_eq!(names, [Some("a".to_owned()), Some("C".to_owned()), None]);
    }

    #[test]
    fn paths_in_code_and_in_macros_are_found() {
        let source = "fn f(x: crate::a::A) { super::g(); println!(\"{}\", [self::h::<u8>(x: 1), b::C::D]); }";
        assert_eq!(paths(source), ["crate::a::A", "super::g", "self::h", "b::C::D"]);
    }

    #[test]
    fn tests_and_visibilities_are_skipped() {
        let source = "#[cfg(all(test, unix))] mod tests { use super::a; } #[cfg(test)] use crate::b::C;\n\
                      pub(in crate::d) fn f() {} #[cfg(not(test))] use crate::e::F;";
        assert_eq!(paths(source), ["crate::e::F"]);
    }

    #[test]
    fn a_reference_knows_its_line() {
        let file = syn::parse_file("\n\nuse crate::a::B;").unwrap();
        assert_eq!(of(&file.items)[0].line, 3);
    }
}
