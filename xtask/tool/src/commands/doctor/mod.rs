//! `cargo xtask doctor`: which tools are there, which are missing or too old, and what mends each.

mod docker;
mod page;

use anyhow::Result;
use camino::Utf8Path;
use xshell::{Shell, cmd};

use crate::toolchain::targets;
use crate::toolchain::zig_install;
use sixfold_base::cache;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::{process, terminal};
use sixfold_model::matrix::Target;
use sixfold_project::Project;
use sixfold_project::plan::Ui;
use sixfold_project::toolchain::rust::Rust;
use sixfold_project::toolchain::zig;

/// What became of a check.
enum Health {
    Good(String),
    /// Not there, and `dist` brings it by itself.
    Comes(String),
    /// Not there, and only some commands need it.
    Optional {
        what: &'static str,
        help: String,
    },
    /// There and of no use as it is, and only some commands need it.
    Silent {
        what: &'static str,
        help: String,
    },
    /// Too old, and only some commands need it.
    Old {
        what: String,
        help: String,
    },
    /// Not of the version that is needed, and nothing works with it.
    Unfit {
        what: String,
        help: String,
    },
    /// There, and it cannot be read: why.
    Unreadable(String),
    /// Not there, and nothing works without it.
    Missing {
        help: String,
    },
}

impl Health {
    /// Whether `dist` cannot do without its being mended.
    fn is_bad(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Unfit { .. } | Self::Unreadable(_))
    }
}

/// Shows every check. [`Outcome::Problems`] when something is missing that `dist` cannot do without.
pub(crate) fn run(folder: &Utf8Path) -> Result<Outcome> {
    let sh = Shell::new()?;
    let project = Project::load(folder, Lookup::default());
    if let Ok(project) = &project {
        sh.change_dir(&project.root);
    }
    let mut checks = vec![("project".to_owned(), project_health(&project))];
    checks.extend(rust_health(&sh));
    checks.extend(named([("zig", zig_health(&sh)), ("python", python_health(&sh))]));
    if let Some(ui) = project.as_ref().ok().and_then(|project| Ui::new(project, false)) {
        checks.extend(page::health(&sh, &ui));
    }
    checks.extend(docker::health(&sh));
    checks.extend(named([("cache", cache_health())]));
    checks.iter().for_each(|(name, health)| show(name, health));
    Ok(Outcome::problems_if(checks.iter().any(|(_, health)| health.is_bad())))
}

fn named<const N: usize>(checks: [(&str, Health); N]) -> [(String, Health); N] {
    checks.map(|(name, health)| (name.to_owned(), health))
}

fn show(name: &str, health: &Health) {
    match health {
        Health::Good(what) => terminal::step("ok", format_args!("{name}: {what}")),
        Health::Comes(what) => terminal::step("later", format_args!("{name}: {what}")),
        Health::Optional { what, help } => {
            terminal::note(format_args!("{name}: missing, needed to {what}: {help}"))
        }
        Health::Silent { what, help } => {
            terminal::note(format_args!("{name}: does not answer, needed to {what}: {help}"))
        }
        Health::Old { what, help } => terminal::note(format_args!("{name}: {what} is too old: {help}")),
        Health::Unfit { what, help } => terminal::error(format_args!("{name}: {what} does not do: {help}")),
        Health::Unreadable(why) => terminal::error(format_args!("{name}: {why}")),
        Health::Missing { help } => terminal::error(format_args!("{name}: missing: {help}")),
    }
}

fn project_health(project: &Result<Project>) -> Health {
    match project {
        Ok(project) => Health::Good(format!("{} in {}", project.config.image, project.root)),
        Err(error) => Health::Unreadable(sixfold_base::error::explain(error)),
    }
}

/// The compiler, the standard libraries of the six targets, and the linker that comes with them.
fn rust_health(sh: &Shell) -> Vec<(String, Health)> {
    let rust = match Rust::find(sh) {
        Ok(rust) => rust,
        Err(error) => return named([("rust", Health::Missing { help: format!("{error:#}") })]).into(),
    };
    let missing: Vec<_> = Target::all().filter(|target| !rust.installed.contains(target)).collect();
    let targets = match targets::can_add(&missing, false) {
        Ok(()) if missing.is_empty() => Health::Good("the standard library of all six".to_owned()),
        Ok(()) => Health::Comes(format!("dist runs `rustup target add {}`", targets::names(&missing))),
        Err(error) => Health::Optional { what: "compile for all hosts", help: error.to_string() },
    };
    let lld = match rust.rust_lld() {
        Ok(lld) => Health::Good(lld.to_string()),
        Err(error) => Health::Missing { help: error.to_string() },
    };
    let version = Health::Good(format!("rustc {} for {}", rust.version, rust.host));
    named([("rust", version), ("targets", targets), ("rust-lld", lld)]).into()
}

fn zig_health(sh: &Shell) -> Health {
    match zig::find(sh) {
        Ok(found @ zig::Source::Found(_)) => Health::Good(found.describe()),
        Ok(zig::Source::Install) if zig_install::Pip::find(sh).is_some() => {
            Health::Comes(format!("dist installs zig {} through Python", zig::PINNED))
        }
        Ok(zig::Source::Install) => {
            Health::Missing { help: format!("install Python 3 with pip, or zig {}", zig::PINNED) }
        }
        Err(error) => Health::Missing { help: format!("{error:#}") },
    }
}

fn python_health(sh: &Shell) -> Health {
    match zig_install::Pip::find(sh) {
        Some(pip) => Health::Good(pip.version),
        None => Health::Optional {
            what: "install zig",
            help: "install Python 3 with pip, for instance `apt-get install python3-pip`".to_owned(),
        },
    }
}

fn cache_health() -> Health {
    match cache::dir() {
        Ok(dir) => Health::Good(format!(
            "{dir}; keep this folder between CI runs, or name another with {}",
            cache::VARIABLE
        )),
        Err(error) => Health::Missing { help: format!("{error:#}") },
    }
}

/// The first line that the program prints; `None` when it is not there or fails.
fn version(sh: &Shell, name: &str, args: &[&str]) -> Option<String> {
    let program = which::which(name).ok()?;
    let output = process::capture(cmd!(sh, "{program} {args...}"), "ask for a version").ok()?;
    let line = output.stdout.lines().next().unwrap_or_default().to_owned();
    output.status.success().then_some(line)
}
