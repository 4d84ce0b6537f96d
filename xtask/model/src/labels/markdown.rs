//! Markdown as the HTML that Docker Desktop shows: headings, lists and paragraphs, and in them code, bold and italic text
//! and links to the web.
//!
//! Raw HTML in the Markdown is shown as text. Links to anything but http(s) and images are reduced to their words.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::text::{Edit, apply};

/// Converts Markdown. A text that begins with `<` is HTML already and is returned as it is.
pub(super) fn html(text: &str) -> String {
    if text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let text = show_definitions(text);
    let mut out = String::new();
    // Whether each open link is written as one.
    let mut links = vec![];
    for event in Parser::new(&text) {
        match event {
            Event::Start(tag) => out += &start(tag, &mut links),
            Event::End(tag) => out += end(tag, &mut links),
            Event::Code(code) => out += &format!("<code>{}</code>", escape(&code)),
            Event::SoftBreak => out.push(' '),
            Event::HardBreak => out += "<br>",
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => out += &escape(&text),
            // A horizontal line, and what only extensions of Markdown have.
            _ => {}
        }
    }
    out
}

/// Markdown drops `[Label]: target` lines because they only say where links lead. One whose target is not an address on
/// the web, such as `[Breaking]: none`, is text that its author wants to show.
fn show_definitions(text: &str) -> String {
    let parser = Parser::new(text);
    let definitions = parser.reference_definitions().iter().map(|(_, definition)| definition);
    let shown = definitions.filter(|definition| !is_web(&definition.dest));
    apply(text, shown.map(|shown| Edit::new(shown.span.start..shown.span.start, "\\")).collect())
}

fn start(tag: Tag<'_>, links: &mut Vec<bool>) -> String {
    let element = match tag {
        Tag::Link { dest_url, .. } => {
            links.push(is_web(&dest_url));
            return if is_web(&dest_url) {
                format!("<a href=\"{}\">", escape(&dest_url))
            } else {
                String::new()
            };
        }
        Tag::List(Some(number)) if number != 1 => return format!("<ol start=\"{number}\">"),
        Tag::List(Some(_)) => "<ol>",
        Tag::List(None) => "<ul>",
        Tag::Heading { level, .. } => match level {
            HeadingLevel::H1 | HeadingLevel::H2 => "<h2>",
            HeadingLevel::H3 => "<h3>",
            _ => "<h4>",
        },
        Tag::Paragraph | Tag::HtmlBlock => "<p>",
        Tag::Item => "<li>",
        Tag::Strong => "<b>",
        Tag::Emphasis => "<i>",
        Tag::CodeBlock(_) => "<pre><code>",
        _ => "",
    };
    element.to_owned()
}

fn end(tag: TagEnd, links: &mut Vec<bool>) -> &'static str {
    match tag {
        TagEnd::Link if links.pop() == Some(true) => "</a>",
        TagEnd::List(true) => "</ol>",
        TagEnd::List(false) => "</ul>",
        TagEnd::Heading(HeadingLevel::H1 | HeadingLevel::H2) => "</h2>",
        TagEnd::Heading(HeadingLevel::H3) => "</h3>",
        TagEnd::Heading(_) => "</h4>",
        TagEnd::Paragraph | TagEnd::HtmlBlock => "</p>",
        TagEnd::Item => "</li>",
        TagEnd::Strong => "</b>",
        TagEnd::Emphasis => "</i>",
        TagEnd::CodeBlock => "</code></pre>",
        _ => "",
    }
}

fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_elements() {
        for (text, expected) in [
            ("### Added\n\n- a\n- b\n", "<h3>Added</h3><ul><li>a</li><li>b</li></ul>"),
            ("One\nline.\n\nAnother.", "<p>One line.</p><p>Another.</p>"),
            (
                "- a\n  goes on\n\n  and on\n- b",
                "<ul><li><p>a goes on</p><p>and on</p></li><li><p>b</p></li></ul>",
            ),
            ("# A\n##### B\nb", "<h2>A</h2><h4>B</h4><p>b</p>"),
            ("Text:\n* a\n\nafter", "<p>Text:</p><ul><li>a</li></ul><p>after</p>"),
            ("- a\n\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
            ("- a\n\n[1.0.0]: https://example.org", "<ul><li>a</li></ul>"),
            ("[Flags]: none", "<p>[Flags]: none</p>"),
            ("#12 is fixed", "<p>#12 is fixed</p>"),
            ("```sh\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
            ("> quoted", "<p>quoted</p>"),
            ("<p>HTML &amp; all</p>\n", "<p>HTML &amp; all</p>\n"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn nested_lists_and_emphasis_are_kept() {
        for (text, expected) in [
            ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
            (
                "1. a\n   - b\n     - c\n2. d",
                "<ol><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ol>",
            ),
            ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"),
            ("- *a* and _b_ and ***c***", "<ul><li><i>a</i> and <i>b</i> and <i><b>c</b></i></li></ul>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn running_text_is_escaped_and_keeps_what_is_not_markup() {
        for (text, expected) in [
            ("`a<b>` & \"c\"", "<code>a&lt;b&gt;</code> &amp; &quot;c&quot;"),
            ("**bold `x`**", "<b>bold <code>x</code></b>"),
            (
                "[the `docs`](https://example.org/?a=\"&b)",
                "<a href=\"https://example.org/?a=&quot;&amp;b\">the <code>docs</code></a>",
            ),
            ("[x](javascript:y) [z](a.md)", "x z"),
            ("x <img src=y onerror=z> <b>w</b>", "x &lt;img src=y onerror=z&gt; &lt;b&gt;w&lt;/b&gt;"),
            ("![a picture](https://example.org/x.png)", "a picture"),
            ("[#1], [two](https://example.org)", "[#1], <a href=\"https://example.org\">two</a>"),
            ("2 * 3 ** `4 ä", "2 * 3 ** `4 ä"),
        ] {
            assert_eq!(html(text), format!("<p>{expected}</p>"), "{text}");
        }
    }

    #[test]
    fn a_block_of_raw_html_is_shown_as_text() {
        assert_eq!(html("x\n\n<script>y</script>\n"), "<p>x</p><p>&lt;script&gt;y&lt;/script&gt;\n</p>");
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_well_formed_html(text in "([-#*`<>\"&\n _!]|1\\. |\\[|\\]|\\]\\(https://|\\)|x|ä){0,40}") {
            let html = html(&format!("x{text}"));
            proptest::prop_assert_eq!(crate::html::mistake(&html), None, "{}", html);
        }
    }
}
