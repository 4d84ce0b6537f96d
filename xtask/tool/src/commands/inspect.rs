//! `cargo xtask inspect`: shows what each kind of host gets from an image. The image may be built with any tool.

use anyhow::Result;

use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_inspect::report::Format;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An image reference, an OCI archive or layout, an archive of `docker save`, or a folder that contains
    /// linux_amd64/ and linux_arm64/
    #[arg(value_name = "WHAT")]
    what: String,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// Returns [`Outcome::Problems`] if there are any.
    pub(crate) fn run(self) -> Result<Outcome> {
        let waiting = format!("for the contents of {}", self.what);
        let heartbeat = Heartbeat::start(move || waiting.clone());
        let inspection = sixfold_inspect::image(&self.what)?;
        drop(heartbeat);
        terminal::answer(&inspection.render(self.format)?)?;
        Ok(Outcome::problems_if(inspection.problems().next().is_some()))
    }
}
