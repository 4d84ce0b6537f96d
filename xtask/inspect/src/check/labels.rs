//! Checks the labels that the sources set: in Cargo.toml, whose labels win, and in the Dockerfile.

use std::collections::BTreeMap;

use super::config::Configured;
use super::dockerfile::Dockerfile;
use super::dockerfile::labels::{Label, collect};
use super::places;
use super::source::Source;
use super::trace::has_unknown_base;
use crate::labels;
use sixfold_model::finding::{Finding, Place};

/// What is wrong with the labels of an image that is built from this Dockerfile with these arguments. Of labels with the same
/// name, the arguments win. Nothing, if the Dockerfile cannot be read.
pub fn of_build(dockerfile: &str, arguments: &BTreeMap<String, String>) -> Vec<Finding> {
    let source = Source::new("Dockerfile", dockerfile);
    let Ok(file) = Dockerfile::parse(&source.text) else { return vec![] };
    let mut all = collect(&file, &source);
    let argument = |(name, value): (&String, &String)| {
        (name.clone(), Label { value: Some(value.clone()), place: Place::label(name), is_damaged: false })
    };
    all.extend(arguments.iter().map(argument));
    let place = |name: &str| all.get(name).map_or_else(|| Place::label(name), |label| label.place.clone());
    known(&all, labels::check, &place, has_unknown_base(&file))
}

/// Findings about labels. A label whose value is unknown before the build has none. An unknown base image may set any label.
pub(super) fn check(
    cargo: Option<&Source>,
    configured: Option<&Configured>,
    dockerfile: Option<&(&Source, Dockerfile)>,
    has_host_binaries: bool,
    is_base_unknown: bool,
) -> Vec<Finding> {
    if configured.is_none() && (dockerfile.is_none() || cargo.is_some()) {
        return vec![];
    }
    let mut all: BTreeMap<String, Label> =
        dockerfile.map(|(source, file)| collect(file, source)).unwrap_or_default();
    all.extend(configured.iter().flat_map(|configured| configured.labels.clone()));
    let place = |name: &str| match (all.get(name), cargo, dockerfile) {
        (Some(label), ..) => label.place.clone(),
        (None, Some(cargo), _) => places::label_place(cargo, name),
        (None, None, Some((source, file))) => {
            let from = file.stages.last().map_or(0, |stage| stage.from.at);
            Place { label: Some(name.to_owned()), ..source.place(from) }
        }
        (None, None, None) => Place::label(name),
    };
    let rules = |values: &Values, place: &dyn Fn(&str) -> Place| {
        let mut findings = labels::check(values, place);
        findings.extend(has_host_binaries.then(|| labels::check_title(values, place)).flatten());
        findings
    };
    let mut findings = known(&all, rules, &place, is_base_unknown);
    if configured.is_some_and(|configured| !configured.config.marketplace) {
        findings.retain(|finding| !labels::is_for_marketplace(finding));
    }
    findings
}

type Values = BTreeMap<String, String>;

/// Applies rules to the labels whose values are known.
fn known(
    all: &BTreeMap<String, Label>,
    rules: impl Fn(&Values, &dyn Fn(&str) -> Place) -> Vec<Finding>,
    place: &dyn Fn(&str) -> Place,
    is_base_unknown: bool,
) -> Vec<Finding> {
    let known = all.iter().filter(|(_, label)| !label.is_damaged);
    let values = known.map(|(name, label)| (name.clone(), label.value.clone().unwrap_or_default())).collect();
    let is_unknown =
        |name: &str| all.get(name).is_some_and(|label| label.value.is_none() || label.is_damaged);
    let mut findings = rules(&values, place);
    findings.retain(|finding| !finding.place.label.as_deref().is_some_and(is_unknown));
    findings.retain(|finding| !is_base_unknown || *finding.lint != labels::LABEL_MISSING);
    findings
}
