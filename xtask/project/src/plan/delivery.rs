//! Where the image goes, and which engine writes it.
//!
//! Images that leave the machine go through buildx, with Docker's own credentials. An archive needs no container engine if
//! the Dockerfile only copies.

use anyhow::Result;
use serde::Serialize;

use sixfold_image::write::DockerfileError;

use super::flags::{BuildFlags, EngineChoice};

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
    Archive {
        engine: Engine,
    },
    Registry {
        overwrite: bool,
    },
    Engine,
    /// Only some cells, in this folder of the dist folder.
    Cells {
        folder: String,
    },
}

impl Delivery {
    /// `only_buildx` says why the builtin engine cannot build the Dockerfile. Fails when the flags ask for that engine.
    pub(super) fn choose(flags: &BuildFlags, only_buildx: Option<DockerfileError>) -> Result<Self> {
        if !flags.only.is_empty() {
            let names: Vec<_> = flags.only.iter().map(ToString::to_string).collect();
            return Ok(Self::Cells { folder: format!("cells-{}", names.join("-")) });
        }
        if flags.push {
            return Ok(Self::Registry { overwrite: flags.overwrite });
        }
        if flags.load {
            return Ok(Self::Engine);
        }
        let engine = match (flags.engine, only_buildx) {
            (EngineChoice::Builtin, Some(error)) => return Err(error.into()),
            (EngineChoice::Buildx, _) | (EngineChoice::Auto, Some(_)) => Engine::Buildx,
            (EngineChoice::Auto, None) if flags.needs_buildx() => Engine::Buildx,
            (EngineChoice::Builtin | EngineChoice::Auto, None) => Engine::Builtin,
        };
        Ok(Self::Archive { engine })
    }
}
