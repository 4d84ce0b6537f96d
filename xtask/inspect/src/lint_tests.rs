//! docs/lints.md explains every lint, and nothing else.

use std::collections::BTreeSet;

#[test]
fn every_lint_has_one_heading_in_the_docs() {
    let docs = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lints.md")).unwrap();
    let mut codes = BTreeSet::new();
    for lint in crate::inspection::lints().chain(crate::check::lints()) {
        assert!(codes.insert(lint.code), "two lints have the code {}", lint.code);
        let heading = format!("\n### `{}` ({}", lint.code, lint.severity.as_str());
        assert!(docs.contains(&heading), "docs/lints.md lacks {heading}");
    }
    assert_eq!(docs.matches("\n### `").count(), codes.len(), "docs/lints.md has headings without a lint");
}
