//! Registries that do not answer, or refuse, and builders that do not start: before anything is compiled where that can be
//! known.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use crate::process::run;
use crate::sandbox::{Sandbox, repository};

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_registry_that_does_not_answer_is_no_free_tag() {
    // Bound, so that nobody else takes the port, and never listened to: that is what a bound socket does here.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sandbox = Sandbox::hello();
    let image = format!("localhost:{}/example/hello", address.port());
    let said = sandbox.push(&image).failed(1, &["cannot tell", "--overwrite"]);
    assert!(!said.contains("Compiling"), "{said}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_registry_that_asks_for_credentials_is_no_free_tag() {
    let sandbox = Sandbox::hello();
    let registry = answering("401 Unauthorized");
    let image = format!("{registry}/example/hello");
    let said = sandbox.push(&image).failed(1, &["cannot tell", "docker login"]);
    assert!(!said.contains("Compiling"), "{said}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_registry_that_is_broken_is_no_free_tag() {
    let sandbox = Sandbox::hello();
    let registry = answering("500 Internal Server Error");
    let image = format!("{registry}/example/hello");
    sandbox.push(&image).failed(1, &["cannot tell"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_push_that_the_registry_refuses_ends_with_what_mends_it() {
    let sandbox = Sandbox::hello();
    // Whoever only reads is told that nothing is there.
    let registry = answering_by(|request| match request {
        "GET" | "HEAD" => "404 Not Found",
        _ => "401 Unauthorized",
    });
    let image = format!("{registry}/example/hello");
    let push = ["dist", "--push", "--image", &image, "--tag", "1.0.0", "--tag", "latest"];
    let login = format!("`docker login {registry}`");
    let inspect = format!("`cargo xtask inspect {image}:latest`");
    let words = [&format!("did not push {image}:1.0.0"), "401", &login, "repository exists", &inspect];
    let said = sandbox.xtask(&push).failed(1, &words);
    let end = said.rsplit("error: ").next().unwrap();
    assert!(!end.contains("--label"), "the whole command again: {end}");
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
    let said = sandbox.xtask(&push).failed(1, &["does not start", "no-buildkit", "leave out --builder"]);
    assert!(!said.contains("Compiling"), "{said}");
    run(Command::new("docker").args(["buildx", "rm", name])).succeeded();
}

/// A registry on the loopback interface that gives every request this status, until the tests end.
fn answering(status: &'static str) -> String {
    answering_by(move |_| status)
}

/// The same, with a status for each method.
fn answering_by(status: impl Fn(&str) -> &'static str + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let _ = connection.set_read_timeout(Some(Duration::from_secs(5)));
            let mut request = [0; 4096];
            let length = connection.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]);
            let status = status(request.split(' ').next().unwrap_or_default());
            let _ = write!(connection, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    name
}
