//! `cargo xtask plan`: shows what `dist` would do with the same flags.

use anyhow::Result;
use camino::Utf8Path;
use clap::ValueEnum;

use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_project::Project;
use sixfold_project::plan::{BuildFlags, Delivery, Engine};

use crate::buildx::Buildx;
use crate::docker::Docker;
use crate::planned;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    build: BuildFlags,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        self.build.check().unwrap_or_else(|error| error.exit());
        let project = Project::load(folder, self.build.common.lookup())?;
        let plan = planned::plan(&project, &self.build)?;
        if !matches!(plan.delivery, Delivery::Archive { engine: Engine::Builtin } | Delivery::Cells { .. }) {
            let note = Buildx::note(&Docker::default(), &plan.image, &plan.delivery);
            note.iter().for_each(terminal::note);
        }
        terminal::answer(&match self.format {
            Format::Text => plan.to_string(),
            Format::Json => serde_json::to_string_pretty(&plan)? + "\n",
        })?;
        Ok(Outcome::Success)
    }
}
