//! The programs that build the UI, and the version of Node.js that package.json requires.

use camino::Utf8Path;
use fs_err as fs;
use semver::{Version, VersionReq};
use serde::Deserialize;

use super::health::Health;
use super::version::version;
use crate::ui::{NODE_SCRIPTS, programs};
use sixfold_project::plan::Ui;

#[derive(Default, Deserialize)]
struct Package {
    #[serde(default)]
    engines: Engines,
}

#[derive(Default, Deserialize)]
struct Engines {
    node: Option<String>,
}

/// A check of Node.js if it is needed, and one of each other program.
pub(super) fn health(folder: &Utf8Path, ui: &Ui) -> Vec<(String, Health)> {
    let programs = programs(ui);
    let required = required_node(&ui.dir);
    let mut checks = Vec::new();
    if required.is_some() || programs.contains("node") {
        checks.push(("node".to_owned(), node(version(folder, "node", &["--version"]), required)));
    }
    let others = programs.into_iter().filter(|name| *name != "node");
    checks.extend(others.map(|name| (name.to_owned(), program(folder, name))));
    checks
}

/// The version range in package.json, if there is one.
fn required_node(dir: &Utf8Path) -> Option<String> {
    let text = fs::read_to_string(dir.join("package.json")).ok()?;
    serde_json::from_str::<Package>(&text).ok()?.engines.node
}

fn node(found: Option<String>, required: Option<String>) -> Health {
    let version = required.as_ref().map(|required| format!(" {required}")).unwrap_or_default();
    let help = format!("install Node.js{version}, which includes npm");
    let Some(found) = found else {
        return Health::error("not found; it builds the UI", help);
    };
    let parsed = Version::parse(found.trim_start_matches('v')).ok();
    match parsed.zip(required).and_then(|(version, required)| satisfies(&version, &required)) {
        Some(false) => Health::error(format!("package.json does not allow version {found}"), help),
        _ => Health::Good(found),
    }
}

/// Asks the usual programs for their version. Of another one only its path is known.
fn program(folder: &Utf8Path, name: &str) -> Health {
    let Ok(path) = which::which(name) else {
        return Health::error("not found; it builds the UI", "install it (npm comes with Node.js)");
    };
    if !NODE_SCRIPTS.contains(&name) {
        return Health::Good(format!("found {}", path.display()));
    }
    match version(folder, name, &["--version"]) {
        Some(version) => Health::Good(format!("{version} in {}", path.display())),
        None => Health::error(
            format!("{} does not run; it builds the UI", path.display()),
            format!("run `{name} --version` to see why, or install it again"),
        ),
    }
}

/// Whether the version is in a range in npm's syntax; `None` if the range cannot be parsed.
fn satisfies(version: &Version, range: &str) -> Option<bool> {
    let ranges: Option<Vec<_>> = range.split("||").map(requirement).collect();
    Some(ranges?.iter().any(|range| range.matches(version)))
}

/// Parses a range without `||`. npm separates conditions by spaces where the crate semver wants commas, and to npm a bare
/// version means exactly that version.
fn requirement(range: &str) -> Option<VersionReq> {
    let mut text = String::new();
    for word in range.split_whitespace() {
        let begins = !text.is_empty() && !text.ends_with(['<', '>', '=', '^', '~']);
        text.push_str(if begins { ", " } else { "" });
        let is_bare = word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains(['x', 'X', '*']);
        let is_start = text.is_empty() || text.ends_with(' ');
        text.push_str(if is_bare && is_start { "=" } else { "" });
        text.push_str(word);
    }
    VersionReq::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npm_version_ranges_are_parsed() {
        let fits = |version: &str, range: &str| satisfies(&Version::parse(version).unwrap(), range);
        for (range, good, bad) in [
            ("^20.19.0 || >=22.12.0", ["20.19.0", "24.1.0"], ["20.18.3", "21.9.0"]),
            (">=18", ["18.0.0", "25.0.0"], ["17.9.9", "16.0.0"]),
            (">= 18 <21", ["18.0.0", "20.9.9"], ["21.0.0", "17.0.0"]),
            ("20", ["20.0.0", "20.9.0"], ["21.0.0", "19.0.0"]),
            ("20.1", ["20.1.0", "20.1.9"], ["20.2.0", "20.0.0"]),
            ("20.x", ["20.0.0", "20.9.0"], ["21.0.0", "19.0.0"]),
        ] {
            assert!(good.iter().all(|version| fits(version, range) == Some(true)), "{range}");
            assert!(bad.iter().all(|version| fits(version, range) == Some(false)), "{range}");
        }
        assert_eq!(fits("20.0.0", "18 - 20"), None);
        assert_eq!(fits("20.0.0", "*"), Some(true));
    }
}
