//! What the tests of the rules share.

use sixfold_image::dockerfile::Dockerfile;
use sixfold_model::finding::Finding;

use crate::check::source::Source;
use crate::fixed::Fixed;

type Rule = fn(&Dockerfile, &Source) -> Vec<Fixed>;

fn found(text: &str, rule: Rule) -> Vec<Finding> {
    let source = Source::new("Dockerfile", text);
    let file = Dockerfile::parse(&source.text).unwrap();
    rule(&file, &source).into_iter().map(|fixed| fixed.finding).collect()
}

/// The codes of what a rule finds.
pub(super) fn codes(text: &str, rule: Rule) -> Vec<&'static str> {
    found(text, rule).iter().map(Finding::code).collect()
}

/// The codes of what a rule finds, each with its line and column.
pub(super) fn places(text: &str, rule: Rule) -> Vec<String> {
    let place = |finding: &Finding| {
        let place = &finding.place;
        format!("{}:{} {}", place.line.unwrap(), place.column.unwrap(), finding.code())
    };
    found(text, rule).iter().map(place).collect()
}
