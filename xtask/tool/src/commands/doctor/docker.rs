//! Docker, buildx and a desktop, which only some commands need.

use xshell::Shell;

use super::health::Health;
use super::version::version;
use crate::desktop;
use sixfold_base::error::explain;
use sixfold_image::docker;

pub(super) fn health(sh: &Shell) -> [(&'static str, Health); 3] {
    [("docker", engine(sh)), ("buildx", buildx(sh)), ("desktop", desktop(sh))]
}

fn engine(sh: &Shell) -> Health {
    match version(sh, "docker", &["--version"]) {
        None => {
            return Health::note(
                "not found; `dist --push`, `dist --load` and `install` need it",
                "install Docker Desktop, or docker with buildx",
            );
        }
        Some(name) if is_podman(&name) => {
            return Health::note(
                format!("the command `docker` is {name} here, which has no buildx"),
                "install Docker with buildx, or write an archive with `dist`, which needs neither",
            );
        }
        Some(_) => {}
    }
    match version(sh, "docker", &["version", "--format", "engine {{.Server.Version}}"]) {
        Some(version) => Health::Good(version),
        None => Health::note(
            "the engine does not respond; `dist --push`, `dist --load` and `install` need it",
            "start Docker Desktop or the engine, or check `docker context ls`",
        ),
    }
}

/// Podman installs a command `docker` that runs podman.
fn is_podman(name: &str) -> bool {
    name.to_ascii_lowercase().contains("podman")
}

fn buildx(sh: &Shell) -> Health {
    let help = format!("install the docker-buildx plugin, {} or later", docker::OLDEST);
    match version(sh, "docker", &["buildx", "version"]) {
        Some(line) if docker::is_buildah(&line) => {
            Health::note(format!("{line} is not buildx; `dist --push` and `dist --load` need buildx"), help)
        }
        Some(line) if docker::is_too_old(&line) => Health::note(format!("{line} is too old"), help),
        Some(line) => Health::Good(line),
        None => Health::note("not found; `dist --push` and `dist --load` need it", help),
    }
}

fn desktop(sh: &Shell) -> Health {
    match desktop::choose(sh, None) {
        Ok(desktop) => Health::Good(format!("{} responds", desktop.installer.name())),
        Err(error) => Health::Note(format!("`install` does not work: {}", explain(&error))),
    }
}
