//! Checks that the HTML of a label is well-formed, so that it is shown as its author meant it.
//!
//! Docker Desktop shows two labels as HTML, or as plain text. This is not a validator: which tags are allowed is not documented.

/// Elements without an end tag.
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "input", "source", "wbr"];
/// Elements whose end tag may be left out.
const OPTIONAL_END: [&str; 9] = ["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody"];

/// The first mistake, in words that complete "the HTML …". `None` if there is none.
pub fn mistake(text: &str) -> Option<String> {
    let mut open: Vec<String> = vec![];
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(comment) = tag.strip_prefix("!--") {
            match comment.split_once("-->") {
                Some((_, after)) => rest = after,
                None => return Some("has a comment without an end".into()),
            }
            continue;
        }
        let is_tag = tag.trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_tag {
            // Browsers show a single `<` in a text as it is.
            rest = tag;
            continue;
        }
        let taken = split_tag(tag).and_then(|(inside, after)| take(inside, &mut open).map(|()| after));
        match taken {
            Ok(after) => rest = after,
            Err(message) => return Some(message),
        }
    }
    let left = open.into_iter().rev().find(|name| !OPTIONAL_END.contains(&name.as_str()));
    left.map(|name| format!("has a <{name}> without an end tag"))
}

/// Splits after the end of a tag. Quoted attributes may contain `>`.
fn split_tag(tag: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        let (before, after) = tag.split_at(at);
        match (quote, c) {
            (None, '"' | '\'') if before.trim_end().ends_with('=') => quote = Some(c),
            (None, '"' | '\'') => return Err(format!("has a stray quote in <{}", shorten(tag))),
            (Some(open), c) if c == open => quote = None,
            (None, '>') => return Ok((before, after.strip_prefix('>').unwrap_or_default())),
            (None, '<') => break,
            _ => {}
        }
    }
    Err(format!("has a tag without `>`: <{}", shorten(tag)))
}

fn shorten(tag: &str) -> String {
    tag.chars().take(30).collect()
}

/// Adds one tag to the open ones, or closes one.
fn take(inside: &str, open: &mut Vec<String>) -> Result<(), String> {
    let is_end = inside.starts_with('/');
    let body = inside.trim_start_matches('/').trim_end_matches('/');
    let name: String =
        body.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if !is_end {
        if let Some(value) = unquoted(body.get(name.len()..).unwrap_or_default()) {
            let value = shorten(&value);
            return Err(format!(
                "has an attribute without quotes in <{name}> ({value}), which a Dockerfile has probably lost"
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
            return Err(format!("closes <{name}> inside of <{last}>"));
        }
    }
    Err(format!("closes a <{name}> that is not open"))
}

/// The first attribute value without quotes.
fn unquoted(attributes: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some((_, value)) = rest.split_once('=') {
        let value = value.trim_start();
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => rest = value.strip_prefix(quote)?.split_once(quote)?.1,
            _ => return Some(value.split_whitespace().next().unwrap_or_default().to_owned()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_that_is_shown_as_meant_is_accepted() {
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
    fn a_mistake_is_described() {
        for (text, expected) in [
            ("<b>x", "has a <b> without an end tag"),
            ("<b><i>x</b></i>", "closes <b> inside of <i>"),
            ("x</p>", "closes a <p>"),
            ("<a href=https://example.org>x</a>", "without quotes in <a> (https://example.org)"),
            ("<a href=\"x>y</a>", "has a tag without `>`: <a"),
            ("<a \"x\">y</a>", "stray quote"),
            ("<!-- x", "comment"),
            ("<b <i>", "has a tag without `>`"),
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
