//! docs/adopting.md shows the files of the extensions in xtask/ci/tests/e2e/fixtures/adopted, which are built and pushed.

use std::collections::BTreeMap;

const FIXTURES: &str = "xtask/ci/tests/e2e/fixtures/adopted/";
const PAGE: &str = "docs/adopting.md";

/// The files whose content is not in the page.
pub(crate) fn missing(texts: &BTreeMap<String, String>) -> Vec<String> {
    let page = &texts[PAGE];
    let is_shown = |path: &str| path.ends_with("/extension.toml") || path.ends_with("/Dockerfile");
    let files: Vec<_> =
        texts.iter().filter(|(path, _)| path.starts_with(FIXTURES) && is_shown(path)).collect();
    assert!(!files.is_empty(), "found no file in {FIXTURES}");
    let differs = |text: &str| !page.contains(&indented(text));
    files
        .iter()
        .filter(|(_, text)| differs(text))
        .map(|(path, _)| format!("{PAGE} does not show {path}"))
        .collect()
}

fn indented(text: &str) -> String {
    let indent = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    text.lines().map(indent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_from_the_page_is_named() {
        let file = format!("{FIXTURES}go/extension.toml");
        let texts = |page: &str| {
            BTreeMap::from([(PAGE.to_owned(), page.to_owned()), (file.clone(), "a\n\nb\n".to_owned())])
        };
        assert_eq!(missing(&texts("# Page\n\n    a\n\n    b\n")), Vec::<String>::new());
        assert_eq!(missing(&texts("    a\n    c\n")), [format!("{PAGE} does not show {file}")]);
    }
}
