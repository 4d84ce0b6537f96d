//! `cargo xtask doctor`: which tools are there, which are missing, and what mends each.

use anyhow::Result;
use camino::Utf8Path;
use xshell::{Shell, cmd};

use crate::matrix::Target;
use crate::project::{Lookup, Project};
use crate::toolchain::rust::Rust;
use crate::toolchain::{cache, zig};
use crate::{desktop, process, terminal};

/// What became of a check.
enum Health {
    Good(String),
    /// Not there, and `dist` brings it by itself.
    Comes(String),
    /// Not there, and only some commands need it.
    Optional {
        what: &'static str,
        mend: String,
    },
    /// Not there, and nothing works without it.
    Missing {
        mend: String,
    },
}

/// Shows every check. `Ok(false)` when something is missing that `dist` cannot do without.
pub fn run(folder: &Utf8Path) -> Result<bool> {
    let sh = Shell::new()?;
    let project = Project::load(folder, Lookup::default());
    if let Ok(project) = &project {
        sh.change_dir(&project.root);
    }
    let mut checks = vec![("project", project_health(&project))];
    checks.extend(rust_health(&sh));
    checks.extend([("zig", zig_health(&sh)), ("python", python_health(&sh))]);
    if project.as_ref().is_ok_and(|project| project.config.ui.is_some()) {
        checks.extend([("node", page_health(&sh, "node")), ("npm", page_health(&sh, "npm"))]);
    }
    checks.extend([
        ("docker", docker_health(&sh)),
        ("buildx", buildx_health(&sh)),
        ("desktop", desktop_health(&sh)),
        ("cache", cache_health()),
    ]);
    checks.iter().for_each(|(name, health)| show(name, health));
    Ok(checks.iter().all(|(_, health)| !matches!(health, Health::Missing { .. })))
}

fn show(name: &str, health: &Health) {
    match health {
        Health::Good(what) => terminal::step("ok", format_args!("{name}: {what}")),
        Health::Comes(what) => terminal::step("later", format_args!("{name}: {what}")),
        Health::Optional { what, mend } => {
            terminal::note(format_args!("{name}: missing, needed to {what}: {mend}"))
        }
        Health::Missing { mend } => terminal::error(format_args!("{name}: missing: {mend}")),
    }
}

fn project_health(project: &Result<Project>) -> Health {
    match project {
        Ok(project) => Health::Good(format!("{} in {}", project.config.image, project.root)),
        Err(error) => Health::Missing { mend: format!("{error:#}") },
    }
}

/// The compiler, the standard libraries of the six targets, and the linker that comes with them.
fn rust_health(sh: &Shell) -> Vec<(&'static str, Health)> {
    let rust = match Rust::find(sh) {
        Ok(rust) => rust,
        Err(error) => return vec![("rust", Health::Missing { mend: format!("{error:#}") })],
    };
    let missing: Vec<_> =
        Target::all().filter(|target| !rust.installed.contains(target)).map(Target::triple).collect();
    let targets = match missing.as_slice() {
        [] => Health::Good("the standard library of all six".to_owned()),
        _ => Health::Comes(format!("dist runs `rustup target add {}`", missing.join(" "))),
    };
    let lld = match rust.rust_lld() {
        lld if lld.is_file() => Health::Good(lld.into_string()),
        lld => Health::Missing {
            mend: format!("{lld} links linux and darwin: install Rust with rustup, which brings it"),
        },
    };
    let version = Health::Good(format!("rustc {} for {}", rust.version, rust.host));
    vec![("rust", version), ("targets", targets), ("rust-lld", lld)]
}

fn zig_health(sh: &Shell) -> Health {
    match zig::find(sh) {
        Ok(found @ zig::Source::Found(_)) => Health::Good(found.describe()),
        Ok(zig::Source::Install) if zig::python(sh).is_some() => {
            Health::Comes(format!("dist installs zig {} through Python", zig::PINNED))
        }
        Ok(zig::Source::Install) => {
            Health::Missing { mend: format!("install Python 3 with pip, or zig {}", zig::PINNED) }
        }
        Err(error) => Health::Missing { mend: format!("{error:#}") },
    }
}

fn python_health(sh: &Shell) -> Health {
    let mend = "install Python 3 with pip, for instance `apt-get install python3-pip`".to_owned();
    let Some(python) = zig::python(sh) else {
        return Health::Optional { what: "install zig", mend };
    };
    match version(sh, python, &["-m", "pip", "--version"]) {
        Some(version) => Health::Good(version),
        None => Health::Optional { what: "install zig", mend },
    }
}

fn page_health(sh: &Shell, name: &str) -> Health {
    match version(sh, name, &["--version"]) {
        Some(version) => Health::Good(version),
        None => Health::Missing {
            mend: "builds the page: install Node.js 20.19 or later, which brings npm".to_owned(),
        },
    }
}

fn docker_health(sh: &Shell) -> Health {
    const WHAT: &str = "push, load and install";
    if version(sh, "docker", &["--version"]).is_none() {
        return Health::Optional {
            what: WHAT,
            mend: "install Docker Desktop, or docker with buildx".to_owned(),
        };
    }
    match version(sh, "docker", &["version", "--format", "engine {{.Server.Version}}"]) {
        Some(version) => Health::Good(version),
        None => Health::Optional {
            what: WHAT,
            mend: "no engine answers: start Docker Desktop, or see `docker context ls`".to_owned(),
        },
    }
}

fn buildx_health(sh: &Shell) -> Health {
    match version(sh, "docker", &["buildx", "version"]) {
        Some(version) => Health::Good(version),
        None => {
            Health::Optional { what: "push and load", mend: "install the docker-buildx plugin".to_owned() }
        }
    }
}

fn desktop_health(sh: &Shell) -> Health {
    match desktop::choose(sh, None) {
        Ok(desktop) => Health::Good(format!("{} answers", desktop.installer.name())),
        Err(error) => Health::Optional { what: "install", mend: format!("{error:#}") },
    }
}

fn cache_health() -> Health {
    match cache::dir() {
        Ok(dir) => Health::Good(format!(
            "{dir}; keep this folder between CI runs, or name another with {}",
            cache::VARIABLE
        )),
        Err(error) => Health::Missing { mend: format!("{error:#}") },
    }
}

/// The first line that the program prints; `None` when it is not there or fails.
fn version(sh: &Shell, name: &str, args: &[&str]) -> Option<String> {
    let program = which::which(name).ok()?;
    let output = process::capture(cmd!(sh, "{program} {args...}"), "ask for a version").ok()?;
    let line = output.stdout.lines().next().unwrap_or_default().to_owned();
    output.status.success().then_some(line)
}
