//! The flags of `preview`. Both the tool and the preview's own program read them.

use camino::Utf8PathBuf;
use serde::Serialize;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the UI from its own dev server, with hot reloading
    #[arg(long)]
    pub dev: bool,
    /// Do not open a browser; print the address on standard output
    #[arg(long)]
    pub no_open: bool,
    /// Answer the UI as this desktop does
    #[arg(long = "as", value_enum, value_name = "DESKTOP", default_value_t)]
    pub desktop: Desktop,
    /// The port to serve at; 0 means any free port
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The cargo profile of the host binaries
    #[arg(long, value_name = "P", default_value = "dev")]
    pub profile: String,
    /// Do not use the network
    #[arg(long)]
    pub offline: bool,
    /// The tool's own program, which builds the UI
    #[arg(long, hide = true, value_name = "FILE")]
    pub tool: Option<Utf8PathBuf>,
    /// End when standard input is closed; for tests, which may be killed
    #[arg(long)]
    pub until_stdin_closes: bool,
}

/// The desktop that the preview imitates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Desktop {
    #[default]
    Docker,
    Rancher,
    Podman,
}
