//! `cargo xtask doctor`: checks the tools that a build needs, and shows how to install or fix them.

mod cache;
mod docker;
mod health;
mod rust;
mod sccache;
mod sign;
mod ui;
mod version;
mod zig;

use anyhow::Result;
use camino::Utf8Path;

use crate::toolchain::auditable;
use health::Health;
use sixfold_base::error::explain;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_project::Project;
use sixfold_project::plan::Ui;

/// Shows every check. Returns [`Outcome::Problems`] if `dist` cannot work on this machine.
pub(crate) fn run(folder: &Utf8Path) -> Result<Outcome> {
    let project = Project::load(folder, Lookup::default());
    let folder = project.as_ref().map_or(folder, |project| &project.root);
    let mut checks = vec![("project".to_owned(), project_health(&project))];
    if project.as_ref().map_or(true, |project| !project.packages.is_empty()) {
        checks.extend(health::named(rust::health(folder)));
        checks.extend(health::named(zig::health()));
        checks.extend(health::named([("sccache", sccache::health(folder))]));
        if project.as_ref().is_ok_and(|project| project.config.auditable) {
            checks.extend(health::named([("auditable", auditable())]));
        }
    }
    if let Some(ui) = project.as_ref().ok().and_then(|project| Ui::new(project, false)) {
        checks.extend(ui::health(folder, &ui));
    }
    if let Ok(project) = &project {
        checks.extend(sign::health(folder, &project.config.sign));
    }
    checks.extend(health::named(docker::health(folder)));
    checks.extend(health::named([("cache", cache::health())]));
    checks.iter().for_each(|(name, health)| health.show(name));
    Ok(Outcome::problems_if(checks.iter().any(|(_, health)| health.is_error())))
}

/// Only asked for if the configuration needs it.
fn auditable() -> Health {
    match auditable::find() {
        Ok(found) => Health::Good(found),
        Err(error) => Health::Error(explain(&error)),
    }
}

fn project_health(project: &Result<Project>) -> Health {
    match project {
        Ok(project) => Health::Good(format!("{} in {}", project.config.image, project.root)),
        Err(error) => Health::Error(explain(error)),
    }
}
