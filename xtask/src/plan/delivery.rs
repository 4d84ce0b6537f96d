//! Where the image goes, and what writes it.
//!
//! What leaves the machine goes through buildx, with Docker's own credentials; an archive needs no engine as long as the
//! Dockerfile only copies. The Dockerfile is read in any case: one that nobody can build is told before anything is
//! compiled.

use anyhow::Result;
use fs_err as fs;
use serde::Serialize;

use super::flags::{BuildFlags, EngineChoice};
use crate::image::dockerfile::{Dockerfile, Refusal};
use crate::matrix::Platform;
use crate::project::Project;

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
pub fn choose(flags: &BuildFlags, refusal: Option<Refusal>) -> Result<Delivery> {
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
pub fn only_for_buildx(project: &Project, platforms: &[Platform]) -> Result<Option<Refusal>> {
    let Err(error) = evaluate(project, platforms) else { return Ok(None) };
    match error.downcast::<Refusal>()? {
        refusal if refusal.is_for_buildx() => Ok(Some(refusal)),
        refusal if is_beyond_us(&fs::read_to_string(project.dockerfile())?) => Ok(Some(refusal)),
        mistake => Err(mistake.into()),
    }
}

/// Whether what our parser takes for a mistake may be right: it knows Docker's own syntax, and here-documents only where
/// they are all that an instruction has.
fn is_beyond_us(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().replace(' ', "").to_lowercase();
    let has_foreign_syntax =
        first.starts_with("#syntax=") && !first.starts_with("#syntax=docker/dockerfile:1");
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    has_foreign_syntax || text.lines().any(|line| !is_comment(line) && line.contains("<<"))
}

fn evaluate(project: &Project, platforms: &[Platform]) -> Result<()> {
    let dockerfile = Dockerfile::read(&project.dockerfile())?;
    platforms.iter().try_for_each(|platform| Ok(dockerfile.recipe(*platform).map(drop)?))
}

#[cfg(test)]
mod tests {
    use super::is_beyond_us;

    #[test]
    fn what_the_parser_does_not_know_is_left_to_buildx() {
        assert!(is_beyond_us("# syntax = example/other:2\nhello: world\n"));
        assert!(is_beyond_us("FROM x\nRUN cat <<EOF > /y\nhello\nEOF\n"));
        for text in
            ["", "hello\n", "# syntax=docker/dockerfile:1\nhello\n", "# a << b\nARG TARGETARCH=amd64\n"]
        {
            assert!(!is_beyond_us(text), "{text}");
        }
    }
}
