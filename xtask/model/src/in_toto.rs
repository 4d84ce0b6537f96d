//! In-toto statements, which say something about files or images:
//! <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::digest::Digest;

/// The start of `_type` in every version.
const TYPE: &str = "https://in-toto.io/Statement/v";
/// The longest predicate type, in bytes. It is an address.
const MAX_PREDICATE_TYPE: usize = 200;

/// What a statement is about, without the statement itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The kind of statement, as an address: reports show it beside what was verified, so it has no spaces and only ASCII.
    pub predicate_type: String,
    /// The value of `sha256` of each subject that has one.
    subjects: Vec<String>,
}

#[derive(Deserialize)]
struct Form {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

impl Statement {
    /// Reads a statement. Fails with the reason if the bytes are none.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let form: Form = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is not an in-toto statement: {error}"))?;
        if !form.kind.starts_with(TYPE) {
            return Err(format!("it is not an in-toto statement: its `_type` does not start with {TYPE}"));
        }
        let predicate_type = form.predicate_type;
        let is_plain = !predicate_type.is_empty() && predicate_type.chars().all(|c| c.is_ascii_graphic());
        if !is_plain || predicate_type.len() > MAX_PREDICATE_TYPE {
            return Err("its predicate type is not an address".to_owned());
        }
        let subjects = form.subject.into_iter().filter_map(|mut subject| subject.digest.remove("sha256"));
        Ok(Self { predicate_type, subjects: subjects.collect() })
    }

    /// True if one of its subjects has this digest.
    pub fn is_about(&self, digest: &Digest) -> bool {
        self.subjects.iter().any(|subject| subject == digest.hex())
    }

    /// The first subject. `None` if there is none with a SHA-256 digest.
    pub fn subject(&self) -> Option<Result<Digest, String>> {
        Some(format!("sha256:{}", self.subjects.first()?).parse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(subject: &str) -> String {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2",
                "subject":[{subject}],"predicate":{{"subject":1}}}}"#
        )
    }

    #[test]
    fn a_statement_is_about_the_digests_of_its_subjects() {
        let [one, other] = [Digest::of(b"1"), Digest::of(b"2")];
        let subject = |digest: &Digest| format!(r#"{{"name":"x","digest":{{"sha256":"{}"}}}}"#, digest.hex());
        let text = statement(&format!(r#"{{"digest":{{"sha512":"00"}}}},{}"#, subject(&one)));
        let read = Statement::parse(text.as_bytes()).unwrap();
        assert_eq!(read.predicate_type, "https://slsa.dev/provenance/v0.2");
        assert!(read.is_about(&one) && !read.is_about(&other));
        assert_eq!(read.subject(), Some(Ok(one)));
        assert_eq!(Statement::parse(statement("").as_bytes()).unwrap().subject(), None);
    }

    #[test]
    fn what_is_not_a_statement_is_an_error() {
        let good = statement("");
        let predicate = "https://slsa.dev/provenance/v0.2";
        for (bad, why) in [
            ("{}".to_owned(), "missing field"),
            ("[".to_owned(), "not an in-toto statement"),
            (good.replace("Statement/v0.1", "Link/v0.1"), "`_type`"),
            (good.replace("[]", "[{}]"), "missing field `digest`"),
            (good.replace("[]", r#"[],"subject":[]"#), "duplicate field"),
            (good.replace(predicate, "a\\u001b[2J"), "predicate type"),
            (good.replace(predicate, &"x".repeat(201)), "predicate type"),
            (good.replace(predicate, "https://x/y; signed by z"), "predicate type"),
            (good.replace(predicate, "https://x/\u{202e}y"), "predicate type"),
            (good.replace(predicate, ""), "predicate type"),
        ] {
            let error = Statement::parse(bad.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_causes_a_panic(text in r#"[{}\[\]:",_a-z0-9]{0,60}"#, subject in ".{0,40}") {
            let _ = Statement::parse(text.as_bytes());
            let digest = serde_json::json!({ "digest": { "sha256": subject } }).to_string();
            let read = Statement::parse(statement(&digest).as_bytes()).unwrap();
            proptest::prop_assert_eq!(read.subject().unwrap().is_ok(), read.is_about(&format!("sha256:{subject}").parse().unwrap_or(Digest::of(b""))));
        }
    }
}
