//! Findings for people: grouped text of at most 80 columns for a terminal, and Markdown for a CI summary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::item::Finding;
use super::lint::Severity;
use super::place::Place;

/// The most places to show for one message. JSON has them all.
const PLACES: usize = 50;
/// The width of text output, in characters.
pub const WIDTH: usize = 80;

/// Success.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Warnings.
pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// Errors.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Details.
pub const DIM: Style = Style::new().dimmed();

impl Severity {
    /// The style of this severity in a terminal.
    pub const fn style(self) -> Style {
        match self {
            Self::Note => DIM,
            Self::Warning => WARN,
            Self::Error => BAD,
        }
    }
}

/// Findings that differ only in their place.
struct Group<'a> {
    finding: &'a Finding,
    places: Vec<&'a Place>,
}

/// Groups the findings. The groups are in the order of their first findings.
fn groups<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = vec![];
    let mut known: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for finding in findings {
        let at = *known.entry((finding.code(), &finding.message, &finding.help)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.places.push(&finding.place),
            None => groups.push(Group { finding, places: vec![&finding.place] }),
        }
    }
    groups
}

/// Text for a terminal, a paragraph for each group. It contains colours; the output stream removes them if necessary.
pub fn text<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut out = String::new();
    for Group { finding, places } in groups(findings) {
        let style = finding.severity.style();
        // Writing into a string cannot fail, here and below.
        let _ = writeln!(out, "{style}{}[{}]{style:#}", finding.severity.as_str(), finding.code());
        for place in merge(&places) {
            out.push_str(&wrap(&place, "  "));
        }
        out.push_str(&wrap(&printable(&finding.message), "    "));
        if !finding.help.is_empty() {
            out.push_str(&wrap(&format!("help: {}", printable(&finding.help)), "    "));
        }
    }
    out
}

/// A Markdown list for a CI summary.
pub fn markdown<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut out = String::new();
    for Group { finding, places } in groups(findings) {
        let places: Vec<_> =
            merge(&places).iter().map(|place| format!("`{}`", place.replace('`', "'"))).collect();
        let message = escape(&finding.message);
        let _ = write!(
            out,
            "- **{}** `{}` {}: {message}",
            finding.severity.as_str(),
            finding.code(),
            places.join(", ")
        );
        if !finding.help.is_empty() {
            let _ = write!(out, ". Help: {}", escape(&finding.help));
        }
        out.push('\n');
    }
    out
}

/// The places as text. A path that both platforms have is one place.
fn merge(places: &[&Place]) -> Vec<String> {
    let mut merged: Vec<(Place, Vec<String>)> = vec![];
    let mut known: BTreeMap<Place, usize> = BTreeMap::new();
    for place in places {
        let bare = Place { platform: None, ..(*place).clone() };
        let Some(platform) = place.platform.map(|platform| platform.to_string()) else {
            merged.push((bare, vec![]));
            continue;
        };
        let at = *known.entry(bare.clone()).or_insert(merged.len());
        match merged.get_mut(at) {
            Some((_, platforms)) => platforms.push(platform),
            None => merged.push((bare, vec![platform])),
        }
    }
    let text = |(place, platforms): &(Place, Vec<String>)| match platforms.as_slice() {
        [] => printable(&place.to_string()),
        platforms => format!("{} in {}", printable(&place.to_string()), platforms.join(" and ")),
    };
    let more = merged.len().saturating_sub(PLACES);
    let more = (more > 0).then(|| format!("and {more} more"));
    merged.iter().take(PLACES).map(text).chain(more).collect()
}

/// Escapes control characters. Names in an image are untrusted, and could otherwise move the cursor or change colours.
pub fn printable(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Escapes everything that has a meaning in Markdown. The result is one line.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Breaks a text into indented lines of at most [`WIDTH`] characters. A longer word is not broken, so that a path can be
/// copied.
pub fn wrap(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let used = indent.len() + line.chars().count();
        if !line.is_empty() && used + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{indent}{line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "{indent}{line}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::lint::Lint;
    use crate::matrix::Platform;

    static LINT: Lint = Lint { code: "some-code", severity: Severity::Warning };

    fn findings() -> Vec<Finding> {
        Platform::ALL
            .map(|platform| {
                let place = Place::path("/darwin/tool\u{1b}[31m").on(platform);
                Finding::new(&LINT, place, "is *not* what it should be, ".repeat(4), "put it back")
            })
            .to_vec()
    }

    #[test]
    fn text_is_grouped_and_fits_the_width() {
        let text = anstream::adapter::strip_str(&text(&findings())).to_string();
        assert_eq!(text.lines().next(), Some("warning[some-code]"));
        assert_eq!(text.lines().nth(1), Some("  /darwin/tool\\u{1b}[31m in linux/amd64 and linux/arm64"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("put it back").count(), 1);
    }

    #[test]
    fn many_places_are_shown_in_part() {
        let places = (0..60_000).map(|number| Place::path(number / 2).on(Platform::ALL[number % 2]));
        let findings: Vec<_> = places.map(|place| Finding::new(&LINT, place, "is wrong", "")).collect();
        let text = text(&findings);
        assert!(text.contains("49 in linux/amd64 and linux/arm64\n"), "{text}");
        assert!(text.contains("and 29950 more\n") && text.lines().count() < 60, "{text}");
    }

    #[test]
    fn markdown_is_escaped() {
        let text = markdown(&findings()[..1]);
        assert!(
            text.starts_with(
                "- **warning** `some-code` `/darwin/tool\\u{1b}[31m in linux/amd64`: is \\*not\\*"
            ),
            "{text}"
        );
    }
}
