//! How addresses are shown, alone and inside other text.
//!
//! Invariant: the user, password, query and fragment of a URL are never shown, however malformed the URL is.

use std::ops::Range;

/// An address without user, password, query and fragment.
///
/// If there is an `@` after what looks like the host, a password may contain an unencoded `/`. Then only the scheme is shown.
pub fn shown(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if after.contains('@') {
        return format!("{scheme}://…");
    }
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (path, query) = after.split_at(after.find(['?', '#']).unwrap_or(after.len()));
    let query = if query.starts_with('?') { "?…" } else { "" };
    format!("{scheme}://{host}{path}{query}")
}

/// A text in which each URL is replaced by what [`shown`] returns: lines of a file, or messages that quote them.
pub fn scrubbed(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((scheme, _)) = rest.split_once("://") {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let start = scheme.trim_end_matches(is_scheme).len();
        let (before, url) = rest.split_at(start);
        let (url, after) = url.split_at(end_of_url(url, before.chars().next_back()));
        out.push_str(before);
        out.push_str(&shown(url));
        rest = after;
    }
    out + rest
}

/// A URL in quotes ends at the closing quote, any other at white space, and both at the end of the line.
fn end_of_url(url: &str, before: Option<char>) -> usize {
    let mut is_escaped = false;
    let is_end = |c: char| {
        let ends = match before.filter(|quote| matches!(quote, '"' | '\'' | '`')) {
            Some(quote) => c == quote && !is_escaped,
            None => c.is_whitespace(),
        };
        is_escaped = before == Some('"') && c == '\\' && !is_escaped;
        ends || c == '\n'
    };
    url.find(is_end).unwrap_or(url.len())
}

/// The same for an error that quotes a line and marks a part of it with `^` below: the marks are moved along.
pub(crate) fn scrubbed_with_carets(text: &str) -> String {
    let mut above = "";
    let mut out = vec![];
    for line in text.lines() {
        out.push(match carets(line) {
            Some(columns) => moved(above, line, columns),
            None => scrubbed(line),
        });
        above = line;
    }
    out.join("\n")
}

/// The columns of the `^` in a line that has nothing else after its margin.
fn carets(line: &str) -> Option<Range<usize>> {
    let marks = line.trim_start().strip_prefix('|')?.trim();
    let only_carets = !marks.is_empty() && marks.chars().all(|c| c == '^');
    only_carets.then(|| line.find('^').unwrap_or(0)..line.trim_end().len())
}

fn moved(above: &str, line: &str, columns: Range<usize>) -> String {
    let width = |columns| scrubbed(&above.chars().take(columns).collect::<String>()).chars().count();
    // A place inside of an address may be hidden itself.
    let start = width(columns.start).min(scrubbed(above).chars().count());
    let count = width(columns.end).saturating_sub(start).max(1);
    let margin = line.split_inclusive('|').next().unwrap_or_default();
    format!("{margin:start$}{}", "^".repeat(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (address, expected) in [
            ("https://me:secret@example.org/a?token=secret#secret", "https://example.org/a?…"),
            ("https://me:se/cret@example.org/a", "https://…"),
            ("https://me:se?cret@example.org/a", "https://…"),
            ("https://me@x:se/cret@example.org/a", "https://…"),
            ("https://secret@example.org", "https://example.org"),
            ("https://example.org:8443/a#secret", "https://example.org:8443/a"),
            ("vendor/a@b?c", "vendor/a@b?c"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }

    #[test]
    fn secrets_inside_of_a_text_are_not_shown() {
        for (text, expected) in [
            (
                "url = \"https://me:s3 c'r\\\"et@host/a\" # https://me:x@b/c d@e",
                "url = \"https://host/a\" # https://b/c d@e",
            ),
            ("{ url = 'http://a/b?c', m = 'x@y' }", "{ url = 'http://a/b?…', m = 'x@y' }"),
            ("`git+ssh://me:p@h/x` is not", "`git+ssh://h/x` is not"),
            ("\"https://me:open\nx@y", "\"https://me:open\nx@y"),
            ("://", "://"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(scrubbed(text), expected);
        }
    }

    #[test]
    fn carets_still_point_at_the_same_text() {
        let text = "at line 3\n  |\n3 | a = 'é', url = \"https://me:pw@h/{x\", b = 1\n  |                ^^^^^^^^^^^^^^^^^^^^\nbad";
        let expected = "at line 3\n  |\n3 | a = 'é', url = \"https://h/{x\", b = 1\n  |                ^^^^^^^^^^^^^^\nbad";
        assert_eq!(scrubbed_with_carets(text), expected);
        let behind = "3 | url = \"https://me:pw@h/\", b = 1\n  |                           ^";
        let expected = "3 | url = \"https://h/\", b = 1\n  |                     ^";
        assert_eq!(scrubbed_with_carets(behind), expected);
    }

    proptest::proptest! {
        #[test]
        fn nothing_before_the_host_is_shown(
            user in "[a-z:@%/?#'` ]{0,10}",
            path in "(/[a-z@]{0,5}){0,3}",
        ) {
            let address = format!("https://SECRET{user}SECRET@host{path}?SECRET");
            proptest::prop_assert!(!shown(&address).contains("SECRET"), "{}", shown(&address));
            let line = scrubbed(&format!("url = \"{address}\""));
            proptest::prop_assert!(!line.contains("SECRET"), "{}", line);
            proptest::prop_assert_eq!(scrubbed(&line), line);
        }

        #[test]
        fn any_text_is_scrubbed(text in "([ a\"'`@:/?\\n^|é]|://){0,20}") {
            scrubbed(&text);
            scrubbed_with_carets(&text);
        }
    }
}
