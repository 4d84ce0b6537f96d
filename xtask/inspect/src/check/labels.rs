//! Checks the labels that the sources set: in Cargo.toml, whose labels win, and in the Dockerfile.

use std::collections::BTreeMap;

use super::config::Configured;
use super::dockerfile::Dockerfile;
use super::dockerfile::labels::{Label, collect};
use super::places;
use super::source::Source;
use crate::labels;
use sixfold_model::finding::{Finding, Place};

/// Findings about labels. A label whose value is unknown before the build has none. An unknown base image may set any label.
pub(super) fn check(
    cargo: Option<&Source>,
    configured: Option<&Configured>,
    dockerfile: Option<&(&Source, Dockerfile)>,
    has_host_binaries: bool,
    has_unknown_base: bool,
) -> Vec<Finding> {
    if configured.is_none() && (dockerfile.is_none() || cargo.is_some()) {
        return vec![];
    }
    let mut all: BTreeMap<String, Label> =
        dockerfile.map(|(source, file)| collect(file, source)).unwrap_or_default();
    all.extend(configured.iter().flat_map(|configured| configured.labels.clone()));
    let known = all.iter().filter(|(_, label)| !label.is_damaged);
    let values = known.map(|(name, label)| (name.clone(), label.value.clone().unwrap_or_default())).collect();
    let is_unknown =
        |name: &str| all.get(name).is_some_and(|label| label.value.is_none() || label.is_damaged);
    let place = |name: &str| match (all.get(name), cargo, dockerfile) {
        (Some(label), ..) => label.place.clone(),
        (None, Some(cargo), _) => places::label_place(cargo, name),
        (None, None, Some((source, file))) => {
            let from = file.stages.last().map_or(0, |stage| stage.from.at);
            Place { label: Some(name.to_owned()), ..source.place(from) }
        }
        (None, None, None) => Place::label(name),
    };
    let mut findings = labels::check(&values, &place);
    findings.extend(has_host_binaries.then(|| labels::check_title(&values, &place)).flatten());
    findings.retain(|finding| !finding.place.label.as_deref().is_some_and(is_unknown));
    findings.retain(|finding| !has_unknown_base || *finding.lint != labels::LABEL_MISSING);
    findings
}
