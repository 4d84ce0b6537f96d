//! `fetch tag`: a tag is free only if a registry says so in its own words.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sixfold_project::registry::TagState;

use crate::run::program;
use crate::server::{HttpRequest, Response, Server};

/// Asks for a tag of this server, with this folder of Docker's configuration.
fn ask_with(server: &Server, config: &std::path::Path, change: impl FnOnce(&mut Command)) -> TagState {
    let mut command = program();
    command
        .args(["tag", &format!("127.0.0.1:{}/example/tool:1.2.3", server.port)])
        .env("DOCKER_CONFIG", config);
    change(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asks without a login.
fn ask(respond: impl Fn(&HttpRequest) -> Response + Send + Sync + 'static) -> TagState {
    ask_with(&Server::new(respond), tempfile::tempdir().unwrap().path(), |_| {})
}

fn unknown(state: &TagState) -> &str {
    match state {
        TagState::Unknown(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn errors(codes: &[&str]) -> Vec<u8> {
    let errors: Vec<_> = codes.iter().map(|code| serde_json::json!({ "code": code })).collect();
    serde_json::json!({ "errors": errors }).to_string().into_bytes()
}

#[test]
fn only_the_error_code_of_a_registry_means_that_a_tag_is_free() {
    for codes in [vec!["MANIFEST_UNKNOWN"], vec!["NAME_UNKNOWN"], vec!["NAME_UNKNOWN", "MANIFEST_UNKNOWN"]] {
        assert_eq!(ask(move |_| Response::ok(&errors(&codes)).status(404)), TagState::Free);
    }
    let cannot_tell: [(u16, Vec<u8>, &str); 8] = [
        (404, b"<!DOCTYPE html><title>Not Found</title>".to_vec(), "404 Not Found, without the error code"),
        (404, vec![], "without the error code"),
        (404, b"{\"errors\":[]}".to_vec(), "without the error code"),
        (404, b"{\"errors\":{\"code\":\"MANIFEST_UNKNOWN\"}}".to_vec(), "without the error code"),
        (404, errors(&["DENIED"]), "404 Not Found, DENIED"),
        (404, errors(&["MANIFEST_UNKNOWN", "DENIED"]), "MANIFEST_UNKNOWN, DENIED"),
        (403, errors(&["MANIFEST_UNKNOWN"]), "403 Forbidden"),
        (500, vec![], "500 Internal Server Error"),
    ];
    for (status, body, words) in cannot_tell {
        let state = ask(move |_| Response::ok(&body).status(status));
        assert!(unknown(&state).contains(words), "{state:?}");
    }
}

#[test]
fn an_existing_tag_is_found_at_its_address() {
    let server = Server::of(b"{}");
    let state = ask_with(&server, tempfile::tempdir().unwrap().path(), |_| {});
    assert_eq!(state, TagState::Taken);
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/v2/example/tool/manifests/1.2.3"));
    assert!(request.header("accept").unwrap().contains("application/vnd.oci.image.index.v1+json"));
    assert_eq!(request.header("authorization"), None);
}

#[test]
fn a_registry_on_this_machine_is_asked_without_a_proxy() {
    let server = Server::of(b"{}");
    let state = ask_with(&server, tempfile::tempdir().unwrap().path(), |command| {
        command.env("HTTP_PROXY", "http://proxy.invalid:1").env("ALL_PROXY", "http://proxy.invalid:1");
    });
    assert_eq!(state, TagState::Taken);
}

#[test]
fn a_registry_that_cannot_be_reached_says_nothing() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("localhost:{}/x:1", server.local_addr().unwrap().port());
    drop(server);
    let output = program().args(["tag", &name]).output().unwrap();
    unknown(&serde_json::from_slice(&output.stdout).unwrap());
    let output = program().args(["tag", "no-tag"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

/// A registry that wants a token, which its login server gives for this `Authorization` header or form.
fn with_tokens(login: &'static str) -> Server {
    Server::new(move |request| {
        let address = request.header("host").unwrap();
        if request.path.starts_with("/token") {
            let expected = "/token?service=reg&scope=repository%3Aexample%2Ftool%3Apull";
            let is_known = match request.method.as_str() {
                "GET" => request.path == expected && request.header("authorization") == Some(login),
                _ => request.header("content-type") == Some("application/x-www-form-urlencoded"),
            };
            return if is_known { Response::ok(br#"{"token":"t0ken"}"#) } else { Response::empty(401) };
        }
        if request.header("authorization") == Some("Bearer t0ken") {
            return Response::ok(&errors(&["MANIFEST_UNKNOWN"])).status(404);
        }
        let challenge = format!("Bearer realm=\"http://{address}/token\",service=\"reg\"");
        Response::empty(401).header("WWW-Authenticate", "Negotiate").header("WWW-Authenticate", &challenge)
    })
}

fn config(content: &serde_json::Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), content.to_string()).unwrap();
    folder
}

const LOGIN: &str = "Basic bWU6czNjcmV0";

#[test]
fn the_login_in_dockers_configuration_is_used() {
    let server = with_tokens(LOGIN);
    let host = format!("127.0.0.1:{}", server.port);
    let auth = serde_json::json!({ "auth": STANDARD.encode("me:s3cret") });
    let right = config(&serde_json::json!({ "auths": { &host: auth } }));
    assert_eq!(ask_with(&server, right.path(), |_| {}), TagState::Free);
    let other = config(&serde_json::json!({ "auths": { "127.0.0.1:1": auth } }));
    let state = ask_with(&server, other.path(), |_| {});
    assert!(
        unknown(&state).contains("login server answered") || unknown(&state).contains("JSON"),
        "{state:?}"
    );
    let broken = config(&serde_json::json!("me:s3cret"));
    unknown(&ask_with(&server, broken.path(), |_| {}));
    let basic = Server::new(|request| match request.header("authorization") {
        Some(LOGIN) => Response::ok(&errors(&["NAME_UNKNOWN"])).status(404),
        _ => Response::empty(401).header("WWW-Authenticate", "Basic realm=\"x\""),
    });
    let login = config(&serde_json::json!({ "auths": { format!("127.0.0.1:{}", basic.port): auth } }));
    assert_eq!(ask_with(&basic, login.path(), |_| {}), TagState::Free);
}

/// Runs with a credential helper that prints this for the right registry.
#[cfg(unix)]
fn with_helper(server: &Server, key: &str, answer: &str) -> TagState {
    use std::os::unix::fs::PermissionsExt as _;
    let host = format!("127.0.0.1:{}", server.port);
    let value = if key == "credHelpers" { serde_json::json!({ &host: "test" }) } else { "test".into() };
    let config = config(&serde_json::json!({ key: value }));
    let helper = config.path().join("docker-credential-test");
    let script = format!("#!/bin/sh\nread host\n[ \"$1 $host\" = 'get {host}' ] && echo '{answer}'\n");
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::join_paths([config.path(), std::path::Path::new("/bin")]).unwrap();
    ask_with(server, config.path(), |command| {
        command.env("PATH", path);
    })
}

#[test]
#[cfg(unix)]
fn the_login_of_a_credential_helper_is_used() {
    let server = with_tokens(LOGIN);
    let answer = r#"{"ServerURL":"x","Username":"me","Secret":"s3cret"}"#;
    for key in ["credHelpers", "credsStore"] {
        assert_eq!(with_helper(&server, key, answer), TagState::Free, "{key}");
    }
    let token = r#"{"Username":"<token>","Secret":"identity"}"#;
    assert_eq!(with_helper(&server, "credsStore", token), TagState::Free);
    assert_eq!(server.requests().iter().filter(|request| request.method == "POST").count(), 1);
    let state = with_helper(&server, "credsStore", "s3cret");
    assert!(!unknown(&state).contains("s3cret"), "{state:?}");
}

#[test]
fn a_login_is_never_sent_over_plain_http() {
    let server = Server::new(|_| {
        Response::empty(401).header("WWW-Authenticate", "Bearer realm=\"http://login.invalid/token\"")
    });
    let state = ask_with(&server, tempfile::tempdir().unwrap().path(), |_| {});
    assert!(unknown(&state).contains("plain http"), "{state:?}");
}
