//! The configuration as far as it is known, where each value comes from, and what could not be determined.

use std::fmt::Write as _;

use serde::Serialize;
use sixfold_model::config_file::ConfigFile;
use sixfold_model::finding::Place;
use toml::Value;

/// The fields of the package, which have a place of their own in Cargo.toml.
const PACKAGE: [&str; 4] = ["version", "description", "license", "repository"];
/// The tables in the order of the documentation. Those of single binaries follow `labels`.
const TABLES: [&str; 3] = ["", "ui", "labels"];

/// Keys and values of a table.
pub(super) type Entries = Vec<(String, Value)>;

/// An entry of a table.
pub(super) fn entry(key: &str, value: impl Into<Value>) -> (String, Value) {
    (key.to_owned(), value.into())
}

#[derive(Debug, Default)]
pub(super) struct Draft {
    tables: Vec<(String, Entries)>,
    /// The tables of the list `files`.
    files: Vec<Entries>,
    pub found: Vec<Found>,
    pub missing: Vec<Missing>,
}

/// A value that was found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub what: String,
    pub value: String,
    pub from: String,
}

/// A value that was not found.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    pub what: String,
    pub message: String,
    pub help: String,
    /// Nothing can be built without it.
    pub is_needed: bool,
}

impl Draft {
    /// Sets a key, and says where its value comes from.
    pub(super) fn set(&mut self, table: &str, key: &str, value: impl Into<Value>, from: &Place) {
        let value = value.into();
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let what = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
        self.say(&what, &shown, from);
        self.add(table, vec![entry(key, value)]);
    }

    /// Says what was found, and where.
    pub(super) fn say(&mut self, what: &str, value: &str, from: &Place) {
        let place = Place { label: None, ..from.clone() };
        self.found.push(Found { what: what.to_owned(), value: value.to_owned(), from: place.to_string() });
    }

    /// Adds keys to a table.
    pub(super) fn add(&mut self, table: &str, entries: Entries) {
        match self.tables.iter_mut().find(|(name, _)| name == table) {
            Some((_, all)) => all.extend(entries),
            None => self.tables.push((table.to_owned(), entries)),
        }
    }

    /// Adds an entry to the list `files`.
    pub(super) fn add_file(&mut self, entries: Entries) {
        self.files.push(entries);
    }

    pub(super) fn has(&self, table: &str, key: &str) -> bool {
        let entries = self.tables.iter().filter(|(name, _)| name == table).flat_map(|(_, entries)| entries);
        entries.into_iter().any(|(name, _)| name == key)
    }

    /// Something that is worth a look, but without which the extension can be built.
    pub(super) fn lacks(&mut self, what: &str, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), help.into());
        self.missing.push(Missing { what: what.to_owned(), message, help, is_needed: false });
    }

    /// Something without which the extension cannot be built.
    pub(super) fn needs(&mut self, what: &str, message: impl Into<String>, help: impl Into<String>) {
        self.lacks(what, message, help);
        self.missing.iter_mut().next_back().into_iter().for_each(|missing| missing.is_needed = true);
    }

    /// The text of the tables in a file of this form.
    pub(super) fn text(&self, file: ConfigFile) -> String {
        let mut out = String::new();
        let others = self.tables.iter().map(|(name, _)| name.as_str()).filter(|name| !TABLES.contains(name));
        for name in TABLES.into_iter().chain(others) {
            let mut entries: Vec<_> = self.entries(name, file).collect();
            let order = |key: &str| PACKAGE.iter().position(|other| *other == key).unwrap_or(PACKAGE.len());
            if name.is_empty() {
                entries.sort_by_key(|(key, _)| order(key));
            }
            let keys = file.keys(&name.split('.').filter(|part| !part.is_empty()).collect::<Vec<_>>());
            if !entries.is_empty() || name.starts_with("binaries.") {
                let header = (!keys.is_empty()).then(|| format!("[{}]", keys.join(".")));
                table(&mut out, header.as_deref(), entries);
            }
        }
        let header = format!("[[{}]]", file.keys(&["files"]).join("."));
        for entries in &self.files {
            table(&mut out, Some(&header), entries.iter());
        }
        out
    }

    /// The keys of a table. In Cargo.toml, the fields of the package are elsewhere, and the description is a label.
    fn entries<'a>(&'a self, table: &'a str, file: ConfigFile) -> impl Iterator<Item = &'a (String, Value)> {
        let is_cargo = file == ConfigFile::CargoToml;
        let own = self.tables.iter().filter(move |(name, _)| name == table).flat_map(|(_, entries)| entries);
        let own = own.filter(move |(key, _)| !(is_cargo && PACKAGE.contains(&key.as_str())));
        let moved = self.tables.iter().filter(move |(name, _)| is_cargo && name.is_empty());
        let is_labels = table == "labels";
        let moved = moved.flat_map(|(_, entries)| entries);
        own.chain(moved.filter(move |(key, _)| is_labels && key == "description"))
    }
}

fn table<'a>(out: &mut String, header: Option<&str>, entries: impl IntoIterator<Item = &'a (String, Value)>) {
    out.push_str(if out.is_empty() { "" } else { "\n" });
    // Writing into a string cannot fail.
    let _ = header.map(|header| writeln!(out, "{header}"));
    for (key, value) in entries {
        let _ = writeln!(out, "{key} = {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_have_the_same_values() {
        let mut draft = Draft::default();
        let from = Place::path("Dockerfile");
        draft.set("labels", "title", "A \"title\"", &from);
        draft.set("", "version", "1.0.0", &from);
        draft.set("", "description", "Does it", &from);
        draft.set("", "image", "a/b", &from);
        draft.add("binaries.tool", vec![entry("hosts", vec!["linux"])]);
        draft.add_file(vec![entry("from", "run.sh")]);
        insta::assert_snapshot!(draft.text(ConfigFile::ExtensionToml));
        insta::assert_snapshot!(draft.text(ConfigFile::CargoToml));
    }
}
