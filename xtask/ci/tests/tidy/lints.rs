//! Every lint code has one heading in docs/lints.md, and every heading a lint.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;
use syn::visit::{self, Visit};

/// Codes without a heading, and headings without a code.
pub(crate) fn violations(sources: &BTreeMap<String, String>, page: &str) -> Vec<String> {
    let mut codes = Codes { found: BTreeSet::new() };
    for (path, text) in sources.iter().filter(|(_, text)| text.contains("lints!")) {
        match syn::parse_file(text) {
            Ok(file) => codes.visit_file(&file),
            Err(error) => return vec![format!("cannot parse {path}: {error}")],
        }
    }
    let headings: Vec<&str> = page.lines().filter_map(code_of_heading).collect();
    let missing = codes.found.iter().filter(|code| !headings.contains(&code.as_str()));
    let unknown = headings.iter().filter(|heading| !codes.found.contains(**heading));
    let repeated = headings.iter().filter(|heading| headings.iter().filter(|it| it == heading).count() > 1);
    missing
        .map(|code| format!("docs/lints.md has no heading for the lint `{code}`"))
        .chain(
            unknown.map(|heading| format!("docs/lints.md documents `{heading}`, but there is no such lint")),
        )
        .chain(repeated.map(|heading| format!("docs/lints.md documents `{heading}` more than once")))
        .collect()
}

/// The code of a line such as "### `mode` (error)".
fn code_of_heading(line: &str) -> Option<&str> {
    line.strip_prefix("### `")?.split('`').next()
}

/// The codes in calls of the macro `lints!`, which are its only string literals.
struct Codes {
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Codes {
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.last().is_some_and(|name| name.ident == "lints") {
            let literals = call.tokens.clone().into_iter().filter_map(|token| match token {
                TokenTree::Literal(literal) => Some(literal.to_string().trim_matches('"').to_owned()),
                _ => None,
            });
            self.found.extend(literals);
        }
        visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_headings_have_to_match() {
        let source =
            "crate::lints! { /// Wrong.\n MODE = Error \"mode\"; URL = Warning \"url\"; }".to_owned();
        let sources = BTreeMap::from([("a.rs".to_owned(), source)]);
        assert_eq!(violations(&sources, "### `mode` (error)\n### `url` (warning)\n"), Vec::<String>::new());
        let found = violations(&sources, "### `mode`\n### `mode`\n### `old`\n").join("\n");
        for words in
            ["no heading for the lint `url`", "`old`, but there is no such lint", "`mode` more than once"]
        {
            assert!(found.contains(words), "no {words:?} in {found}");
        }
    }
}
