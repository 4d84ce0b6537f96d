//! Bringing bytes from a web server: with the proxies and certificates of the environment, again and again where a
//! failure can pass, on from where a transfer broke off where the server allows, and never after what cannot pass.

mod client;
mod proxy;
mod retry;
#[cfg(feature = "tls")]
mod tls;
mod transfer;
mod trouble;

use anyhow::{Context as _, Result};
pub use client::{Client, Way};
pub use retry::Patience;
pub use transfer::{Arrival, download};
use ureq::http::StatusCode;

use crate::source::Address;
use crate::watch::Watch;
use trouble::Trouble;

/// The largest text that is read, in bytes: lists of digests are far smaller.
const TEXT: u64 = 4 << 20;

/// A small text, such as a publisher's list of digests.
pub fn text(client: &Client, address: &Address, watch: &mut Watch<'_>) -> Result<String> {
    retry::until_done(client.patience(), 0, watch, |_| {
        read_text(client, address).map_err(|trouble| (trouble, 0))
    })
    .with_context(|| format!("cannot read {address}"))
}

fn read_text(client: &Client, address: &Address) -> Result<String, Trouble> {
    let response = client.ask(address, Way::Safe, None)?;
    match response.status() {
        StatusCode::OK => Ok(response.into_body().into_with_config().limit(TEXT).read_to_string()?),
        status => Err(Trouble::of_status(status, response.headers())),
    }
}
