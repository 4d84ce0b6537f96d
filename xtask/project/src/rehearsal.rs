//! Finds out whether a project can be planned, for `check`: with the code that plans, so that both agree.

use anyhow::{Error, Result};
use camino::Utf8Path;

use crate::machine::Machine;
use crate::plan::{BuildFlags, Plan};
use crate::project::Project;
use crate::workspace;

/// Plans as far as that is possible without the dependencies of the workspace in `root`, and so without the network. Fails if
/// `dist` would reject the project before it builds anything.
pub fn rehearse(root: &Utf8Path) -> Result<()> {
    let project = Project::of(root, |root| workspace::outline(root).map_err(Error::msg))?;
    Plan::new(&project, &BuildFlags::default(), &Machine::look(&project)?).map(drop)
}
