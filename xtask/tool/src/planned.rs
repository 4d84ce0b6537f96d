//! The plan of a run.

use anyhow::{Result, ensure};

use sixfold_inspect::check::Folder;
use sixfold_project::plan::{BuildFlags, Plan};
use sixfold_project::{Machine, Project};

/// Decides everything. Fails as [`Plan::new`] does, and when the Dockerfile copies what its build context does not have.
pub(crate) fn plan(project: &Project, flags: &BuildFlags) -> Result<Plan> {
    let plan = Plan::new(project, flags, &Machine::look(project)?)?;
    let missing: Vec<_> = Folder::read(&project.root)?.missing_copies();
    let lines: String = missing.iter().map(|finding| format!("\n  {finding}")).collect();
    ensure!(missing.is_empty(), "the Dockerfile cannot be built:{lines}");
    Ok(plan)
}
