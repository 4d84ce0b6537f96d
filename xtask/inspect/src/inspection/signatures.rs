//! The signatures of cosign beside an image. The registry's answer is passed in: nothing is asked here.

use sixfold_model::finding::{Finding, Place};
use sixfold_model::signatures::{ImageSignature, Signatures, Signed};

sixfold_model::lints! {
    /// It does not count for this image.
    SIGNATURE_SUBJECT = Error "signature-subject";
    SIGNATURE_MALFORMED = Error "signature-malformed";
    /// Most images have no signature, so this is no warning.
    SIGNATURES_UNKNOWN = Note "signatures-unknown";
}

/// The same for an answer that may be missing.
pub fn check_signatures(signatures: &Result<Signatures, String>) -> Vec<Finding> {
    match signatures {
        Ok(signatures) => check(signatures),
        Err(why) => {
            let message = format!("the registry does not say which signatures the image has: {why}");
            vec![Finding::new(&SIGNATURES_UNKNOWN, Place::whole(), message, "")]
        }
    }
}

/// Checks that each signature is for this image.
pub(super) fn check(signatures: &Signatures) -> Vec<Finding> {
    let help = "sign the image again, or remove the signature from the registry";
    let check = |it: &ImageSignature| {
        let (lint, message) = match &it.signs {
            Signed::Digest(digest) if *digest == signatures.digest => return None,
            Signed::Digest(digest) => {
                let message =
                    format!("the signature {} is for {digest} instead of {}", it.at, signatures.digest);
                (&SIGNATURE_SUBJECT, message)
            }
            Signed::Unreadable(why) => {
                (&SIGNATURE_MALFORMED, format!("cannot read the signature {}: {why}", it.at))
            }
        };
        Some(Finding::new(lint, Place::whole(), message, help))
    };
    signatures.found.iter().filter_map(check).collect()
}

/// A line for each signature that matches, or one that there is none.
pub(super) fn lines(signatures: &Signatures) -> Vec<String> {
    let line = |it: &ImageSignature| {
        let kind = it.attests.as_ref().map_or("signature".to_owned(), |it| format!("attestation ({it})"));
        format!("cosign {kind} at {}: for this digest; its key is not verified", it.at)
    };
    let lines: Vec<_> = signatures.matching().map(line).collect();
    if lines.is_empty() { vec!["no cosign signature for this digest".to_owned()] } else { lines }
}

#[cfg(test)]
mod tests {
    use sixfold_model::digest::Digest;

    use super::*;

    #[test]
    fn a_signature_counts_only_for_the_digest_that_it_names() {
        let [own, other] = [b"1", b"2"].map(|bytes| Digest::of(bytes));
        let with = |signs: Signed, attests: Option<&str>| Signatures {
            digest: own.clone(),
            found: vec![ImageSignature {
                at: "x.sig".to_owned(),
                attests: attests.map(str::to_owned),
                signs,
            }],
            verified: false,
        };
        let codes = |all: &Signatures| check(all).iter().map(Finding::code).collect::<Vec<_>>();
        let good = with(Signed::Digest(own.clone()), None);
        assert!(good.has_signature() && codes(&good).is_empty());
        assert_eq!(lines(&good), ["cosign signature at x.sig: for this digest; its key is not verified"]);
        let attestation = with(Signed::Digest(own.clone()), Some("https://example.com/a"));
        assert!(!attestation.has_signature() && codes(&attestation).is_empty());
        for (bad, code) in [
            (with(Signed::Digest(other), None), "signature-subject"),
            (with(Signed::Unreadable("no".to_owned()), None), "signature-malformed"),
        ] {
            assert!(!bad.has_signature());
            assert_eq!(codes(&bad), [code]);
            assert_eq!(lines(&bad), ["no cosign signature for this digest"]);
        }
    }
}
