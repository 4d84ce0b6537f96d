//! The flags of `preview`: the command of the tool and the preview's own program read the same ones.

use camino::Utf8PathBuf;
use serde::Serialize;

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
    /// The program of the tool, which builds the UI
    #[arg(long, hide = true, value_name = "FILE")]
    pub tool: Option<Utf8PathBuf>,
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
