//! The rules for compose files, which `check` and `inspect` share.

use sixfold_model::compose::{At, Compose, Service};
use sixfold_model::finding::{Finding, Lint, Place};

sixfold_model::lints! {
    COMPOSE_INVALID = Error "compose-invalid";
    COMPOSE_BUILD = Error "compose-build";
    COMPOSE_NO_IMAGE = Error "compose-no-image";
    COMPOSE_CONTAINER_NAME = Warning "compose-container-name";
    COMPOSE_LATEST = Warning "compose-latest";
    COMPOSE_BIND = Warning "compose-bind";
}

/// The paths that exist in the VM of every desktop.
const EVERYWHERE: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Reads and checks a compose file. `place` is the file.
pub(crate) fn check(bytes: &[u8], place: &Place) -> (Option<Compose>, Vec<Finding>) {
    match Compose::read(bytes) {
        Ok(compose) => {
            let findings =
                compose.services.iter().flat_map(|service| check_service(service, place)).collect();
            (Some(compose), findings)
        }
        Err(mistake) => {
            let place = place.clone().at(mistake.at.line, mistake.at.column);
            (None, vec![Finding::new(&COMPOSE_INVALID, place, mistake.message, "correct the compose file")])
        }
    }
}

fn check_service(service: &Service, place: &Place) -> Vec<Finding> {
    let name = service.name.escape_debug();
    let found = |lint: &'static Lint, at: At, message: String, help: &str| {
        Finding::new(lint, place.clone().at(at.line, at.column), message, help)
    };
    let mut findings = vec![];
    if let Some(at) = service.build {
        let message =
            format!("has `build` in the service {name}, but there are no sources where it is installed");
        findings.push(found(&COMPOSE_BUILD, at, message, "build the image before, and name it in `image`"));
    }
    if let Some(at) = service.container_name {
        let message = format!(
            "has a fixed `container_name` in the service {name}, which can clash with another container"
        );
        findings.push(found(&COMPOSE_CONTAINER_NAME, at, message, "remove it"));
    }
    match &service.image {
        None if service.build.is_none() => {
            let message = format!("has no `image` in the service {name}");
            let help = "for the extension's own image, add `image: ${DESKTOP_PLUGIN_IMAGE}`";
            findings.push(found(&COMPOSE_NO_IMAGE, service.at, message, help));
        }
        Some((image, at)) if !image.contains('$') && is_latest(image) => {
            let message = format!(
                "has the third-party image {} with the tag latest, which changes",
                image.escape_debug()
            );
            findings.push(found(&COMPOSE_LATEST, *at, message, "name a version or a digest"));
        }
        _ => {}
    }
    for (path, at) in service.binds.iter().filter(|(path, _)| !EVERYWHERE.contains(&path.as_str())) {
        let message = format!("mounts {}, which does not exist on every system", path.escape_debug());
        findings.push(found(&COMPOSE_BIND, *at, message, "use a named volume"));
    }
    findings
}

/// True for the tag `latest`.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !image.contains('@') && name.split_once(':').is_some_and(|(_, tag)| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let (_, findings) = check(text.as_bytes(), &Place::path("docker-compose.yaml"));
        findings.iter().map(|finding| format!("{} {}", finding.place, finding.code())).collect()
    }

    #[test]
    fn each_mistake_is_a_finding_with_its_line() {
        let text = "services:\n  a:\n    build: .\n    container_name: x\n    volumes: [./data:/data, \"/var/run/docker.sock:/s\", v:/v]\n  b:\n    image: reg:5000/x/y:latest\n  c:\n    image: nginx:1.27\n  d:\n    init: true\n";
        assert_eq!(
            found(text),
            [
                "docker-compose.yaml:3:5 compose-build",
                "docker-compose.yaml:4:5 compose-container-name",
                "docker-compose.yaml:5:15 compose-bind",
                "docker-compose.yaml:7:5 compose-latest",
                "docker-compose.yaml:10:3 compose-no-image",
            ]
        );
        assert_eq!(found("services:\n  a: {image: x@sha256:0}\n"), [""; 0]);
        assert_eq!(found("services:\n  a: {image: \"${DESKTOP_PLUGIN_IMAGE}\"}\n"), [""; 0]);
        assert_eq!(found("services:\n  a: 1\n  a: 2\n"), ["docker-compose.yaml:3:3 compose-invalid"]);
    }
}
