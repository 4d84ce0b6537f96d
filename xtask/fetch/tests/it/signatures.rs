//! `fetch signatures`: what a registry has beside an image, and what only looks like it.

use serde_json::{Value, json};
use sixfold_model::digest::Digest;
use sixfold_model::signatures::{Signatures, Signed};

use crate::run::program;
use crate::server::{HttpRequest, Response, Server};

const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const KIND: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";

fn entry(media_type: &str, content: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(content), "size": content.len() })
}

fn payload(digest: &Digest) -> Vec<u8> {
    json!({ "critical": { "image": { "docker-manifest-digest": digest } } }).to_string().into_bytes()
}

/// Asks about `…@digest`, or about a tag if there is no digest.
fn ask(
    digest: Option<&Digest>,
    respond: impl Fn(&HttpRequest) -> Response + Send + Sync + 'static,
) -> Result<Signatures, String> {
    let server = Server::new(respond);
    let end = digest.map_or(":1.0.0".to_owned(), |digest| format!("@{digest}"));
    let mut command = program();
    command.args(["signatures", &format!("127.0.0.1:{}/example/tool{end}", server.port)]);
    let output = command.env("DOCKER_CONFIG", "/no such folder").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn absent() -> Response {
    Response::ok(br#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#).status(404)
}

#[test]
fn signatures_are_found_by_tag_and_among_the_referrers() {
    let (image, other) = (Digest::of(b"image"), Digest::of(b"other"));
    for has_referrers in [true, false] {
        let (own, wrong) = (payload(&image), payload(&other));
        let by_tag = json!({ "layers": [entry(PAYLOAD, &own)] }).to_string().into_bytes();
        let referrer = json!({ "layers": [entry(PAYLOAD, &wrong)] }).to_string().into_bytes();
        let mut listed = entry("application/vnd.oci.image.manifest.v1+json", &referrer);
        listed["artifactType"] = KIND.into();
        let sbom =
            json!({ "mediaType": "x", "digest": other, "size": 1, "artifactType": "application/spdx+json" });
        let index = json!({ "manifests": [sbom, listed] }).to_string().into_bytes();
        let (hex, at) = (image.hex().to_owned(), Digest::of(&referrer));
        let paths = [
            (format!("manifests/sha256-{hex}.sig"), by_tag),
            (
                if has_referrers { format!("referrers/{image}") } else { format!("manifests/sha256-{hex}") },
                index,
            ),
            (format!("manifests/{at}"), referrer),
            (format!("blobs/{}", Digest::of(&own)), own),
            (format!("blobs/{}", Digest::of(&wrong)), wrong),
        ];
        let answer = ask(Some(&image), move |request| {
            let path = request.path.strip_prefix("/v2/example/tool/").unwrap();
            let known = paths.iter().find(|(known, _)| known == path);
            match known {
                Some((_, content)) => Response::ok(content),
                None if path.starts_with("referrers") => Response::ok(b"404 page not found").status(404),
                None => absent(),
            }
        });
        let answer = answer.unwrap();
        let signs = |digest: &Digest| Signed::Digest(digest.clone());
        let found: Vec<_> = answer.found.iter().map(|it| (it.at.clone(), it.signs.clone())).collect();
        assert_eq!(
            found,
            [(format!("sha256-{}.sig", image.hex()), signs(&image)), (at.to_string(), signs(&other)),]
        );
        assert!(answer.has_signature() && !answer.verified);
    }
}

#[test]
fn a_tag_means_the_image_that_it_has_now() {
    let answer = ask(None, |request| match request.path.as_str() {
        "/v2/example/tool/manifests/1.0.0" => Response::ok(b"image"),
        _ => absent(),
    });
    let answer = answer.unwrap();
    assert_eq!((answer.digest, answer.found.len()), (Digest::of(b"image"), 0));
    assert!(ask(None, |_| absent()).unwrap_err().contains("does not have"));
}

#[test]
fn cannot_tell_does_not_mean_that_there_is_no_signature() {
    let image = Digest::of(b"image");
    let denied = |_: &_| Response::ok(br#"{"errors":[{"code":"DENIED"}]}"#).status(403);
    assert!(ask(Some(&image), denied).unwrap_err().contains("403 Forbidden, DENIED"));
    assert!(ask(Some(&image), |_| Response::empty(404)).unwrap_err().contains("without the error code"));
    let failing = |request: &HttpRequest| match request.path.contains("referrers") {
        true => Response::empty(500),
        false => absent(),
    };
    assert!(ask(Some(&image), failing).unwrap_err().contains("500"));
}

#[test]
fn content_that_is_not_what_its_digest_says_is_an_error() {
    let image = Digest::of(b"image");
    let manifest = json!({ "layers": [entry(PAYLOAD, &payload(&image))] }).to_string();
    let huge = json!({ "layers": [{ "mediaType": PAYLOAD, "digest": image, "size": 5_000_000_000_u64 }] })
        .to_string();
    let many = vec![entry("x", b"x"); 101];
    let many = json!({ "layers": many }).to_string();
    for (manifest, why) in [
        (manifest, "the registry sent something else than sha256:"),
        (huge, "which no signature is"),
        (many, "more than 100 signatures"),
    ] {
        let error = ask(Some(&image), move |request| match request.path.contains("/blobs/") {
            true => Response::ok(b"x"),
            false => Response::ok(manifest.as_bytes()),
        });
        let error = error.unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn what_is_no_signature_is_unreadable() {
    let image = Digest::of(b"image");
    // Copying a signature with `docker buildx imagetools` adds an index around it.
    for content in ["[", r#"{"manifests":[]}"#] {
        let answer = ask(Some(&image), move |request| match request.path.ends_with(".sig") {
            true => Response::ok(content.as_bytes()),
            false => absent(),
        });
        let answer = answer.unwrap();
        assert!(
            matches!(&answer.found[..], [one] if matches!(&one.signs, Signed::Unreadable(why) if why.contains("not a manifest")))
        );
        assert!(!answer.has_signature());
    }
}
