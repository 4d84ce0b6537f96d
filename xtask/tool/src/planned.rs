//! The plan of a run.

use anyhow::{Result, ensure};

use sixfold_inspect::check::missing_copies;
use sixfold_project::plan::{BuildFlags, Plan};
use sixfold_project::{Machine, Project};

/// Decides everything. Fails as [`Plan::new`] does, and when the Dockerfile copies what its build context does not have.
pub(crate) fn plan(project: &Project, flags: &BuildFlags) -> Result<Plan> {
    let plan = Plan::new(project, flags, &Machine::look(project)?)?;
    let Project { root, config, metadata, .. } = project;
    let cells = project.cells(config.platforms.as_slice());
    let missing = missing_copies(root, config, &cells, metadata, &plan.image.dockerfile.text.text);
    let lines: String = missing.iter().map(|finding| format!("\n  {finding}")).collect();
    ensure!(missing.is_empty(), "the Dockerfile cannot be built:{lines}");
    Ok(plan)
}
