//! Only the sample mentions the sample. An author replaces it, so nothing else may depend on its name.

use std::collections::BTreeMap;

use camino::Utf8Path;

/// The sample's names.
const NAMES: [&str; 3] = ["system-report", "System Report", "system_report"];

/// Where they may appear: in the sample itself, in what documents it, and in the tests and benchmarks that build it.
const ALLOWED: [&str; 14] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "docs",
    "extension",
    "icon.svg",
    "metadata.json",
    "ui",
    "xtask/ci/src/bench/dist.rs",
    "xtask/ci/src/steps/ui.rs",
    "xtask/ci/tests/e2e/sample.rs",
    "xtask/ci/tests/tidy/sample.rs",
    // Finds what an author has left of it.
    "xtask/inspect/src/check/sample.rs",
];

/// Every line outside of these places that mentions the sample.
pub(crate) fn mentions(texts: &BTreeMap<String, String>) -> Vec<String> {
    let others =
        texts.iter().filter(|(path, _)| !ALLOWED.iter().any(|it| Utf8Path::new(path).starts_with(it)));
    let lines = others.flat_map(|(path, text)| {
        let mentioned = |line: &str| NAMES.iter().any(|name| line.contains(name));
        let lines = text.lines().zip(1..).filter(move |(line, _)| mentioned(line));
        lines.map(move |(line, number)| format!("{path}:{number}: {}", line.trim()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_outside_of_the_sample_is_shown_with_its_line() {
        let text = "fn main() {}\n// System Report\n".to_owned();
        let path = "xtask/tool/src/lib.rs".to_owned();
        let texts = BTreeMap::from([("ui/src/App.tsx".to_owned(), text.clone()), (path, text)]);
        assert_eq!(mentions(&texts), ["xtask/tool/src/lib.rs:2: // System Report"]);
    }

    #[test]
    fn a_name_that_only_begins_like_an_allowed_one_is_not_allowed() {
        let texts = BTreeMap::from([("extensions.rs".to_owned(), "system-report".to_owned())]);
        assert_eq!(mentions(&texts).len(), 1);
    }
}
