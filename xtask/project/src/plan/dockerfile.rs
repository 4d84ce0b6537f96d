//! The Dockerfile as it was when the plan was made. This text is built, even if the file changes in the meantime.

use anyhow::Result;
use camino::Utf8Path;

use sixfold_image::dockerfile::{self as image, Refusal, Text};
use sixfold_model::matrix::Platform;

#[derive(Clone, Debug)]
pub struct Dockerfile {
    pub text: Text,
    /// The parsed file, if it only copies, so that the builtin engine can build it. Then the image is known before buildx
    /// makes it.
    pub parsed: Option<image::Dockerfile>,
}

impl Dockerfile {
    /// Reads the file. Also returns why only buildx can build it, if that is so.
    ///
    /// Fails when there is no Dockerfile, and for a mistake that buildx would not accept either.
    pub(super) fn read(path: &Utf8Path, platforms: &[Platform]) -> Result<(Self, Option<Refusal>)> {
        let text = Text::read(path)?;
        match parse(&text, platforms) {
            Ok(parsed) => Ok((Self { text, parsed: Some(parsed) }, None)),
            Err(refusal) if refusal.is_for_buildx() => Ok((Self { text, parsed: None }, Some(refusal))),
            Err(mistake) => Err(mistake.into()),
        }
    }
}

fn parse(text: &Text, platforms: &[Platform]) -> Result<image::Dockerfile, Refusal> {
    let parsed = text.parse()?;
    platforms.iter().try_for_each(|platform| parsed.recipe(*platform).map(drop))?;
    Ok(parsed)
}
