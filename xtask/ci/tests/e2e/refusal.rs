//! Registries that do not answer or that refuse a request, and builders that do not start. They are noticed before anything
//! is compiled, where possible.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use crate::process::run;
use crate::sandbox::{Sandbox, repository};

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_silent_registry_does_not_count_as_a_free_tag() {
    // The listener is dropped at the end of this statement, so nothing answers on its port.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sandbox = Sandbox::hello();
    let image = format!("localhost:{}/example/hello", address.port());
    let stderr = sandbox.push(&image).failed(1, &["cannot find out whether", "--overwrite"]);
    assert!(!stderr.contains("Compiling"), "{stderr}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_request_for_credentials_does_not_count_as_a_free_tag() {
    let sandbox = Sandbox::hello();
    let registry = answering("401 Unauthorized");
    let image = format!("{registry}/example/hello");
    let stderr = sandbox.push(&image).failed(1, &["cannot find out whether", "docker login"]);
    assert!(!stderr.contains("Compiling"), "{stderr}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_server_error_does_not_count_as_a_free_tag() {
    let sandbox = Sandbox::hello();
    let registry = answering("500 Internal Server Error");
    let image = format!("{registry}/example/hello");
    sandbox.push(&image).failed(1, &["cannot find out whether"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_404_that_is_not_the_registrys_own_does_not_count_as_a_free_tag() {
    let sandbox = Sandbox::hello();
    for body in ["<html>no such page</html>", r#"{"errors":[{"code":"DENIED"}]}"#] {
        let registry = answering_by(move |_| ("404 Not Found", body));
        let image = format!("{registry}/example/hello");
        let words = ["cannot find out whether", "404 Not Found", "create it in the registry"];
        let stderr = sandbox.push(&image).failed(1, &words);
        assert!(!stderr.contains("Compiling for"), "{stderr}");
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_error_of_a_refused_push_ends_with_help() {
    let sandbox = Sandbox::hello();
    // Reading works: the tag does not exist. Writing is refused.
    let registry = answering_by(|request| match request {
        "GET" | "HEAD" => ("404 Not Found", r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#),
        _ => ("401 Unauthorized", ""),
    });
    let image = format!("{registry}/example/hello");
    let push = ["dist", "--push", "--image", &image, "--tag", "1.0.0", "--tag", "latest"];
    let login = format!("`docker login {registry}`");
    let inspect = format!("`cargo xtask inspect {image}:latest`");
    let words = [&format!("did not push {image}:1.0.0"), "401", &login, "repository exists", &inspect];
    let stderr = sandbox.xtask(&push).failed(1, &words);
    let end = stderr.rsplit("error: ").next().unwrap();
    assert!(!end.contains("--label"), "the error repeats the whole command: {end}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_builder_whose_image_cannot_be_fetched_is_noticed_before_compiling() {
    let sandbox = Sandbox::hello();
    let image = format!("image={}", repository("no-buildkit"));
    let name = "e2e-without-image";
    let mut create = Command::new("docker");
    create.args(["buildx", "create", "--name", name, "--driver", "docker-container", "--driver-opt", &image]);
    run(&mut create).succeeded();
    let push = ["dist", "--push", "--image", &repository("no-builder"), "--builder", name];
    let stderr = sandbox.xtask(&push).failed(1, &["does not start", "no-buildkit", "leave out --builder"]);
    assert!(!stderr.contains("Compiling"), "{stderr}");
    run(Command::new("docker").args(["buildx", "rm", name])).succeeded();
}

/// A registry on the loopback interface that answers every request with this status until the tests end.
fn answering(status: &'static str) -> String {
    answering_by(move |_| (status, ""))
}

/// The same, with a status and a body that depend on the method.
fn answering_by(answer: impl Fn(&str) -> (&'static str, &'static str) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let _ = connection.set_read_timeout(Some(Duration::from_secs(5)));
            let mut request = [0; 4096];
            let length = connection.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]);
            let method = request.split(' ').next().unwrap_or_default();
            let (status, body) = answer(method);
            let (body, length) = (if method == "HEAD" { "" } else { body }, body.len());
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close");
            let _ = write!(connection, "{head}\r\n\r\n{body}");
        }
    });
    name
}
