//! Makes an image from the verified stage, and delivers it.

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::program::TOOL;
use sixfold_base::{files, interrupt, terminal};
use sixfold_image::read::unpack;
use sixfold_image::write::{BuiltinDockerfile, attach, builtin, pack};
use sixfold_inspect::Inspection;
use sixfold_model::digest::Digest;
use sixfold_project::plan::{Delivery, Image, Matrix, Plan, Sbom};

use crate::buildx::{Buildx, Output, layout};
use crate::docker::Docker;
use crate::read_back;
use crate::sbom;
use crate::sign;
use crate::stage::Stage;

/// Where the image is.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// The digest of the index, or of the manifest if there is one platform. `None` if buildx does not say.
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

/// Writes an archive with the builtin engine.
pub(crate) fn builtin(image: &Image, matrix: &Matrix, dist: &DistFolder, stage: &Stage) -> Result<Delivered> {
    terminal::step("Writing", format_args!("{}", image.archive));
    let digest = write(image, dockerfile_of(image)?, dist, stage, &dist.partial(&image.archive))?;
    Ok(Delivered { digest: Some(digest), archive: Some(finish_archive(&image.archive, matrix, dist)?) })
}

fn write(
    image: &Image,
    dockerfile: &BuiltinDockerfile,
    dist: &DistFolder,
    stage: &Stage,
    output: &Utf8Path,
) -> Result<Digest> {
    let written = builtin::write(&builtin::Request {
        stage: &stage.dir,
        dockerfile,
        platforms: &image.platforms,
        labels: &image.labels,
        created: image.created,
        file_time: image.file_time,
        names: &image.names,
        cache: &dist.join("layers"),
        output,
    })?;
    Ok(written.index_digest)
}

/// Lets buildx build and deliver the image. If the Dockerfile only copies, the image is known and verified before.
pub(crate) fn buildx(
    docker: &Docker,
    buildx: &Buildx,
    plan: &Plan,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<Delivered> {
    let Plan { image, matrix, delivery, .. } = plan;
    match delivery {
        Delivery::Registry { .. } if image.is_tagged_last() => {
            return push_verified(docker, buildx, plan, dist, stage);
        }
        Delivery::Engine => return load(docker, buildx, plan, dist, stage),
        Delivery::Registry { .. } | Delivery::Archive { .. } | Delivery::Cells { .. } => {}
    }
    // An archive is verified itself, before it gets its name.
    let rehearsed =
        image.dockerfile.parsed.as_ref().filter(|_| !matches!(delivery, Delivery::Archive { .. }));
    if let Some(dockerfile) = rehearsed {
        rehearse(image, dockerfile, matrix, dist, stage)?;
    }
    if let Delivery::Registry { .. } = delivery {
        interrupt::advise(format!(
            "it is unknown whether the push was finished: `{TOOL} inspect {}` shows whether the image exists, and if it \
             does, pushing it again needs `--overwrite`",
            image.name()
        ));
    }
    let build = |to| buildx.build(docker, image, to, dist, &stage.dir);
    if let Delivery::Archive { .. } = delivery {
        let digest = build(Output::Archive)?;
        return Ok(Delivered { digest, archive: Some(finish_archive(&image.archive, matrix, dist)?) });
    }
    let digest = build(Output::Registry)?;
    read_back::pushed(docker, &image.names, matrix, buildx.builder(), digest.as_ref())?;
    Ok(Delivered { digest, archive: None })
}

/// Delivers the image with a list of its contents. It is written to a folder first, since buildx cannot attach a document that it
/// did not make.
pub(crate) fn with_sbom(
    docker: &Docker,
    buildx: Option<&Buildx>,
    plan: &Plan,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<Delivered> {
    let Plan { image, matrix, delivery, .. } = plan;
    let Sbom::Own(contents) = &image.sbom else { bail!("the plan has no SBOM of our own") };
    let documents = sbom::documents(plan, contents, stage)?;
    let folder = layout(dist);
    match buildx.filter(|_| plan.is_built_by_buildx()) {
        Some(buildx) => drop(build_layout(docker, buildx, plan, dist, stage)?),
        None => write_layout(image, matrix, dist, stage)?,
    }
    let digest = attach(&folder, &documents, &image.names)?;
    sbom::verify(&folder, &documents)?;
    if let (Delivery::Registry { .. }, Some(buildx)) = (delivery, buildx) {
        return push_layout(docker, buildx, plan, dist);
    }
    terminal::step("Writing", format_args!("{}", image.archive));
    pack(&folder, &image.names, image.created, &dist.partial(&image.archive))?;
    fs::remove_dir_all(folder)?;
    Ok(Delivered { digest: Some(digest), archive: Some(finish_archive(&image.archive, matrix, dist)?) })
}

/// Writes the image to the folder [`layout`] with the builtin engine, and verifies it there.
fn write_layout(image: &Image, matrix: &Matrix, dist: &DistFolder, stage: &Stage) -> Result<()> {
    let file = dist.partial("unattested.oci.tar");
    write(image, dockerfile_of(image)?, dist, stage, &file)?;
    unpack(&file, &layout(dist))?;
    fs::remove_file(file)?;
    read_back::rehearsed(matrix, &layout(dist)).map(drop)
}

fn dockerfile_of(image: &Image) -> Result<&BuiltinDockerfile> {
    image.dockerfile.parsed.as_ref().context("the builtin engine cannot build the Dockerfile")
}

/// Pushes an image that is signed, or whose Dockerfile does more than copy. Buildx writes it to a folder, and it gets a tag only
/// after every cell has been verified there and in the registry, and after it was signed.
fn push_verified(
    docker: &Docker,
    buildx: &Buildx,
    plan: &Plan,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<Delivered> {
    build_layout(docker, buildx, plan, dist, stage)?;
    push_layout(docker, buildx, plan, dist)
}

/// Pushes the verified image of the folder [`layout`], and gives it its tags after it was read back.
fn push_layout(docker: &Docker, buildx: &Buildx, plan: &Plan, dist: &DistFolder) -> Result<Delivered> {
    let Plan { image, matrix, .. } = plan;
    let layout = layout(dist);
    let (pushed, digest) = buildx.push_by_digest(image.name(), &layout)?;
    read_back::untagged(docker, &pushed, &digest, matrix, buildx.builder())?;
    if let Some(signing) = &image.signing {
        sign::image::sign(signing, &pushed, plan.lookup)?;
    }
    interrupt::advise(format!("`{TOOL} inspect {}` shows whether the image has its tag", image.name()));
    buildx.tag(docker, &image.names, &pushed)?;
    read_back::tags(docker, &image.names, buildx.builder(), &digest)?;
    fs::remove_dir_all(layout)?;
    Ok(Delivered { digest: Some(digest), archive: None })
}

/// Loads the image into the engine after it was verified. The image of a Dockerfile that does more than copy is written to a
/// folder for that, if the builder can do so. Then it is read back from the engine, which must have the same.
fn load(
    docker: &Docker,
    buildx: &Buildx,
    plan: &Plan,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<Delivered> {
    let Plan { image, matrix, .. } = plan;
    let build = |to| buildx.build(docker, image, to, dist, &stage.dir);
    if let Some(dockerfile) = &image.dockerfile.parsed {
        rehearse(image, dockerfile, matrix, dist, stage)?;
        return Ok(Delivered { digest: build(Output::Engine)?, archive: None });
    }
    let verified = if buildx.writes_files {
        let verified = build_layout(docker, buildx, plan, dist, stage)?;
        fs::remove_dir_all(layout(dist))?;
        Some(verified)
    } else {
        None
    };
    let digest = build(Output::Engine)?;
    read_back::loaded(docker, image.name(), matrix, &dist.partial("loaded.tar"), verified.as_ref())?;
    Ok(Delivered { digest, archive: None })
}

/// Lets buildx write the image to the folder [`layout`], and verifies it there.
fn build_layout(
    docker: &Docker,
    buildx: &Buildx,
    plan: &Plan,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<Inspection> {
    buildx.build(docker, &plan.image, Output::Layout, dist, &stage.dir)?;
    read_back::rehearsed(&plan.matrix, &layout(dist))
}

/// Makes the image without buildx, and verifies it.
fn rehearse(
    image: &Image,
    dockerfile: &BuiltinDockerfile,
    matrix: &Matrix,
    dist: &DistFolder,
    stage: &Stage,
) -> Result<()> {
    let file = dist.partial("rehearsal.oci.tar");
    write(image, dockerfile, dist, stage, &file)?;
    let verified = read_back::rehearsed(matrix, &file);
    fs::remove_file(&file)?;
    verified.map(drop)
}

/// Verifies the archive and gives it its final name.
fn finish_archive(name: &str, matrix: &Matrix, dist: &DistFolder) -> Result<Archive> {
    let (partial, path) = (dist.partial(name), dist.join(name));
    let size = fs::metadata(&partial).context("no archive was written")?.len();
    read_back::archive(matrix, &partial)?;
    files::commit_file(&partial, &path)?;
    Ok(Archive { path, size })
}
