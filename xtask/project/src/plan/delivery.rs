//! Where the image goes, and what writes it.
//!
//! What leaves the machine goes through buildx, with Docker's own credentials; an archive needs no engine as long as the
//! Dockerfile only copies. The Dockerfile is read in any case: one that nobody can build is told before anything is
//! compiled.

use anyhow::Result;
use serde::Serialize;

use super::flags::{BuildFlags, EngineChoice};
use crate::Project;
use sixfold_image::write::{BuiltinDockerfile as Dockerfile, DockerfileError as Refusal};
use sixfold_model::matrix::Platform;

/// What writes an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Builtin,
    Buildx,
}

/// Where the image goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "to")]
pub enum Delivery {
    Archive { engine: Engine },
    Registry { overwrite: bool },
    Engine,
}

/// `refusal` is what [`only_for_buildx`] gives.
pub(super) fn choose(flags: &BuildFlags, refusal: Option<Refusal>) -> Result<Delivery> {
    if flags.push {
        return Ok(Delivery::Registry { overwrite: flags.overwrite });
    }
    if flags.load {
        return Ok(Delivery::Engine);
    }
    let engine = match (flags.engine, refusal) {
        (EngineChoice::Builtin, Some(refusal)) => return Err(refusal.into()),
        (EngineChoice::Buildx, _) | (EngineChoice::Auto, Some(_)) => Engine::Buildx,
        (EngineChoice::Auto, None) if flags.only_for_buildx() => Engine::Buildx,
        (EngineChoice::Builtin | EngineChoice::Auto, None) => Engine::Builtin,
    };
    Ok(Delivery::Archive { engine })
}

/// Why nothing but buildx can build the Dockerfile; `None` where the engine `builtin` makes the same image.
///
/// Fails where there is no Dockerfile, and where buildx would refuse it too.
pub(super) fn only_for_buildx(project: &Project, platforms: &[Platform]) -> Result<Option<Refusal>> {
    let Err(error) = evaluate(project, platforms) else { return Ok(None) };
    match error.downcast::<Refusal>()? {
        refusal if refusal.is_for_buildx() => Ok(Some(refusal)),
        mistake => Err(mistake.into()),
    }
}

fn evaluate(project: &Project, platforms: &[Platform]) -> Result<()> {
    let dockerfile = Dockerfile::read(&project.dockerfile())?;
    platforms.iter().try_for_each(|platform| Ok(dockerfile.recipe(*platform).map(drop)?))
}
