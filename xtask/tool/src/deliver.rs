//! Delivery: an image is made of the verified stage, and goes where the plan says.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use xshell::Shell;

use crate::buildx::Buildx;
use crate::read_back;
use crate::stage::Stage;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::program::TOOL;
use sixfold_base::{files, interrupt, terminal};
use sixfold_image::write::builtin;
use sixfold_model::digest::Digest;
use sixfold_project::plan::{BuildFlags, Delivery, Plan};

/// What became of the image.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// Of the image: its index, or the manifest where there is one platform. Unknown where buildx does not say.
    pub digest: Option<Digest>,
    pub archive: Option<Archive>,
}

/// A finished archive.
#[derive(Debug)]
pub(crate) struct Archive {
    pub path: Utf8PathBuf,
    /// In bytes.
    pub size: u64,
}

/// Writes the archive `file` without an engine.
pub(crate) fn builtin(plan: &Plan, dist: &DistFolder, stage: &Stage) -> Result<Delivered> {
    let file = &plan.archive;
    terminal::step("Writing", format_args!("{file}"));
    let digest = write(plan, dist, stage, &dist.partial(file))?;
    Ok(Delivered { digest: Some(digest), archive: Some(finish_archive(plan, dist)?) })
}

fn write(plan: &Plan, dist: &DistFolder, stage: &Stage, output: &Utf8Path) -> Result<Digest> {
    let written = builtin::write(&builtin::Request {
        stage: &stage.dir,
        dockerfile: &plan.dockerfile,
        platforms: &plan.platforms,
        labels: &plan.labels,
        created: plan.created,
        file_time: plan.file_time,
        names: &plan.names,
        cache: &dist.join("layers"),
        output,
    })?;
    Ok(written.index_digest)
}

/// Hands the stage to buildx. What it makes of a Dockerfile that only copies is checked first, but for an archive, which
/// is read before it gets its name.
pub(crate) fn buildx(
    sh: &Shell,
    buildx: &Buildx,
    plan: &Plan,
    flags: &BuildFlags,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<Delivered> {
    if plan.only_copies && !matches!(plan.delivery, Delivery::Archive { .. }) {
        rehearse(plan, dist, stage)?;
    }
    if let Delivery::Registry { .. } = &plan.delivery {
        interrupt::advise(format!(
            "nobody can tell here whether the push arrived: `{TOOL} inspect {}` shows it, and if it did, pushing \
             again needs `--overwrite`",
            plan.image
        ));
    }
    let digest = buildx.build(sh, plan, flags, dist, &stage.dir)?.digest;
    let archive = match &plan.delivery {
        Delivery::Archive { .. } => Some(finish_archive(plan, dist)?),
        Delivery::Registry { .. } => {
            read_back::pushed(plan, buildx.builder(), digest.as_ref()).map(|()| None)?
        }
        // What the Dockerfile makes has been judged already.
        Delivery::Engine if plan.only_copies => None,
        Delivery::Engine => read_back::loaded(sh, plan, &dist.partial("loaded.tar")).map(|()| None)?,
    };
    Ok(Delivered { digest, archive })
}

/// Makes the image without buildx, and has it judged.
fn rehearse(plan: &Plan, dist: &DistFolder, stage: &Stage) -> Result<()> {
    let file = dist.partial("rehearsal.oci.tar");
    write(plan, dist, stage, &file)?;
    let judged = read_back::rehearsed(plan, &file);
    fs::remove_file(&file)?;
    judged
}

/// Gives the archive its final name, once it has been read back.
fn finish_archive(plan: &Plan, dist: &DistFolder) -> Result<Archive> {
    let (partial, path) = (dist.partial(&plan.archive), dist.join(&plan.archive));
    let size = fs::metadata(&partial).context("no archive was written")?.len();
    read_back::archive(plan, &partial)?;
    files::commit_file(&partial, &path)?;
    Ok(Archive { path, size })
}
