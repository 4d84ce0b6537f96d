//! `cargo xtask inspect`: what every kind of host gets from an image, any image, whoever built it.

use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, Result};

use crate::inspect;
use crate::inspect::report::Format;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// An image reference, an OCI archive or layout, what `docker save` wrote, or a folder that holds linux_amd64/ and
    /// linux_arm64/
    #[arg(value_name = "WHAT")]
    what: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// `Ok(false)` where there are problems.
    pub fn run(self) -> Result<bool> {
        let inspection = inspect::image(&self.what)?;
        let written = anstream::stdout().write_all(inspection.render(self.format)?.as_bytes());
        match written {
            // Whoever reads has read enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written.context("cannot write the report")?,
        }
        Ok(inspection.problems().next().is_none())
    }
}
