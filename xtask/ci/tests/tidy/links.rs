//! Relative links in the documentation lead to a file of the repository and, with `#anchor`, to a heading in it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Every link of the pages that leads nowhere. `exists` answers for a path that is relative to the repository's root.
pub(crate) fn dead(pages: &BTreeMap<String, String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut dead = Vec::new();
    for (page, text) in pages {
        for (line, target) in relative_links(text) {
            if let Err(reason) = follow(pages, page, &target, &exists) {
                dead.push(format!("{page}:{line}: ({target}): {reason}"));
            }
        }
    }
    dead
}

fn follow(
    pages: &BTreeMap<String, String>,
    page: &str,
    target: &str,
    exists: &impl Fn(&str) -> bool,
) -> Result<(), String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let path = if path.is_empty() { page.to_owned() } else { beside(page, path) };
    if !exists(&path) {
        return Err(format!("the repository has no {path}"));
    }
    match (anchor, pages.get(&path)) {
        (Some(anchor), Some(text)) if !anchors(text).contains(anchor) => {
            Err(format!("{path} has no heading #{anchor}"))
        }
        _ => Ok(()),
    }
}

/// The path of a link, from the repository's root on.
fn beside(page: &str, link: &str) -> String {
    let mut path = Utf8PathBuf::new();
    let folder = Utf8Path::new(page).parent().unwrap_or(Utf8Path::new(""));
    for component in folder.join(link).components() {
        match component {
            Utf8Component::ParentDir => drop(path.pop()),
            Utf8Component::CurDir => {}
            other => path.push(other),
        }
    }
    path.components().map(|component| component.as_str()).collect::<Vec<_>>().join("/")
}

/// The targets of links and images, with their lines; those with a scheme, such as `https:`, are left out.
fn relative_links(text: &str) -> Vec<(usize, String)> {
    let events = Parser::new(text).into_offset_iter();
    let links = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            let line = 1 + text[..range.start].matches('\n').count();
            Some((line, dest_url.into_string()))
        }
        _ => None,
    });
    links.filter(|(_, target)| !target.contains(':')).collect()
}

/// The anchors that a Markdown renderer makes of the headings: of two that are equal, the second ends with `-1`.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::Text(part) | Event::Code(part), Some(heading)) => heading.push_str(&part),
            (Event::End(TagEnd::Heading(_)), Some(text)) => {
                let anchor = slug(text);
                let numbered = (1..).map(|number| format!("{anchor}-{number}"));
                let mut names = std::iter::once(anchor.clone()).chain(numbered);
                anchors.extend(names.find(|name| !anchors.contains(name)));
                heading = None;
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let letters = heading.trim().to_lowercase();
    let kept = letters.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead_links(text: &str) -> Vec<String> {
        let other = "# Other page\n\n## `mode` (error, only in `dist`)\n\n## Twice\n\n## Twice\n";
        let pages = BTreeMap::from([
            ("docs/page.md".to_owned(), text.to_owned()),
            ("docs/other.md".to_owned(), other.to_owned()),
        ]);
        dead(&pages, |path| pages.contains_key(path) || path == "src/lib.rs")
    }

    #[test]
    fn files_anchors_and_addresses_resolve() {
        let text = "# Here\n[a](other.md) [b](../src/lib.rs) [c](#here) [d](https://example.org)\n\
                    [e](other.md#mode-error-only-in-dist) [f](other.md#twice-1)\n\n    [code](gone.md)\n";
        assert_eq!(dead_links(text), Vec::<String>::new());
    }

    #[test]
    fn a_dead_file_is_reported_with_its_line() {
        assert_eq!(
            dead_links("# Here\n\n[a](gone.md)"),
            ["docs/page.md:3: (gone.md): the repository has no docs/gone.md"]
        );
    }

    #[test]
    fn a_dead_anchor_is_reported() {
        assert_eq!(
            dead_links("[a](other.md#thrice)"),
            ["docs/page.md:1: (other.md#thrice): docs/other.md has no heading #thrice"]
        );
        assert_eq!(dead_links("[a](#gone)").len(), 1);
    }
}
