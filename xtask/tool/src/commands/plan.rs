//! `cargo xtask plan`: the plan of `dist` with the same flags, and nothing done.

use anyhow::Result;
use camino::Utf8Path;
use clap::ValueEnum;
use xshell::Shell;

use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_project::Project;
use sixfold_project::plan::{BuildFlags, Machine, Plan};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    build: BuildFlags,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        self.build.refuse_misuse();
        let project = Project::load(folder, self.build.common.lookup())?;
        let sh = Shell::new()?;
        sh.change_dir(&project.root);
        let plan = Plan::new(&project, &self.build, &Machine::look(&sh, &project)?)?;
        terminal::answer(&match self.format {
            Format::Text => plan.to_string(),
            Format::Json => serde_json::to_string_pretty(&plan)? + "\n",
        })?;
        Ok(Outcome::Success)
    }
}
