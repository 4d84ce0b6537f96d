//! `cargo xtask push`: pushes an archive that was made elsewhere.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::scratch::Scratch;
use sixfold_base::terminal;
use sixfold_image::read::unpack;
use sixfold_model::reference::Tagged;

use crate::buildx::Buildx;
use crate::docker::Docker;
use crate::read_back;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An OCI archive, as `dist` writes it
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// The name of the image in its registry, such as you/your-extension:1.0.0
    #[arg(value_name = "NAME")]
    name: Tagged,
    /// Push even if the tag exists, which replaces it
    #[arg(long)]
    overwrite: bool,
    /// The builder of buildx whose settings for registries apply [default: the current one]
    #[arg(long)]
    builder: Option<String>,
}

impl Args {
    /// Verifies the archive, pushes it by its digest, compares what the registry has, and sets the tag last. Prints the name with
    /// the digest.
    pub(crate) fn run(self, current: &Utf8Path) -> Result<Outcome> {
        let docker = Docker::default();
        let layout = Scratch::new()?;
        let file = self.file.clone();
        let heartbeat = Heartbeat::start(move || format!("for the contents of {file}"));
        unpack(&current.join(&self.file), layout.path())?;
        let found = sixfold_inspect::image(layout.path().as_str())
            .with_context(|| format!("cannot push {}", self.file))?;
        read_back::sound(&found, self.file.as_str())?;
        drop(heartbeat);
        terminal::step("Verified", format_args!("{} binaries in {}", found.cells.len(), self.file));
        let lookup = Lookup { offline: false, locked: false };
        let name = self.name.to_string();
        let buildx = Buildx::for_upload(&docker, self.builder.as_deref(), &name, self.overwrite, lookup)?;
        let (pushed, digest) = buildx.push_by_digest(&name, layout.path())?;
        read_back::same(&docker, &pushed, &digest, buildx.builder(), &found)?;
        let names = [name];
        buildx.tag(&docker, &names, &pushed)?;
        read_back::tags(&docker, &names, buildx.builder(), &digest)?;
        terminal::step("Finished", format_args!("{}", names.concat()));
        terminal::answer(&format!("{pushed}\n"))?;
        Ok(Outcome::Success)
    }
}
