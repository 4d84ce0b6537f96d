//! Carries out a plan.
//!
//! Everything that could fail late is checked first: files, tools, the builder, the tag. No archive gets its final name,
//! and nothing reaches a registry, before every cell has been verified.

use anyhow::Result;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::{disk, terminal};
use sixfold_project::plan::{Delivery, Engine, Plan};
use sixfold_project::registry;

use crate::buildx::Buildx;
use crate::deliver::Delivered;
use crate::docker::Docker;
use crate::report::Report;
use crate::tools::Tools;
use crate::{deliver, parts, read_back, stage};

/// Builds, verifies and delivers.
pub(crate) fn execute(docker: &Docker, plan: &Plan, dist: &DistFolder) -> Result<Report> {
    read_back::labels(&plan.image)?;
    stage::check_files(&plan.stage)?;
    if let Delivery::Archive { .. } = plan.delivery {
        dist.is_free_for_file(&plan.image.archive)?;
    }
    let signing = [plan.stage.signing.as_ref(), plan.image.signing.as_ref()];
    let tools =
        Tools::find(plan.toolchain.as_ref(), &plan.commands, plan.ui.as_ref(), signing, plan.lookup.offline)?;
    if plan.image.signing.is_some() {
        registry::prepare(plan.lookup)?;
    }
    let buildx = match plan.delivery {
        Delivery::Archive { engine: Engine::Builtin } | Delivery::Cells { .. } => None,
        _ => Some(Buildx::find(docker, &plan.image, &plan.delivery, plan.lookup)?),
    };
    let zig = tools.install(plan.toolchain.as_ref())?;
    plan.matrix.skipped.iter().for_each(terminal::note);
    let parts = parts::make(plan, zig.as_ref(), dist).map_err(|error| disk::blame(error, dist.path()))?;
    let _heartbeat = Heartbeat::start(|| "for the image's files to be verified and packed".to_owned());
    if let (Delivery::Cells { folder }, Some(digest)) = (&plan.delivery, &plan.digest) {
        let stage = stage::cells_for_another_machine(plan, digest, folder, &parts, dist)?;
        terminal::step("Verified", stage.summary());
        return Ok(Report::new(plan, &stage, &Delivered::default()));
    }
    let stage = stage::build(&plan.stage, &plan.matrix, &parts, dist)?;
    terminal::step("Verified", stage.summary());

    let delivered = match &buildx {
        _ if plan.image.sbom.is_own() => deliver::with_sbom(docker, buildx.as_ref(), plan, dist, &stage)?,
        Some(buildx) => deliver::buildx(docker, buildx, plan, dist, &stage)?,
        None => deliver::builtin(&plan.image, &plan.matrix, dist, &stage)?,
    };
    let report = Report::new(plan, &stage, &delivered);
    report.write(dist)?;
    Ok(report)
}
