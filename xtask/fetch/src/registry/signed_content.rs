//! What a signature of cosign is for: a payload of cosign 2
//! (<https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>), or a bundle of cosign 3
//! (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>), which has an in-toto statement.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sixfold_model::digest::Digest;
use sixfold_model::in_toto::Statement;

const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
/// The predicate type of a signature in a bundle. With any other, it is an attestation.
const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";

/// The signed content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// The predicate type of an attestation. `None` for a signature.
    pub attests: Option<String>,
    pub digest: Digest,
}

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: Digest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    dsse_envelope: Envelope,
}

#[derive(Deserialize)]
struct Envelope {
    payload: String,
}

/// Reads a layer of a signature's manifest. Fails with the reason.
pub(super) fn read(media_type: &str, bytes: &[u8]) -> Result<Content, String> {
    if media_type == PAYLOAD {
        let payload: Payload =
            serde_json::from_slice(bytes).map_err(|error| format!("its payload is malformed: {error}"))?;
        return Ok(Content { attests: None, digest: payload.critical.image.digest });
    }
    if !media_type.starts_with(BUNDLE) {
        return Err(format!("its content is of the unknown kind `{}`", media_type.escape_debug()));
    }
    let bundle: Bundle =
        serde_json::from_slice(bytes).map_err(|error| format!("its bundle is malformed: {error}"))?;
    let payload = STANDARD.decode(bundle.dsse_envelope.payload);
    let payload = payload.map_err(|error| format!("its bundle is malformed: {error}"))?;
    let statement = Statement::parse(&payload)?;
    let digest = statement.subject().ok_or("its statement names no image")??;
    let attests = Some(statement.predicate_type).filter(|kind| kind != SIGNATURE);
    Ok(Content { attests, digest })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bundle(predicate_type: &str, subject: &serde_json::Value) -> Vec<u8> {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": predicate_type, "subject": subject, "predicate": {},
        });
        let payload = STANDARD.encode(statement.to_string());
        let envelope =
            json!({ "payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": [] });
        json!({ "mediaType": BUNDLE, "dsseEnvelope": envelope }).to_string().into_bytes()
    }

    #[test]
    fn a_payload_and_a_bundle_name_the_image() {
        let digest = Digest::of(b"image");
        let payload =
            json!({ "critical": { "image": { "docker-manifest-digest": digest } }, "optional": null });
        let signature = Content { attests: None, digest: digest.clone() };
        assert_eq!(read(PAYLOAD, payload.to_string().as_bytes()).unwrap(), signature);
        let subject = json!([{ "digest": { "sha256": digest.hex() } }]);
        let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
        assert_eq!(read(kind, &bundle(SIGNATURE, &subject)).unwrap(), signature);
        let attestation = read(kind, &bundle("https://example.com/a", &subject)).unwrap();
        assert_eq!(attestation.attests.as_deref(), Some("https://example.com/a"));
    }

    #[test]
    fn anything_else_is_unreadable() {
        let no_digest =
            json!({ "critical": { "image": { "docker-manifest-digest": "sha256:1" } } }).to_string();
        for (kind, bytes, why) in [
            (PAYLOAD, b"{}".to_vec(), "its payload is malformed"),
            (PAYLOAD, no_digest.into_bytes(), "its payload is malformed"),
            (BUNDLE, b"{\"dsseEnvelope\":{\"payload\":\"!\"}}".to_vec(), "its bundle is malformed"),
            (BUNDLE, b"{\"messageSignature\":{}}".to_vec(), "its bundle is malformed"),
            (BUNDLE, bundle(SIGNATURE, &json!([])), "names no image"),
            (BUNDLE, bundle(SIGNATURE, &json!([{ "digest": { "sha256": "1" } }])), "is not a digest"),
            ("text/x\u{1b}", vec![], "unknown kind `text/x\\u{1b}`"),
        ] {
            let error = read(kind, &bytes).unwrap_err();
            assert!(error.contains(why), "{kind}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_content_causes_a_panic(text in r#"[{}\[\]:",a-zE]{0,80}"#, inner in proptest::collection::vec(0_u8.., 0..80)) {
            let _ = read(PAYLOAD, text.as_bytes());
            let _ = read(BUNDLE, text.as_bytes());
            let nested = json!({ "dsseEnvelope": { "payload": STANDARD.encode(inner) } });
            let _ = read(BUNDLE, nested.to_string().as_bytes());
        }
    }
}
