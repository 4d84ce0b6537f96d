//! The page of results: prose by hand, and between markers the tables, which `cargo ci bench` rewrites.

use anyhow::{Context as _, Result};
use camino::Utf8Path;

/// Puts the table in place of the one of that name.
pub fn replace(page: &Utf8Path, name: &str, table: &str) -> Result<()> {
    let text = fs_err::read_to_string(page)?;
    let (start, end) =
        (format!("<!-- {name}: made by cargo ci bench -->\n"), format!("<!-- end of {name} -->\n"));
    let changed = between(&text, &start, &end, table)
        .with_context(|| format!("{page} has no lines {:?} and {:?}: add them", start.trim(), end.trim()))?;
    Ok(fs_err::write(page, changed)?)
}

fn between(text: &str, start: &str, end: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(start)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{start}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let text = "prose\n<a>\nold\n</a>\nmore\n";
        assert_eq!(between(text, "<a>\n", "</a>\n", "new\n").unwrap(), "prose\n<a>\nnew\n</a>\nmore\n");
        assert_eq!(between(text, "<b>\n", "</b>\n", "new\n"), None);
    }
}
