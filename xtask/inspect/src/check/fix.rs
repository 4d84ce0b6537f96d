//! Mending what has one right answer: edits of the text, shown as a diff, written in one go.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use fs_err as fs;

use super::source::Source;
use sixfold_base::files::PartialFile;
use sixfold_model::finding::Finding;
use sixfold_model::finding::render::{BAD, DIM, GOOD, printable};
use sixfold_model::prebuilt::secrets::scrubbed;
use sixfold_model::text::{Edit, apply};

/// A finding, and the edits of its file that mend it; none where there is no one right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    pub finding: Finding,
    pub edits: Vec<Edit>,
}

impl From<Finding> for Fixed {
    fn from(finding: Finding) -> Self {
        Self { finding, edits: vec![] }
    }
}

/// A file with its edits made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFile {
    pub source: Source,
    /// The new text, lines ending with `\n`.
    pub text: String,
}

/// The files that change, by name.
pub fn fix(sources: &[&Source], found: &[Fixed]) -> Vec<FixedFile> {
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
    /// Writes the file: aside first and then renamed, so that it is never half there. Keeps its permissions.
    pub fn write(&self, root: &Utf8Path) -> Result<()> {
        // A link stays one: the file that it leads to is the one that is replaced.
        let path = fs::canonicalize(root.join(&self.source.name))?;
        let path = Utf8Path::from_path(&path).context("the path is not UTF-8")?;
        let mut file = PartialFile::create(path)?;
        file.write_all(self.source.file_content(&self.text).as_bytes())?;
        file.file().set_permissions(fs::metadata(path)?.permissions())?;
        Ok(file.commit()?)
    }

    /// The changed lines, in the unified form with three lines around them, and without secrets of URLs.
    pub fn diff(&self) -> String {
        diff(&self.source.name, &self.source.text, &self.text)
    }
}

/// One hunk from the first line that differs to the last: edits are few and near each other.
fn diff(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same_start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - same_start;
    let same_end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let start = same_start.saturating_sub(3);
    let around = same_end.min(3);
    let (old_end, new_end) = (old.len() - same_end, new.len() - same_end);
    let mut out = format!(
        "{DIM}--- {name}\n+++ {name}\n@@ -{},{} +{},{} @@{DIM:#}\n",
        start + 1,
        old_end + around - start,
        start + 1,
        new_end + around - start
    );
    // Writing into a string cannot fail.
    let mut line = |sign: char, style: anstyle::Style, text: &str| {
        let _ = writeln!(out, "{style}{sign}{}{style:#}", printable(&scrubbed(text)));
    };
    let plain = anstyle::Style::new();
    old[start..same_start].iter().for_each(|text| line(' ', plain, text));
    for change in changes(&old[same_start..old_end], &new[same_start..new_end]) {
        match change {
            Change::Same(text) => line(' ', plain, text),
            Change::Gone(text) => line('-', BAD, text),
            Change::New(text) => line('+', GOOD, text),
        }
    }
    old[old_end..old_end + around].iter().for_each(|text| line(' ', plain, text));
    out
}

enum Change<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// Keeps a line that both have where it comes next within a few lines; good enough for small edits, and linear.
fn changes<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Change<'a>> {
    const NEAR: usize = 40;
    let (mut i, mut j, mut out) = (0, 0, vec![]);
    while i < old.len() || j < new.len() {
        let steps = (0..NEAR).find_map(|distance| {
            (0..=distance).map(|skip| (skip, distance - skip)).find(|(skip, add)| {
                let pair = (old.get(i + skip), new.get(j + add));
                pair.0.is_some() && pair.0 == pair.1
            })
        });
        let (skip, add) = steps.unwrap_or((old.len() - i, new.len() - j));
        out.extend(old[i..i + skip].iter().map(|line| Change::Gone(line)));
        out.extend(new[j..j + add].iter().map(|line| Change::New(line)));
        (i, j) = (i + skip, j + add);
        if steps.is_some() {
            out.push(Change::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diff_shows_what_changes() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\nG\nh\n";
        let shown = anstream::adapter::strip_str(&diff("x", old, new)).to_string();
        assert_eq!(shown, "--- x\n+++ x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n-g\n+G\n h\n");
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

    proptest::proptest! {
        #[test]
        fn a_diff_leads_from_old_to_new(old in "([abc]\n){0,8}", new in "([abc]\n){0,8}") {
            let (old_lines, new_lines): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
            let (mut from, mut to) = (vec![], vec![]);
            for change in changes(&old_lines, &new_lines) {
                match change {
                    Change::Same(line) => { from.push(line); to.push(line) }
                    Change::Gone(line) => from.push(line),
                    Change::New(line) => to.push(line),
                }
            }
            assert_eq!((from, to), (old_lines, new_lines));
            diff("x", &old, &new);
        }
    }
}
