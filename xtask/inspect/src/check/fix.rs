//! Fixes whatever has exactly one right answer: edits files in memory, shows a diff, and writes each file atomically.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use anstyle::Style;
use anyhow::{Context as _, Result};
use camino::Utf8Path;
use fs_err as fs;
use similar::{Change, ChangeTag, TextDiff};

use super::source::Source;
use crate::fixed::Fixed;
use sixfold_base::files::PartialFile;
use sixfold_model::finding::render::{BAD, DIM, GOOD, printable};
use sixfold_model::prebuilt::secrets::scrubbed;
use sixfold_model::text::{Edit, apply};

/// After this time, a diff may be longer than necessary.
const DIFF_TIME: Duration = Duration::from_secs(1);

/// A file with its edits applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFile {
    pub source: Source,
    /// The new text, with `\n` line endings.
    pub text: String,
}

/// Applies the edits of all findings, and returns the files that change.
pub(super) fn fix(sources: &[&Source], found: &[Fixed]) -> Vec<FixedFile> {
    let mut edits: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
    for fixed in found {
        if let Some(path) = fixed.finding.place.path.as_deref() {
            edits.entry(path).or_default().extend(fixed.edits.iter().cloned());
        }
    }
    let fixed = sources.iter().filter_map(|source| {
        let text = apply(&source.text, edits.remove(source.name.as_str())?);
        (text != source.text).then(|| FixedFile { source: (*source).clone(), text })
    });
    fixed.collect()
}

impl FixedFile {
    /// Writes a temporary file and renames it, so that the file is always complete. Keeps the permissions.
    pub fn write(&self, root: &Utf8Path) -> Result<()> {
        // If the file is a symbolic link, its target is replaced and the link stays.
        let path = fs::canonicalize(root.join(&self.source.name))?;
        let path = Utf8Path::from_path(&path).context("the path is not UTF-8")?;
        let mut file = PartialFile::create(path)?;
        file.write_all(self.content().as_bytes())?;
        file.file().set_permissions(fs::metadata(path)?.permissions())?;
        Ok(file.commit()?)
    }

    /// The new content of the file, with its own line endings.
    pub fn content(&self) -> String {
        self.source.file_content(&self.text)
    }

    /// A unified diff with three lines of context, coloured, without control characters and without secrets in URLs.
    pub fn diff(&self) -> String {
        diff(&self.source.name, &self.source.text, &self.text)
    }
}

fn diff(name: &str, old: &str, new: &str) -> String {
    let lines = TextDiff::configure().timeout(DIFF_TIME).diff_lines(old, new);
    let mut out = format!("{DIM}--- {name}\n+++ {name}{DIM:#}\n");
    for hunk in lines.unified_diff().context_radius(3).iter_hunks() {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{DIM}{}{DIM:#}", hunk.header());
        hunk.iter_changes().for_each(|change| out.push_str(&line(&change)));
    }
    out
}

fn line(change: &Change<&str>) -> String {
    let style = match change.tag() {
        ChangeTag::Equal => Style::new(),
        ChangeTag::Delete => BAD,
        ChangeTag::Insert => GOOD,
    };
    let text = change.value().trim_end_matches('\n');
    let end = if change.missing_newline() { "\\ No newline at end of file\n" } else { "" };
    format!("{style}{}{}{style:#}\n{end}", change.tag(), printable(&scrubbed(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_diff(old: &str, new: &str) -> String {
        anstream::adapter::strip_str(&diff("x", old, new)).to_string()
    }

    #[test]
    fn the_diff_shows_what_changes() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\nG\nh\n";
        assert_eq!(
            plain_diff(old, new),
            "--- x\n+++ x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n-g\n+G\n h\n"
        );
    }

    #[test]
    fn the_diff_says_where_a_newline_is_missing() {
        let expected = "--- x\n+++ x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n";
        assert_eq!(plain_diff("a", "a\n"), expected);
    }

    #[test]
    fn the_diff_shows_no_secrets() {
        let old = "url = \"https://me:s3cret@dl.example/tool?token=s3cret\"\nsha256 = \"a\"\n";
        let shown = diff("x", old, &old.replace("\"a\"", "\"b\""));
        assert!(
            shown.contains(" url = \"https://dl.example/tool?…\"") && !shown.contains("s3cret"),
            "{shown}"
        );
    }

    #[test]
    fn the_diff_has_no_control_characters() {
        assert!(plain_diff("a\u{7}\n", "b\u{1b}[2J\n").contains("-a\\u{7}\n+b\\u{1b}[2J\n"));
    }

    /// Applies a unified diff without styles, as `patch` does.
    fn patch(old: &str, diff: &str) -> String {
        let (mut rest, mut new) = (old.lines(), vec![]);
        let mut done = 0;
        for line in diff.lines().skip(2) {
            match (line.get(..1), line.get(1..)) {
                (Some("@"), _) => {
                    let from = line.split(['-', ',', ' ']).nth(2).unwrap();
                    let count: usize =
                        line.split(' ').nth(1).unwrap().split(',').nth(1).map_or(1, |it| it.parse().unwrap());
                    let from: usize = from.parse().unwrap();
                    let start = if count == 0 { from } else { from - 1 };
                    new.extend(rest.by_ref().take(start - done));
                    done = start;
                }
                (Some("+"), Some(text)) => new.push(text),
                (Some(sign), Some(text)) => {
                    assert_eq!(rest.next(), Some(text), "{diff}");
                    new.extend((sign == " ").then_some(text));
                    done += 1;
                }
                _ => panic!("{diff}"),
            }
        }
        new.extend(rest);
        new.into_iter().map(|line| format!("{line}\n")).collect()
    }

    proptest::proptest! {
        #[test]
        fn the_diff_turns_the_old_text_into_the_new_one(old in "([abc]\n){0,30}", new in "([abc]\n){0,30}") {
            assert_eq!(patch(&old, &plain_diff(&old, &new)), new);
        }
    }
}
