//! Finds HTML that runs code: scripts, event handlers and `javascript:` URLs.
//!
//! Docker Desktop before 4.34.2 ran such code from the description or the changelog of an extension (CVE-2024-8695).

/// Elements that run or embed foreign code.
const ELEMENTS: [&str; 4] = ["script", "iframe", "object", "embed"];
/// Character references that may hide a scheme; browsers ignore the white space among them.
const REFERENCES: [(&str, char); 3] = [("colon;", ':'), ("tab;", '\t'), ("newline;", '\n')];

/// The first part that runs code, in words that complete "the HTML …"; `None` if there is none.
pub(super) fn find(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    lower.split('<').skip(1).find_map(|tag| {
        let (name, attributes) = split_name(tag)?;
        if ELEMENTS.contains(&name) {
            return Some(format!("has a <{name}> element"));
        }
        active_attribute(attributes)
    })
}

/// The name of a start tag, and the text after it.
fn split_name(tag: &str) -> Option<(&str, &str)> {
    let end = tag.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(tag.len());
    tag.split_at_checked(end).filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The first attribute of a tag that runs code. Reads as tolerantly as browsers do.
fn active_attribute(attributes: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))?;
        let (name, after) = rest.split_at_checked(end)?;
        let (value, next) = match after.trim_start().strip_prefix('=') {
            Some(value) => split_value(value.trim_start()),
            None => ("", after),
        };
        if name.starts_with("on") && name.len() > 2 {
            let name: String = name.chars().take(20).collect();
            return Some(format!("has the event handler `{name}`"));
        }
        if ["javascript:", "vbscript:"].iter().any(|scheme| bare_url(value).starts_with(scheme)) {
            return Some(format!("has a `javascript:` URL in `{name}`"));
        }
        if next.is_empty() || next.starts_with('>') {
            return None;
        }
        // A `=` without a name is ignored, so that this ends.
        rest = if next.len() < rest.len() { next } else { next.strip_prefix('=')? };
    }
}

/// The value at the start of the text, without quotes, and the text after it.
fn split_value(text: &str) -> (&str, &str) {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let value = text.strip_prefix(quote).unwrap_or_default();
            value.split_once(quote).unwrap_or((value, ""))
        }
        _ => {
            let end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
            text.split_at_checked(end).unwrap_or_default()
        }
    }
}

/// The start of a URL as browsers read it: character references decoded, white space and control characters removed.
fn bare_url(value: &str) -> String {
    let mut decoded = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next().filter(|_| decoded.len() < 32) {
        let (c, next) = reference(rest).unwrap_or((c, rest.get(c.len_utf8()..).unwrap_or_default()));
        if !c.is_whitespace() && !c.is_control() {
            decoded.push(c.to_ascii_lowercase());
        }
        rest = next;
    }
    decoded
}

/// The character that a reference at the start of the text stands for, and the text after it.
fn reference(text: &str) -> Option<(char, &str)> {
    let text = text.strip_prefix('&')?;
    if let Some((name, c)) = REFERENCES.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((*c, text.strip_prefix(name)?));
    }
    let number = text.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    Some((c, rest.strip_prefix(';').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_html_is_found() {
        for (html, expected) in [
            ("<p>x</p><SCRIPT src=x></script>", "has a <script> element"),
            ("<iframe/src='https://example.org'>", "has a <iframe> element"),
            ("<img src=x onerror=alert(1)>", "`onerror`"),
            ("<img/onload = \"alert(1)\">", "`onload`"),
            ("<svg\nonload=alert(1)", "`onload`"),
            ("<a title=\"a > b\" href=\"javascript:alert(1)\">x</a>", "`javascript:` URL in `href`"),
            ("<a href=' java\tscript:alert(1)'>x</a>", "`javascript:`"),
            ("<a href=\"&#106;avascript&colon;alert(1)\">x</a>", "`javascript:`"),
            ("<a href=&#X6A;avascript:x>x</a>", "`javascript:`"),
        ] {
            let found = find(html).unwrap_or_default();
            assert!(found.contains(expected), "{html}: {found}");
        }
    }

    #[test]
    fn other_html_is_accepted() {
        for html in [
            "",
            "a < b, and one=1",
            "<p class='on' title=\"onclick=\">javascript: is a word</p>",
            "<a href=\"https://example.org/?javascript:\">x</a><b>on=1</b>",
            "<h1>on script</h1 onx>< script>",
            "<img alt='&#xffffffff;' src=\"a.png\"/>",
        ] {
            assert_eq!(find(html), None, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "([<>/='\"a-b &#;x=-]|on|script|javascript:|ä|.){0,60}") {
            find(&text);
        }
    }
}
