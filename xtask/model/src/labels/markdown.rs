//! Markdown as the HTML that Docker Desktop shows: headings, lists and paragraphs, and in them code, bold text and links
//! to the web. Anything else stays as it is written, and lists inside of lists become items of the outer one.

/// A text that begins with a tag is HTML already.
pub(super) fn html(text: &str) -> String {
    if text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let mut blocks = Blocks::default();
    text.lines().for_each(|line| blocks.line(line));
    blocks.begin("", "", "");
    blocks.html
}

#[derive(Default)]
struct Blocks {
    html: String,
    /// What the open block says so far: its lines are one text.
    text: String,
    /// What ends the open block.
    end: &'static str,
    is_after_blank: bool,
}

impl Blocks {
    fn line(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() || is_address(text) {
            self.is_after_blank = true;
            return;
        }
        let is_apart = std::mem::take(&mut self.is_after_blank) && !line.starts_with([' ', '\t']);
        match text.split_once(' ').map(|(mark, rest)| (mark, rest.trim())) {
            Some(("-" | "*" | "+", item)) => self.begin("<ul><li>", item, "</li></ul>"),
            Some((mark, item)) if is_number(mark) => self.begin("<ol><li>", item, "</li></ol>"),
            Some(("#" | "##", title)) => self.begin("<h2>", title, "</h2>"),
            Some(("###", title)) => self.begin("<h3>", title, "</h3>"),
            Some((mark, title)) if mark.bytes().all(|b| b == b'#') => self.begin("<h4>", title, "</h4>"),
            _ if is_apart || self.end.is_empty() || self.end.starts_with("</h") => {
                self.begin("<p>", text, "</p>");
            }
            _ => self.text += &format!(" {text}"),
        }
    }

    /// Ends the open block and begins another; an item after one of its kind goes on with the list.
    fn begin(&mut self, start: &str, text: &str, end: &'static str) {
        self.html += &inline(&std::mem::take(&mut self.text));
        let goes_on = self.end == end && end.starts_with("</li>");
        self.html += &if goes_on { "</li><li>".to_owned() } else { format!("{}{start}", self.end) };
        text.clone_into(&mut self.text);
        self.end = end;
    }
}

/// Whether the line only says where a `[1.1.0]` elsewhere leads, which is nothing to show.
fn is_address(line: &str) -> bool {
    let parts = line.strip_prefix('[').and_then(|line| line.split_once("]: "));
    parts.is_some_and(|(label, to)| !label.contains(']') && to.trim_start_matches('<').starts_with("http"))
}

fn is_number(mark: &str) -> bool {
    mark.strip_suffix('.').is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Running text.
fn inline(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        html += &escape(&rest[..at]);
        let (element, after) =
            element(&rest[at..]).unwrap_or_else(|| (rest[at..=at].to_owned(), &rest[at + 1..]));
        html += &element;
        rest = after;
    }
    html + &escape(rest)
}

/// The element that a text begins with, and what follows it.
fn element(text: &str) -> Option<(String, &str)> {
    if let Some((code, after)) = text.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        return Some((format!("<code>{}</code>", escape(code)), after));
    }
    if let Some((bold, after)) = text.strip_prefix("**").and_then(|rest| rest.split_once("**")) {
        return Some((format!("<b>{}</b>", inline(bold)), after));
    }
    let (words, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    let is_link = address.starts_with("https://") || address.starts_with("http://");
    (is_link && !words.contains('['))
        .then(|| (format!("<a href=\"{}\">{}</a>", escape(address), inline(words)), after))
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
            ("- a\n  goes on\n\n  and on\n- b", "<ul><li>a goes on and on</li><li>b</li></ul>"),
            ("- a\n  - b\n- c", "<ul><li>a</li><li>b</li><li>c</li></ul>"),
            ("# A\n##### B\nb", "<h2>A</h2><h4>B</h4><p>b</p>"),
            ("Text:\n* a\n\nafter", "<p>Text:</p><ul><li>a</li></ul><p>after</p>"),
            ("- a\n\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
            ("- a\n\n[1.0.0]: https://example.org", "<ul><li>a</li></ul>"),
            ("[Flags]: none", "<p>[Flags]: none</p>"),
            ("#12 is mended", "<p>#12 is mended</p>"),
            ("<p>HTML &amp; all</p>\n", "<p>HTML &amp; all</p>\n"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn running_text_is_escaped_and_keeps_what_is_no_markup() {
        for (text, expected) in [
            ("`a<b>` & \"c\"", "<code>a&lt;b&gt;</code> &amp; &quot;c&quot;"),
            ("**bold `x`**", "<b>bold <code>x</code></b>"),
            (
                "[the `docs`](https://example.org/?a=\"&b)",
                "<a href=\"https://example.org/?a=&quot;&amp;b\">the <code>docs</code></a>",
            ),
            ("[x](javascript:y) [z](a.md)", "[x](javascript:y) [z](a.md)"),
            ("[#1], [two](https://example.org)", "[#1], <a href=\"https://example.org\">two</a>"),
            ("2 * 3 ** `4 ä", "2 * 3 ** `4 ä"),
        ] {
            assert_eq!(inline(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_well_formed_html(text in "([-#*`<>\"&\n ]|1\\. |\\[|\\]|\\]\\(https://|\\)|x|ä){0,40}") {
            let html = html(&format!("x{text}"));
            proptest::prop_assert_eq!(crate::html::mistake(&html), None, "{}", html);
        }
    }
}
