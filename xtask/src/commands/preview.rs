//! `cargo xtask preview`: hands over to the crate `preview`, which has the web server.

use anyhow::Result;
use camino::Utf8Path;

use crate::companion::Companion;
use crate::process;
use crate::project::Lookup;

/// The crate describes its own flags.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    flags: Vec<std::ffi::OsString>,
}

impl Args {
    /// Comes back only with an error: the preview takes the place of this program.
    pub fn run(self, folder: &Utf8Path) -> Result<bool> {
        let offline = self.flags.iter().any(|flag| flag == "--offline");
        let preview = Companion { name: "preview", what: "the preview, which takes a minute or two" };
        let mut command = std::process::Command::new(preview.program(Lookup { offline, locked: false })?);
        command.args(self.flags).current_dir(folder);
        process::hand_over(command, "start the preview")
    }
}
