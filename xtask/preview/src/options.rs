//! The flags of `cargo xtask preview`.

use crate::page::html::Desktop;

/// Opens the extension's tab in a browser, with the real host binaries behind it
#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask preview", bin_name = "cargo xtask preview", max_term_width = 100)]
pub struct Options {
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
