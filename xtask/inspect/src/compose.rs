//! The rules for compose files, which `check` and `inspect` share.

use sixfold_model::compose::{At, Compose, Service};
use sixfold_model::finding::{Finding, Lint, Place};

use crate::metadata::Metadata;

sixfold_model::lints! {
    COMPOSE_INVALID = Error "compose-invalid";
    COMPOSE_BUILD = Error "compose-build";
    COMPOSE_NO_IMAGE = Error "compose-no-image";
    COMPOSE_CONTAINER_NAME = Warning "compose-container-name";
    COMPOSE_LATEST = Warning "compose-latest";
    COMPOSE_BIND = Warning "compose-bind";
    /// No service starts that could create the socket.
    SOCKET_NOT_CREATED = Error "socket-not-created";
}

/// Paths that exist in the VM of every desktop.
const EVERYWHERE: [&str; 11] = [
    "/",
    "/dev",
    "/etc",
    "/etc/localtime",
    "/proc",
    "/run",
    "/run/docker.sock",
    "/sys",
    "/tmp",
    "/var",
    "/var/run/docker.sock",
];

/// What the VM of every desktop has below these folders, or what the desktop mounts there.
const EVERYWHERE_BELOW: [&str; 4] = ["/dev/", "/proc/", "/sys/", "/run/guest-services"];

/// Reads and checks a compose file. `place` is the file.
pub(crate) fn check(bytes: &[u8], place: &Place, metadata: &Metadata) -> (Option<Compose>, Vec<Finding>) {
    match Compose::read(bytes) {
        Ok(compose) => {
            let services = compose.services.iter().flat_map(|service| check_service(service, place));
            let findings = services.chain(socket(&compose, place, metadata)).collect();
            (Some(compose), findings)
        }
        Err(mistake) => {
            let place = place.clone().at(mistake.at.line, mistake.at.column);
            (None, vec![Finding::new(&COMPOSE_INVALID, place, mistake.message, "correct the compose file")])
        }
    }
}

/// The socket that metadata.json exposes needs a service that creates it. Which one does is not known.
fn socket(compose: &Compose, place: &Place, metadata: &Metadata) -> Option<Finding> {
    let socket = metadata.socket.as_ref()?;
    if compose.has_more || compose.services.iter().any(|service| !service.is_optional) {
        return None;
    }
    let message = format!("starts no service that could create the socket {}", socket.escape_debug());
    let help = "add a service without `profiles`, or remove `vm.exposes` from metadata.json";
    Some(Finding::new(
        &SOCKET_NOT_CREATED,
        place.clone().at(compose.at.line, compose.at.column),
        message,
        help,
    ))
}

fn check_service(service: &Service, place: &Place) -> Vec<Finding> {
    let name = service.name.escape_debug();
    let found = |lint: &'static Lint, at: At, message: String, help: &str| {
        Finding::new(lint, place.clone().at(at.line, at.column), message, help)
    };
    let mut findings = vec![];
    if let Some(at) = service.build {
        let message =
            format!("has `build` in the service {name}, but the user's machine does not have its sources");
        let help = "name a published image in `image`; ${DESKTOP_PLUGIN_IMAGE} is the extension's own image";
        findings.push(found(&COMPOSE_BUILD, at, message, help));
    }
    if let Some(at) = service.container_name {
        let message = format!(
            "has a fixed `container_name` in the service {name}, which can clash with another container"
        );
        findings.push(found(&COMPOSE_CONTAINER_NAME, at, message, "remove it"));
    }
    match &service.image {
        None if service.build.is_none() && !service.is_defined_elsewhere => {
            let message = format!("has no `image` in the service {name}");
            let help = "for the extension's own image, add `image: ${DESKTOP_PLUGIN_IMAGE}`";
            findings.push(found(&COMPOSE_NO_IMAGE, service.at, message, help));
        }
        Some((image, at)) if !image.contains('$') && is_latest(image) => {
            let message = format!(
                "has the third-party image {} with the tag latest or none, so its content can change",
                image.escape_debug()
            );
            findings.push(found(&COMPOSE_LATEST, *at, message, "add the tag of a version, or a digest"));
        }
        _ => {}
    }
    for (path, at) in service.binds.iter().filter(|(path, _)| !is_everywhere(path)) {
        let message = format!("mounts {}, which does not exist on every system", path.escape_debug());
        findings.push(found(&COMPOSE_BIND, *at, message, "use a named volume"));
    }
    findings
}

fn is_everywhere(path: &str) -> bool {
    EVERYWHERE.contains(&path) || EVERYWHERE_BELOW.iter().any(|folder| path.starts_with(folder))
}

/// True for the tag `latest`, which is also meant without a tag. The port in `localhost:5000/tool` is not one.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !image.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let metadata = Metadata { socket: Some("a.sock".to_owned()), ..Metadata::default() };
        let (_, findings) = check(text.as_bytes(), &Place::path("docker-compose.yaml"), &metadata);
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

    #[test]
    fn each_form_of_a_mistake_is_found() {
        for (lines, expected) in [
            ("image: nginx", "3:5 compose-latest"),
            ("image: localhost:5000/x", "3:5 compose-latest"),
            ("image: x:1\n    volumes: ['C:\\x:/x']", "4:15 compose-bind"),
            ("image: x:1\n    volumes: ['C:/x:/x:ro']", "4:15 compose-bind"),
            ("image: x:1\n    volumes: [/opt/x:/x]", "4:15 compose-bind"),
            ("image: x:1\n    volumes:\n      - type: bind\n        src: ./x\n", "5:9 compose-bind"),
            ("build: {context: .}", "3:5 compose-build"),
            ("command: x", "2:3 compose-no-image"),
            ("image: x:1\n    profiles: [debug]", "1:1 socket-not-created"),
        ] {
            let text = format!("services:\n  a:\n    {lines}\n");
            assert_eq!(found(&text), [format!("docker-compose.yaml:{expected}")], "{text}");
        }
        assert_eq!(found("services: {}"), ["docker-compose.yaml:1:1 socket-not-created"]);
    }

    #[test]
    fn correct_files_have_no_finding() {
        for text in [
            "services:\n  a:\n    extends: {file: base.yaml, service: base}\n  b:\n    extends: a\n",
            "services:\n  a:\n    provider: {type: model}\n",
            "include: [other.yaml]\n",
            "x-base: &base\n  image: redis:7.2-alpine\nservices:\n  a:\n    <<: *base\n  b: *base\n",
            "services:\n  a:\n    image: ${IMAGE:-nginx}:${TAG:-latest}\n    container_name: ${NAME:-x}\n",
            "services:\n  a:\n    image: x:1\n    volumes: ['${VOLUME:-data}:/d', '${HOME}/x:/x', /anonymous, 'data:/d:ro']\n",
            "services:\n  a:\n    image: x:1\n    volumes: ['/proc:/host/proc:ro', '/sys/fs/cgroup:/c', '/dev/kvm:/dev/kvm', '/run/guest-services:/s']\n",
            "services:\n  a:\n    image: x:1\n    volumes:\n      - {type: volume, source: data, target: /d}\n      - {type: tmpfs, target: /t}\n      - {type: bind, source: /var/run/docker.sock, target: /s}\n",
            "services:\n  a:\n    image: x:1\n    environment: {build: '1'}\n  b:\n    image: x:1\n    profiles: [debug]\n",
            "services:\r\n  a:\r\n    image: x:1\r\n    command: |\r\n      build: .\r\n",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
