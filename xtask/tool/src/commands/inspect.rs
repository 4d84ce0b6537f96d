//! `cargo xtask inspect`: shows what each kind of host gets from an image. The image may be built with any tool.

use anyhow::{Result, anyhow, bail};
use camino::Utf8Path;

use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_inspect::report::Format;
use sixfold_project::registry;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An image reference, an OCI archive or layout, an archive of `docker save`, or a folder that contains
    /// linux_amd64/ and linux_arm64/
    #[arg(value_name = "WHAT")]
    what: String,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Also ask the registry for signatures of cosign; no key is verified
    #[arg(long)]
    signatures: bool,
}

impl Args {
    /// Returns [`Outcome::Problems`] if there are any.
    pub(crate) fn run(self) -> Result<Outcome> {
        if self.signatures && Utf8Path::new(&self.what).exists() {
            bail!(
                "{} is not in a registry\nhelp: leave out --signatures: cosign keeps signatures in registries",
                self.what
            );
        }
        let waiting = format!("for the contents of {}", self.what);
        let heartbeat = Heartbeat::start(move || waiting.clone());
        let mut inspection = sixfold_inspect::image(&self.what)?;
        drop(heartbeat);
        if self.signatures {
            let unknown = |why| {
                anyhow!("cannot read the signatures of {}: {why}\nhelp: log in to its registry", self.what)
            };
            inspection.add_signatures(registry::signatures(&self.what, Lookup::default())?.map_err(unknown)?);
        }
        terminal::answer(&inspection.render(self.format)?)?;
        Ok(Outcome::problems_if(inspection.problems().next().is_some()))
    }
}
