//! Asks a registry for a tag, through the crate `sixfold-fetch`, which contains everything that needs TLS.

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use sixfold_base::lookup::Lookup;
use sixfold_base::process;

use crate::prebuilt::fetch_program;

/// Whether a registry has a tag. `sixfold-fetch tag` prints one as a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagState {
    Free,
    Taken,
    /// The registry did not say; this is what it answered.
    Unknown(String),
}

/// Asks the registry whether `name` (`repository:tag`) exists. Fails if the program cannot be built, or does not answer.
pub fn tag_state(name: &str, lookup: Lookup) -> Result<TagState> {
    let mut command = fetch_program::command(lookup)?;
    command.args(["tag", name]);
    let mut answer = None;
    let status = process::stream(command, "", "ask the registry for the tag", |line| {
        answer = Some(serde_json::from_str(line).context("the fetch program printed an unknown message")?);
        Ok(())
    })?;
    match answer {
        Some(answer) if status.success() => Ok(answer),
        _ => bail!("the fetch program ended with {status}; its messages are above"),
    }
}
