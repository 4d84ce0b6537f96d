//! Downloads over http and https, with the proxies and certificates of the environment. Failures that may pass are
//! tried again a few times; other failures are final.

mod client;
mod download;
mod failure;
mod policy;
mod proxy;
mod retry;
#[cfg(feature = "tls")]
mod tls;

use anyhow::{Context as _, Result};
pub(crate) use client::{Client, Redirects};
pub(crate) use download::download;
pub(crate) use policy::Policy;

use crate::checksums;
use crate::reporter::Reporter;
use crate::source::Address;
pub(crate) use failure::Failure;

/// Reads a publisher's list of digests.
pub(crate) fn read_list(client: &Client, address: &Address, reporter: &mut Reporter<'_>) -> Result<String> {
    retry::run(client.policy(), reporter, |_| attempt(client, address))
        .with_context(|| format!("cannot read {address}"))
}

fn attempt(client: &Client, address: &Address) -> Result<String, Failure> {
    let response = client.get(address, Redirects::SecureOnly)?;
    Ok(response.into_body().into_with_config().limit(checksums::MAX_SIZE).read_to_string()?)
}
