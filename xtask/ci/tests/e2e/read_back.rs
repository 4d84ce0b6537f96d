//! What is read back after a push comes from the registry, and is the image that was pushed. Otherwise it is not reported as
//! verified.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};

use sixfold_image::loopback::transfer;
use sixfold_model::digest::Digest;

use crate::process::run;
use crate::registry::{docker, docker_first, with_docker};
use crate::sandbox::{Sandbox, repository};

/// Makes another response of the one for a layer.
type Attack = fn(&[u8]) -> Vec<u8>;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn layers_that_the_registry_does_not_have_are_not_reported_as_verified() {
    let attacks: [(&str, Attack, &str); 3] = [
        (
            "missing",
            |_| b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into(),
            "",
        ),
        ("zeros", |response| with_body(response, |body| body.fill(0)), "does not match its digest"),
        (
            "last-byte",
            |response| with_body(response, |body| *body.last_mut().unwrap() ^= 1),
            "match its digest",
        ),
    ];
    for (name, attack, words) in attacks {
        let sandbox = Sandbox::hello();
        let image = format!("{}/example/{name}", registry_that_changes_layers(attack));
        let stderr = sandbox.push(&image).failed(1, &["is pushed, but was not read back", words, "help: "]);
        assert!(!stderr.contains("docker extension install"), "{stderr}");
        sandbox.xtask(&["inspect", &format!("{image}:0.1.0")]).failed(1, &["cannot read", words]);
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn another_push_to_the_same_tag_is_not_read_back_instead() {
    let sandbox = Sandbox::hello();
    let image = repository("overtaken");
    let other = repository("overtaking");
    sandbox.edit("icon.svg", "<svg", "<!-- other --><svg");
    sandbox.push(&other).succeeded();
    sandbox.edit("icon.svg", "<!-- other --><svg", "<svg");
    // Right after the push, the other image gets the same tag.
    let overtake = format!("buildx imagetools create --tag {image}:0.1.0 {other}:0.1.0");
    let hook =
        docker_first(&format!("*--metadata-file*) \"$docker\" \"$@\" && \"$docker\" {overtake}; exit;;"));
    let push = ["dist", "--push", "--image", &image];
    let stderr = run(&mut with_docker(&hook, &sandbox, &push)).succeeded().stderr;
    assert!(stderr.contains("6 binaries read back from the registry"), "{stderr}");
    assert!(stderr.contains(&format!("{image}:0.1.0 was not read back")), "{stderr}");
    let raw = |image: &str| docker(&["buildx", "imagetools", "inspect", "--raw", &format!("{image}:0.1.0")]);
    assert_eq!(raw(&image), raw(&other));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_image_with_attestations_and_one_of_a_single_platform_are_read_back() {
    let sandbox = Sandbox::hello();
    let image = repository("read-back");
    let push = |flags: &[&str]| {
        let all = [&["dist", "--push", "--image", &image], flags].concat();
        let stderr = sandbox.xtask(&all).succeeded().stderr;
        assert!(!stderr.contains("was not read back"), "{stderr}");
        stderr
    };
    let stderr = push(&["--provenance=mode=max", "--tag=1.0.0", "--tag=latest"]);
    assert!(stderr.contains("6 binaries read back from the registry"), "{stderr}");
    let stderr = push(&["--platform=linux/arm64", "--tag=arm64"]);
    assert!(stderr.contains("3 binaries read back from the registry"), "{stderr}");
    assert!(
        docker(&["buildx", "imagetools", "inspect", "--raw", &format!("{image}:arm64")]).contains("layers")
    );
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_index_from_a_folder_is_pushed_with_its_attestations_and_keeps_its_digest() {
    let sandbox = Sandbox::hello();
    let archive = sandbox.dist(&["--engine=buildx", "--provenance=mode=max"]);
    let folder = sandbox.root.join("layout");
    tar::Archive::new(fs_err::File::open(archive).unwrap()).unpack(&folder).unwrap();
    let layout = fs_err::read(folder.join("index.json")).unwrap();
    let layout: serde_json::Value = serde_json::from_slice(&layout).unwrap();
    let digest: Digest = layout["manifests"][0]["digest"].as_str().unwrap().parse().unwrap();
    let image = format!("{}:1.0.0", repository("uploaded"));
    transfer::upload(&folder, &digest, &image, None).unwrap();
    let index = docker(&["buildx", "imagetools", "inspect", "--raw", &image]);
    assert_eq!(Digest::of(index.as_bytes()), digest);
    assert!(index.contains("attestation-manifest"), "{index}");
    // Every layer is in the registry. The exit code is that of labels which this extension lacks.
    let report = sandbox.xtask(&["inspect", &image, "--format", "json"]);
    assert_eq!(
        report.stdout.matches("\"verdict\": \"native\"").count(),
        6,
        "{}{}",
        report.stdout,
        report.stderr
    );
    let error = transfer::upload(&folder, &Digest::of(b""), &image, None).unwrap_err().to_string();
    assert!(error.contains("cannot push") && error.contains("help: "), "{error}");
}

/// A registry that stores what is pushed to it in the private one, and changes the response for every layer.
fn registry_that_changes_layers(attack: Attack) -> String {
    let real = std::env::var("E2E_REGISTRY").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let real = real.clone();
            // A client may close the connection early.
            std::thread::spawn(move || drop(relay(client, &real, attack)));
        }
    });
    name
}

/// Passes one request on, and one response back.
fn relay(mut client: TcpStream, real: &str, attack: Attack) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    // BuildKit tries https first.
    if reader.fill_buf()?.first().is_some_and(|first| !first.is_ascii_uppercase()) {
        return client.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut server = TcpStream::connect(real)?;
    write!(server, "{head}Connection: close\r\n\r\n")?;
    std::io::copy(&mut reader.take(length), &mut server)?;
    let mut response = vec![];
    server.read_to_end(&mut response)?;
    let is_layer = head.starts_with("GET ") && body(&response).starts_with(&[0x1f, 0x8b]);
    client.write_all(&if is_layer { attack(&response) } else { response })?;
    client.shutdown(Shutdown::Both)
}

fn body(response: &[u8]) -> &[u8] {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n");
    end.map_or(&[], |end| &response[end + 4..])
}

fn with_body(response: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut changed = response.to_vec();
    let start = response.len() - body(response).len();
    change(&mut changed[start..]);
    changed
}
