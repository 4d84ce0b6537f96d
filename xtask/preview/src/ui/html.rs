//! Adds to the UI's HTML what the preview needs: our two scripts, before everything else, and the nonce of the response on
//! inline scripts, which the content security policy would block otherwise.
//!
//! Invariant: no secret is written into a page.

use crate::about::About;
use crate::guard::headers::Nonce;

/// The path of the script in `page/`.
pub(crate) const CLIENT_SCRIPT: &str = "/__preview/client.js";

/// The HTML with our scripts and the nonce in it.
pub(crate) fn inject(html: &str, about: &About, nonce: &Nonce) -> String {
    // `<` is the only character in a script that the HTML parser reacts to.
    let about = serde_json::to_string(about).unwrap_or_default().replace('<', "\\u003c");
    let scripts = format!(
        "<script nonce=\"{nonce}\">window.__preview = {about};</script><script nonce=\"{nonce}\" src=\"{CLIENT_SCRIPT}\"></script>"
    );
    let tags = Tags::parse(html);
    let at = tags.head.or(tags.html).or(tags.doctype).unwrap_or(0);
    let mut page = String::with_capacity(html.len() + scripts.len() + 64 * tags.inline_scripts.len());
    let mut done = 0;
    let mut edits: Vec<_> =
        tags.inline_scripts.into_iter().map(|at| (at, format!(" nonce=\"{nonce}\""))).collect();
    edits.push((at, scripts));
    edits.sort_by_key(|(at, _)| *at);
    for (at, text) in edits {
        page.push_str(&html[done..at]);
        page.push_str(&text);
        done = at;
    }
    page.push_str(&html[done..]);
    page
}

/// Byte offsets in the HTML, each directly after a tag or a tag name.
#[derive(Debug, Default, PartialEq)]
struct Tags {
    doctype: Option<usize>,
    html: Option<usize>,
    head: Option<usize>,
    /// After the name of each `script` tag without `src`.
    inline_scripts: Vec<usize>,
}

impl Tags {
    fn parse(html: &str) -> Self {
        let mut tags = Self::default();
        let mut at = 0;
        while let Some(start) = html[at..].find('<').map(|found| at + found) {
            let rest = &html[start..];
            if rest.starts_with("<!--") {
                at = rest.find("-->").map_or(html.len(), |end| start + end + 3);
                continue;
            }
            let end = start + tag_length(rest);
            let name = tag_name(rest);
            at = match name.as_str() {
                "script" | "style" | "textarea" | "title" if end < html.len() => {
                    if name == "script" && !has_src(&html[start..end]) {
                        tags.inline_scripts.push(start + "<script".len());
                    }
                    end + content_length(&html[end..], &name)
                }
                _ => end,
            };
            match name.as_str() {
                "!doctype" => tags.doctype = tags.doctype.or(Some(end)),
                "html" => tags.html = tags.html.or(Some(end)),
                "head" => tags.head = tags.head.or(Some(end)),
                _ => {}
            }
        }
        tags
    }
}

/// The name of the tag that `text` starts with, in lower case.
fn tag_name(text: &str) -> String {
    text[1..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
        .collect::<String>()
        .to_ascii_lowercase()
}

/// The length of the tag, including its final `>`. A `>` in quotes does not end a tag.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// The length of the content of an element that cannot contain tags.
fn content_length(text: &str, name: &str) -> usize {
    let end = format!("</{name}");
    text.to_ascii_lowercase().find(&end).unwrap_or(text.len())
}

/// True if a script tag has the attribute `src`.
fn has_src(tag: &str) -> bool {
    let words = tag.split(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'' || c == '/' || c == '>');
    words.into_iter().any(|word| {
        let word = word.to_ascii_lowercase();
        word == "src" || word.starts_with("src=")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Desktop;
    use proptest::prelude::*;

    fn about(image: &str) -> About {
        About {
            image: image.into(),
            platform: "linux",
            arch: "x64",
            hostname: "here".into(),
            desktop: Desktop::Docker,
            binaries: vec!["tool".into()],
            vm: false,
            docker: true,
        }
    }

    fn injected(html: &str) -> String {
        inject(html, &about("a/b:1"), &Nonce::fixed("N"))
    }

    #[test]
    fn our_scripts_come_first_in_the_head() {
        let page = injected(
            "<!doctype html>\n<!-- <head> -->\n<HTML lang=\"en\"><Head data-x=\">\"><script src=\"/a.js\"></script></head></html>",
        );
        let begin = page.find("<script nonce=\"N\">window.__preview = {").unwrap();
        assert_eq!(page[..begin].rsplit('\n').next().unwrap(), "<HTML lang=\"en\"><Head data-x=\">\">");
        assert!(
            page.contains("<script nonce=\"N\" src=\"/__preview/client.js\"></script><script src=\"/a.js\">"),
            "{page}"
        );
    }

    #[test]
    fn a_page_without_a_head_gets_our_scripts_before_its_own_content() {
        for (html, before) in
            [("<p>", ""), ("<!doctype html><p>", "<!doctype html>"), ("<html><body>", "<html>"), ("", "")]
        {
            assert!(injected(html).starts_with(&format!("{before}<script nonce")), "{html}");
        }
    }

    #[test]
    fn only_inline_scripts_get_the_nonce() {
        let page = injected(
            "<head></head><script type=\"module\">let a = '<script>'</script><script>b</script><script async src=c></script><style>a > b</style>",
        );
        assert!(page.contains("<script nonce=\"N\" type=\"module\">let a = '<script>'</script>"), "{page}");
        assert!(page.contains("<script nonce=\"N\">b</script><script async src=c></script>"), "{page}");
    }

    #[test]
    fn a_value_cannot_end_the_script() {
        let page = inject("<head>", &about("</script><script>alert(1)"), &Nonce::fixed("N"));
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains("\\u003c/script>\\u003cscript>alert(1)"));
    }

    proptest! {
        #[test]
        fn the_rest_of_the_html_stays_unchanged(html in "(<!--|-->|<head>|<script|</script>| src=|>|\"|'|ä|[a-z< ]){0,30}") {
            let page = injected(&html);
            let without = page.replace(" nonce=\"N\"", "");
            let start = without.find("<script>window.__preview").unwrap();
            let end = start + without[start..].find("client.js\"></script>").unwrap() + "client.js\"></script>".len();
            prop_assert_eq!(format!("{}{}", &without[..start], &without[end..]), html);
        }
    }
}
