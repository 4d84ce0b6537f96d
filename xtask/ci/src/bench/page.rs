//! The page with the results. Its prose is written by hand. `cargo ci bench` rewrites only the tables, between markers.

use anyhow::{Result, anyhow};
use camino::Utf8Path;

/// Replaces the table with that name.
pub(crate) fn replace(page: &Utf8Path, name: &str, table: &str) -> Result<()> {
    let text = fs_err::read_to_string(page)?;
    let (start, end) =
        (format!("<!-- {name}: made by cargo ci bench -->\n"), format!("<!-- end of {name} -->\n"));
    let changed = between(&text, &start, &end, table).ok_or_else(|| {
        anyhow!(
            "{page} has no place for this table\nhelp: add the lines {:?} and {:?}",
            start.trim(),
            end.trim()
        )
    })?;
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
    fn only_the_text_between_the_markers_changes() {
        let text = "prose\n<a>\nold\n</a>\nmore\n";
        assert_eq!(between(text, "<a>\n", "</a>\n", "new\n").unwrap(), "prose\n<a>\nnew\n</a>\nmore\n");
        assert_eq!(between(text, "<b>\n", "</b>\n", "new\n"), None);
    }
}
