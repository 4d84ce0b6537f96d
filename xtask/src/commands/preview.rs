//! `cargo xtask preview`: its flags. The rest is in the crate `preview`, which has the web server and takes over.

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;

use crate::companion::Companion;
use crate::process;
use crate::project::Lookup;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Put the page's own dev server behind the tab, with hot reloading
    #[arg(long)]
    pub dev: bool,
    /// Open no browser; print the address on standard output
    #[arg(long)]
    pub no_open: bool,
    /// Answer the page as this desktop does
    #[arg(long = "as", value_enum, value_name = "DESKTOP", default_value_t)]
    pub desktop: Desktop,
    /// The port to serve at; 0 is any that is free
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The cargo profile of the host binaries
    #[arg(long, value_name = "P", default_value = "dev")]
    pub profile: String,
    /// Use nothing from the network
    #[arg(long)]
    pub offline: bool,
    /// End when standard input is closed: for tests, which may be killed
    #[arg(long)]
    pub until_stdin_closes: bool,
}

/// Who the page is to find around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Desktop {
    #[default]
    Docker,
    Rancher,
    Podman,
}

impl Args {
    /// Comes back only with an error: the preview takes the place of this program.
    pub fn run(self, folder: &Utf8Path) -> Result<bool> {
        let preview = Companion { name: "preview", what: "the preview, which takes a minute or two" };
        let program = preview.program(Lookup { offline: self.offline, locked: false })?;
        let mut command = std::process::Command::new(program);
        // What stands behind `preview`: the crate reads the same flags again.
        command.args(std::env::args_os().skip(2)).current_dir(folder);
        process::hand_over(command, "start the preview")
    }
}
