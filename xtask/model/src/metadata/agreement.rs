//! Whether metadata.json lists exactly the files that the build produces.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail};
use jsonc_parser::ast::{Object, Value};

use super::content::{Listed, Metadata};
use super::found::{Findings, Found};
use super::lints::build::{BINARY_NOT_BUILT, BINARY_NOT_LISTED};
use crate::config_file::CONFIG;
use crate::finding::Place;
use crate::json::{Change, elements, lookup, member, parse, quote, span, string};
use crate::matrix::{Cell, HostOs, ImagePath};
use crate::text::line_column;
use sixfold_base::program::TOOL;

/// A difference between metadata.json and the build.
enum Difference<'a> {
    NotBuilt(&'a Listed),
    NotListed(HostOs, ImagePath),
}

impl Metadata {
    /// Fails unless the file lists exactly the files of these cells. The error shows each difference.
    pub fn agrees_with(&self, cells: &[Cell]) -> Result<()> {
        let differences = self.differences(cells);
        if differences.is_empty() {
            return Ok(());
        }
        let lines: String =
            differences.iter().map(|difference| format!("\n  {}", self.line(difference))).collect();
        bail!(
            "metadata.json and the build differ:{lines}\n\
             help: run `{TOOL} check --fix` to list in metadata.json what is built, or change {} in {CONFIG}",
            CONFIG.table("binaries")
        )
    }

    /// The same as findings. `place` is the file.
    pub fn disagreements(&self, cells: &[Cell], place: &Place) -> Vec<Found> {
        let mut findings = Findings::new(&self.text, place);
        let root = parse(&self.text).ok();
        for difference in self.differences(cells) {
            findings.push(match difference {
                Difference::NotBuilt(listed) => not_built(listed),
                Difference::NotListed(os, path) => self.not_listed(os, &path, root.as_ref()),
            });
        }
        findings.list
    }

    fn differences(&self, cells: &[Cell]) -> Vec<Difference<'_>> {
        let for_hosts = cells.iter().filter_map(|cell| Some((cell.os.host()?, cell.path())));
        let built: BTreeSet<_> = for_hosts.collect();
        let listed: BTreeSet<_> = self.binaries.iter().cloned().collect();
        let not_built =
            self.listed.iter().filter(|listed| !built.contains(&(listed.os, listed.path.clone())));
        let not_listed = built.difference(&listed).cloned();
        not_built
            .map(Difference::NotBuilt)
            .chain(not_listed.map(|(os, path)| Difference::NotListed(os, path)))
            .collect()
    }

    fn line(&self, difference: &Difference<'_>) -> String {
        match difference {
            Difference::NotBuilt(Listed { os, path, at, .. }) => {
                let (line, _) = line_column(&self.text, at.start);
                format!("- {path}  ({os}) is listed in line {line}, but not built")
            }
            Difference::NotListed(os, path) => format!("+ {path}  ({os}) is built, but not listed"),
        }
    }

    fn not_listed(&self, os: HostOs, path: &ImagePath, root: Option<&Value<'_>>) -> Found {
        let place = root.and_then(|root| Some(span(lookup(root, &["host", "binaries"])?)));
        let place = place.or(root.map(span)).unwrap_or_default();
        let message = format!("does not list {path} for {os}, which is built, so no host gets it");
        let help = format!("add {} to host.binaries.{os}", Entry(path));
        let change = root.and_then(|root| add(&self.text, root.as_object()?, os, path));
        Found::new(&BINARY_NOT_LISTED, place, message, help).fixed_by(change)
    }
}

fn not_built(Listed { os, path, at, entry, .. }: &Listed) -> Found {
    let message = format!("lists {path} for {os}, which is not built");
    let help = format!("remove it, or configure it in {}", CONFIG.table("binaries"));
    Found::new(&BINARY_NOT_BUILT, at.clone(), message, help).fixed_by(Change::Remove(entry.clone()))
}

/// An entry of `host.binaries` in the usual style.
struct Entry<'a>(&'a ImagePath);

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{ \"path\": {} }}", quote(self.0.as_str()))
    }
}

/// One step towards listing the path. If a list is missing, the step adds the list, and the next round of fixes fills it.
fn add(text: &str, root: &Object<'_>, os: HostOs, path: &ImagePath) -> Option<Change> {
    const EMPTY: &str = r#"{ "darwin": [], "windows": [], "linux": [] }"#;
    let Some(host) = member(root, "host") else {
        let value = format!("{{ \"binaries\": [{EMPTY}] }}");
        return Some(Change::AddMember { object: span(root), key: "host".into(), value });
    };
    let host = host.as_object()?;
    let Some(binaries) = member(host, "binaries") else {
        let value = format!("[{EMPTY}]");
        return Some(Change::AddMember { object: span(host), key: "binaries".into(), value });
    };
    let array = binaries.as_array()?;
    let mut objects = array.elements.iter().filter_map(Value::as_object);
    let object = objects.clone().find(|object| lists_same_binary(object, path)).or_else(|| objects.next());
    let Some(object) = object else {
        return Some(Change::AddElement { array: span(array), value: EMPTY.into() });
    };
    // A missing key is added by the lint that reports it.
    let list = member(object, os.as_str())?.as_array()?;
    let value = list.elements.last().and_then(|last| like(text, last, path));
    let value = value.unwrap_or_else(|| Entry(path).to_string());
    Some(Change::AddElement { array: span(list), value })
}

/// An entry in the style of another one, if that has only a `path`.
fn like(text: &str, last: &Value<'_>, path: &ImagePath) -> Option<String> {
    let last = last.as_object().filter(|last| last.properties.len() == 1)?;
    let old = span(member(last, "path")?);
    let last = span(last);
    Some(format!(
        "{}{}{}",
        text.get(last.start..old.start)?,
        quote(path.as_str()),
        text.get(old.end..last.end)?
    ))
}

/// True if the object lists the same binary for another system.
fn lists_same_binary(object: &Object<'_>, path: &ImagePath) -> bool {
    let stem = |name: &str| name.trim_end_matches(".exe").to_owned();
    let wanted = stem(path.base_name());
    let files = HostOs::ALL.iter().filter_map(|os| member(object, os.as_str())).flat_map(elements);
    files
        .filter_map(|file| string(member(file.as_object()?, "path")?))
        .any(|written| stem(written.rsplit('/').next().unwrap_or_default()) == wanted)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::matrix::Platform;
    use crate::text::apply;

    fn metadata(text: &str) -> Metadata {
        read(text.as_bytes(), &Place::path("metadata.json")).metadata.unwrap()
    }

    fn darwin(path: &str) -> Metadata {
        metadata(&binaries(&format!(r#"[{{"darwin": [{{"path": "{path}"}}]}}]"#)))
    }

    fn cells() -> Vec<Cell> {
        Platform::ALL.map(|platform| Cell::of("tool", HostOs::Darwin, platform)).to_vec()
    }

    #[test]
    fn absolute_and_relative_paths_agree_with_the_build() {
        darwin("/darwin/tool").agrees_with(&cells()).unwrap();
        darwin("darwin/tool").agrees_with(&cells()).unwrap();
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let error = darwin("/darwin/tol").agrees_with(&cells()).unwrap_err().to_string();
        assert!(error.contains("- /darwin/tol  (darwin) is listed in line 1, but not built"), "{error}");
        assert!(error.contains("+ /darwin/tool  (darwin) is built, but not listed"), "{error}");
    }

    fn binaries(text: &str) -> String {
        format!("{{\"host\": {{\"binaries\": {text}}}}}")
    }

    fn fixed(text: &str) -> String {
        let cells: Vec<_> =
            [HostOs::Darwin, HostOs::Windows].map(|os| Cell::of("tool", os, Platform::ALL[0])).into();
        let mut text = text.to_owned();
        for _ in 0..5 {
            let found = metadata(&text).disagreements(&cells, &Place::path("metadata.json"));
            text = apply(&text, found.iter().flat_map(|found| found.edits(&text)).collect());
        }
        text
    }

    #[test]
    fn a_fix_lists_what_is_built() {
        assert_eq!(
            fixed(&binaries(r#"[{"darwin": [{"path":"/darwin/tol"}], "windows": [], "linux": []}]"#)),
            binaries(
                r#"[{"darwin": [{ "path": "/darwin/tool" }], "windows": [{ "path": "/windows/tool.exe" }], "linux": []}]"#
            ),
        );
        assert_eq!(
            fixed("{}"),
            r#"{"host": { "binaries": [{ "darwin": [{ "path": "/darwin/tool" }], "windows": [{ "path": "/windows/tool.exe" }], "linux": [] }] }}"#
        );
        let sound = fixed("{}");
        assert_eq!(fixed(&sound), sound);
    }
}
