//! What the index of an image says about its platforms: attestations of BuildKit or of Sixfold.

use serde::Serialize;

use sixfold_image::read::{Attestation, Source};
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::in_toto::Statement;

sixfold_model::lints! {
    /// It says something about another image.
    ATTESTATION_SUBJECT = Error "attestation-subject";
    ATTESTATION_MALFORMED = Error "attestation-malformed";
    ATTESTATION_UNNAMED = Note "attestation-unnamed";
}

/// One statement, as the report has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Attested {
    /// `None` if it is about no image of the index.
    platform: Option<String>,
    predicate_type: String,
    /// True if its subject is the manifest of the platform.
    matches: bool,
}

/// The readable statements, in the order of the index.
pub(super) fn of(source: &Source) -> Vec<Attested> {
    let each = |all: &Attestation| {
        let attested = |statement: &Statement| Attested {
            platform: all.platform.clone(),
            predicate_type: statement.predicate_type.clone(),
            matches: all.is_confirmed_by(statement),
        };
        all.statements.iter().flatten().map(attested).collect::<Vec<_>>()
    };
    source.attestations.iter().flat_map(each).collect()
}

/// Checks that each statement is about the image for which the index lists it.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    source.attestations.iter().flat_map(check_one).collect()
}

fn check_one(attestation: &Attestation) -> Vec<Finding> {
    let Some(platform) = &attestation.platform else {
        let about = attestation.about.escape_debug();
        let message = format!("has an attestation for {about}, which is no image of its index");
        return vec![finding(&ATTESTATION_SUBJECT, message, AGAIN)];
    };
    let statements = attestation.statements.iter();
    statements.filter_map(|read| check_statement(attestation, platform, read)).collect()
}

fn check_statement(
    attestation: &Attestation,
    platform: &str,
    read: &Result<Statement, String>,
) -> Option<Finding> {
    let statement = match read {
        Ok(statement) => statement,
        Err(why) => {
            let message = format!("has an attestation for {platform} that cannot be read: {why}");
            return Some(finding(&ATTESTATION_MALFORMED, message, AGAIN));
        }
    };
    if attestation.is_confirmed_by(statement) {
        return None;
    }
    let (name, about) = (name(&statement.predicate_type), &attestation.about);
    Some(match statement.subject() {
        None => {
            let message = format!(
                "has an attestation ({name}) for {platform} that names no image, only its place in the index does"
            );
            finding(&ATTESTATION_UNNAMED, message, "")
        }
        Some(subject) => {
            let subject = subject.map_or("something else".to_owned(), |digest| digest.to_string());
            let message = format!(
                "has an attestation ({name}) for {platform} that is about {subject} instead of {about}"
            );
            finding(&ATTESTATION_SUBJECT, message, AGAIN)
        }
    })
}

const AGAIN: &str = "build the image and its attestations again";

fn finding(lint: &'static Lint, message: String, help: &'static str) -> Finding {
    Finding::new(lint, Place::whole(), message, help)
}

/// A predicate type in words, for the kinds that BuildKit makes.
fn name(predicate_type: &str) -> String {
    let kinds =
        [("https://spdx.dev/Document", "SPDX SBOM"), ("https://slsa.dev/provenance/", "SLSA provenance")];
    let (_, word) =
        kinds.into_iter().find(|(start, _)| predicate_type.starts_with(start)).unwrap_or_default();
    if word.is_empty() { predicate_type.to_owned() } else { format!("{word}, {predicate_type}") }
}

/// A line for each statement that matches. There is a finding for each of the others.
pub(super) fn lines(attested: &[Attested]) -> Vec<String> {
    let matching = attested.iter().filter(|it| it.matches);
    let line = |it: &Attested| {
        let platform = it.platform.as_deref().unwrap_or_default();
        format!(
            "attested for {platform}: {}; the digest matches, the statement is not signed",
            name(&it.predicate_type)
        )
    };
    matching.map(line).collect()
}
