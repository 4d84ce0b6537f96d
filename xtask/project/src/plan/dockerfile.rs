//! The Dockerfile as it was when the plan was made. This text is built, even if the file changes in the meantime.

use anyhow::Result;

use sixfold_image::write::{BuiltinDockerfile, DockerfileError, DockerfileText};
use sixfold_model::matrix::Platform;

use crate::project::Project;

#[derive(Clone, Debug)]
pub struct Dockerfile {
    pub text: DockerfileText,
    /// The parsed file, if it only copies, so that the builtin engine can build it. Then the image is known before buildx
    /// makes it.
    pub parsed: Option<BuiltinDockerfile>,
}

impl Dockerfile {
    /// Reads the file. Also returns why only buildx can build it, if that is so.
    ///
    /// Fails when there is no Dockerfile, and for a mistake that buildx would not accept either.
    pub(super) fn read(project: &Project, platforms: &[Platform]) -> Result<(Self, Option<DockerfileError>)> {
        let context = project.config.context().map(|context| project.root.join(context));
        let text = DockerfileText::read(&project.root.join(project.config.dockerfile()), context)?;
        match parse(&text, platforms) {
            Ok(parsed) => Ok((Self { text, parsed: Some(parsed) }, None)),
            Err(error) if error.is_for_buildx() => Ok((Self { text, parsed: None }, Some(error))),
            Err(error) => Err(error.into()),
        }
    }
}

fn parse(text: &DockerfileText, platforms: &[Platform]) -> Result<BuiltinDockerfile, DockerfileError> {
    let parsed = text.parse()?;
    platforms.iter().try_for_each(|platform| parsed.recipe(*platform).map(drop))?;
    Ok(parsed)
}
