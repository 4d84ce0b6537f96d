//! Whether HTML in a label is well-formed, as far as it takes to be shown as its author meant it.
//!
//! Docker Desktop shows two labels as HTML. Text is fine too. Not a validator: which tags it allows is not documented.

/// Elements that have no end.
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "input", "source", "wbr"];
/// Elements whose end may be left out.
const OPTIONAL_END: [&str; 9] = ["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody"];

/// What is wrong first, in words that complete "the HTML …"; `None` where nothing is.
pub fn mistake(text: &str) -> Option<String> {
    let mut open: Vec<String> = vec![];
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            match comment.find("-->") {
                Some(end) => rest = &comment[end + 3..],
                None => return Some("has a comment that does not end".into()),
            }
            continue;
        }
        let tag = &rest[1..];
        let is_tag = tag.trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_tag {
            // A lone `<` in running text, which every browser shows as such.
            rest = tag;
            continue;
        }
        let (inside, after) = match tag_end(tag) {
            Ok(end) => (&tag[..end], &tag[end + 1..]),
            Err(message) => return Some(message),
        };
        if let Err(message) = take(inside, &mut open) {
            return Some(message);
        }
        rest = after;
    }
    let left = open.into_iter().rev().find(|name| !OPTIONAL_END.contains(&name.as_str()));
    left.map(|name| format!("does not end its <{name}>"))
}

/// Where a tag ends; quoted attributes may hold `>`.
fn tag_end(tag: &str) -> Result<usize, String> {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') if tag[..at].trim_end().ends_with('=') => quote = Some(c),
            (None, '"' | '\'') => return Err(format!("has a stray quote in <{}", shorten(tag))),
            (Some(open), c) if c == open => quote = None,
            (None, '>') => return Ok(at),
            (None, '<') => break,
            _ => {}
        }
    }
    Err(format!("does not end the tag <{}", shorten(tag)))
}

fn shorten(tag: &str) -> String {
    tag.chars().take(30).collect()
}

/// Takes one tag in.
fn take(inside: &str, open: &mut Vec<String>) -> Result<(), String> {
    let is_end = inside.starts_with('/');
    let body = inside.trim_start_matches('/').trim_end_matches('/');
    let name: String =
        body.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if !is_end {
        if let Some(value) = unquoted(&body[name.len()..]) {
            let value = shorten(&value);
            return Err(format!(
                "has an attribute without quotes in <{name}> ({value}): a Dockerfile lost them"
            ));
        }
        if !VOID.contains(&name.as_str()) && !inside.ends_with('/') {
            open.push(name);
        }
        return Ok(());
    }
    while let Some(last) = open.pop() {
        if last == name {
            return Ok(());
        }
        if !OPTIONAL_END.contains(&last.as_str()) {
            return Err(format!("ends <{name}> inside of <{last}>"));
        }
    }
    Err(format!("ends a <{name}> that it does not begin"))
}

/// The first attribute's value that is not quoted.
fn unquoted(attributes: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some(at) = rest.find('=') {
        let value = rest[at + 1..].trim_start();
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => rest = value[1..].split_once(quote)?.1,
            _ => return Some(value.split_whitespace().next().unwrap_or_default().to_owned()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_as_meant_is_fine() {
        for text in [
            "",
            "plain, with a < b and 1 > 0",
            "<h1>A</h1><p>one<p>two<ul><li>x<li>y</ul><br/><img src='a.png' alt=\"a > b\">",
            "<a href=\"https://example.org?a=b\">x</a><!-- <b> -->",
            "<UL><LI>x</ul>",
        ] {
            assert_eq!(mistake(text), None, "{text}");
        }
    }

    #[test]
    fn what_does_not_is_named() {
        for (text, expected) in [
            ("<b>x", "does not end its <b>"),
            ("<b><i>x</b></i>", "ends <b> inside of <i>"),
            ("x</p>", "ends a <p>"),
            ("<a href=https://example.org>x</a>", "without quotes in <a> (https://example.org)"),
            ("<a href=\"x>y</a>", "does not end the tag <a"),
            ("<a \"x\">y</a>", "stray quote"),
            ("<!-- x", "comment"),
            ("<b <i>", "does not end the tag"),
        ] {
            let found = mistake(text).unwrap_or_default();
            assert!(found.contains(expected), "{text}: {found}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "([<>/='\"a-b !-]|ä|.){0,60}") {
            let _ = mistake(&text);
        }
    }
}
