use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use camino::Utf8PathBuf;

use sixfold_model::digest::Digest;

use super::*;
use crate::oci::MEDIA_MANIFEST;

/// A registry in a folder that is removed at the end of the test.
fn registry() -> (tempfile::TempDir, Registry) {
    let temp = tempfile::tempdir().unwrap();
    let folder = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
    (temp, Registry::start(&folder).unwrap())
}

/// Sends a request to the registry's repository, and returns the whole response.
fn send(registry: &Registry, method: &str, path: &str, body: &str) -> String {
    send_raw(
        registry,
        method,
        path,
        &format!("Content-Type: {MEDIA_MANIFEST}\r\nContent-Length: {}", body.len()),
        body,
    )
}

fn send_raw(registry: &Registry, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(registry.address).unwrap();
    let path = format!("/v2/{}/{path}", registry.store.repository);
    let request = format!("{method} {path} HTTP/1.1\r\n{headers}\r\n\r\n{body}");
    let mut response = String::new();
    // The registry ends the connection if it refuses a request.
    let _ = connection.write_all(request.as_bytes()).and_then(|()| connection.shutdown(Shutdown::Write));
    let _ = connection.read_to_string(&mut response);
    response
}

fn upload(registry: &Registry, digest: &str, body: &str) -> String {
    send(registry, "PUT", &format!("blobs/uploads/new?digest={digest}"), body)
}

#[test]
fn a_blob_is_kept_only_if_it_has_its_digest() {
    let (temp, registry) = registry();
    let digest = Digest::of(b"layer");
    let blob = format!("blobs/{digest}");
    assert!(send(&registry, "HEAD", &blob, "").starts_with("HTTP/1.1 404 "));
    assert!(send(&registry, "POST", "blobs/uploads/", "").contains("/blobs/uploads/new\r\n"));
    for wrong in ["\0\0\0\0\0", "laye", ""] {
        let refused = upload(&registry, digest.as_str(), wrong);
        assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("DIGEST_INVALID"), "{refused}");
    }
    let refusal = registry.refusal().unwrap();
    assert!(refusal.contains(&format!("the content of {digest} does not match its digest")), "{refusal}");
    assert!(send(&registry, "GET", &blob, "").starts_with("HTTP/1.1 404 "));
    assert_eq!(std::fs::read_dir(temp.path().join("blobs/sha256")).unwrap().count(), 0);
    assert!(upload(&registry, &digest.as_str().replace(':', "%3A"), "layer").starts_with("HTTP/1.1 201 "));
    assert!(send(&registry, "GET", &blob, "").ends_with("\r\n\r\nlayer"));
    assert!(send(&registry, "HEAD", &blob, "").ends_with("\r\n\r\n"));
}

#[test]
fn a_manifest_has_the_digest_of_its_bytes_whatever_its_name_says() {
    let (_temp, registry) = registry();
    let digest = Digest::of(b"{}");
    assert!(send(&registry, "PUT", "manifests/copy", "{}").starts_with("HTTP/1.1 201 "));
    for reference in ["copy", digest.as_str()] {
        let found = registry.manifest(reference).unwrap();
        assert_eq!((&found.digest, found.size, found.media_type.as_str()), (&digest, 2, MEDIA_MANIFEST));
        let response = send(&registry, "GET", &format!("manifests/{reference}"), "");
        assert!(response.contains(MEDIA_MANIFEST) && response.ends_with("\r\n\r\n{}"), "{response}");
    }
    let other = Digest::of(b"other");
    assert!(send(&registry, "PUT", &format!("manifests/{other}"), "{}").starts_with("HTTP/1.1 400 "));
    assert!(registry.manifest(other.as_str()).is_none());
    let layer = upload(&registry, &Digest::of(b"5").to_string(), "5");
    assert!(layer.starts_with("HTTP/1.1 201 ") && registry.manifest(Digest::of(b"5").as_str()).is_none());
    assert!(send(&registry, "GET", &format!("manifests/{other}"), "").contains("MANIFEST_UNKNOWN"));
}

#[test]
fn the_manifests_of_a_layout_can_be_read_by_their_digest() {
    let (_temp, registry) = registry();
    let manifest = format!("{{\"mediaType\": \"{MEDIA_MANIFEST}\"}}");
    let digest = Digest::of(manifest.as_bytes());
    upload(&registry, digest.as_str(), &manifest);
    let response = send(&registry, "GET", &format!("manifests/{digest}"), "");
    let header = format!("\r\nContent-Type: {MEDIA_MANIFEST}\r\n");
    assert!(response.contains(&header) && response.ends_with(&manifest), "{response}");
}

#[test]
fn requests_that_docker_does_not_make_end_the_connection() {
    let (_temp, registry) = registry();
    let endless = upload(&registry, "sha256:x", "x");
    assert!(endless.starts_with("HTTP/1.1 400 "), "{endless}");
    // Without a length, what follows could be anything.
    let chunked =
        send_raw(&registry, "PUT", "manifests/copy", "Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n");
    assert!(chunked.starts_with("HTTP/1.1 400 "), "{chunked}");
    assert!(send(&registry, "DELETE", "manifests/copy", "").starts_with("HTTP/1.1 405 "));
    let long = "x".repeat(100_000);
    let refused = send(&registry, "GET", &format!("blobs/{long}"), "");
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 400 "), "{refused}");
    let huge = format!("Content-Length: {}", u64::MAX);
    assert!(send_raw(&registry, "PUT", "blobs/uploads/new?digest=", &huge, "").starts_with("HTTP/1.1 400 "));
}

#[test]
fn a_registry_that_never_stops_sending_is_refused() {
    let claim = |registry: &Registry, path: &str, length: u64| {
        send_raw(registry, "PUT", path, &format!("Content-Length: {length}"), "x")
    };
    let blob = format!("blobs/uploads/new?digest={}", Digest::of(b"layer"));
    let too_large = "the image is larger than 32 GiB";
    let (_temp, registry) = registry();
    assert!(claim(&registry, &blob, (32 << 30) + 1).contains(too_large));
    // Each alone may be that large, but not all together.
    let (_temp, registry) = self::registry();
    assert!(claim(&registry, &blob, 32 << 30).contains("does not match its digest"));
    assert!(claim(&registry, &blob, 1).contains(too_large));
    let manifest = claim(&registry, "manifests/copy", (4 << 20) + 1);
    assert!(manifest.contains("a manifest has more than 4 MiB"), "{manifest}");
}

#[test]
fn a_request_without_the_random_name_is_refused() {
    let (_temp, registry) = registry();
    let (_other, second) = self::registry();
    assert_ne!(registry.store.repository, second.store.repository);
    let mut connection = TcpStream::connect(registry.address).unwrap();
    connection.write_all(b"PUT /v2/image/manifests/copy HTTP/1.1\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut response = String::new();
    let _ = connection.read_to_string(&mut response);
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    assert!(registry.manifest("copy").is_none());
}

#[test]
fn a_client_that_tries_https_learns_that_this_is_http() {
    let (_temp, registry) = registry();
    let mut connection = TcpStream::connect(registry.address).unwrap();
    // The start of a TLS handshake.
    connection.write_all(b"\x16\x03\x01\xff\x80\n").unwrap();
    let mut response = String::new();
    let _ = connection.read_to_string(&mut response);
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
}

#[test]
fn it_stops_when_it_is_dropped() {
    let (_temp, registry) = registry();
    let address = registry.address;
    drop(registry);
    TcpStream::connect(address).unwrap_err();
}
