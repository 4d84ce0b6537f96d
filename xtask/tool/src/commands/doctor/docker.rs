//! Docker, buildx and a desktop, which only some commands need.

use xshell::Shell;

use super::{Health, named, version};
use crate::desktop;
use sixfold_image::docker;

pub(super) fn health(sh: &Shell) -> [(String, Health); 3] {
    let buildx = plugin(version(sh, "docker", &["buildx", "version"]));
    named([("docker", engine(sh)), ("buildx", buildx), ("desktop", desktop(sh))])
}

fn engine(sh: &Shell) -> Health {
    const WHAT: &str = "push, load and install";
    if version(sh, "docker", &["--version"]).is_none() {
        return Health::Optional {
            what: WHAT,
            help: "install Docker Desktop, or docker with buildx".to_owned(),
        };
    }
    match version(sh, "docker", &["version", "--format", "engine {{.Server.Version}}"]) {
        Some(version) => Health::Good(version),
        None => Health::Silent {
            what: WHAT,
            help: "start Docker Desktop or the engine, or see `docker context ls`".to_owned(),
        },
    }
}

fn plugin(found: Option<String>) -> Health {
    let help = format!("install the docker-buildx plugin, {} or later", docker::OLDEST);
    match found {
        Some(line) if docker::is_too_old(&line) => Health::Old { what: line, help },
        Some(line) => Health::Good(line),
        None => Health::Optional { what: "push and load", help },
    }
}

fn desktop(sh: &Shell) -> Health {
    match desktop::choose(sh, None) {
        Ok(desktop) => Health::Good(format!("{} answers", desktop.installer.name())),
        Err(error) => Health::Optional { what: "install", help: format!("{error:#}") },
    }
}
