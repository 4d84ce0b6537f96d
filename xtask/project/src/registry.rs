//! Asks registries, and the servers of pictures, through the crate `sixfold-fetch`, which contains everything that needs TLS.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use sixfold_base::lookup::Lookup;
use sixfold_base::process;
use sixfold_model::published::{Answers, Question};
use sixfold_model::signatures::Signatures;

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
    ask(command, "", "ask the registry for the tag")
}

/// Asks for the tags beside this one, and for the pictures. Fails as [`tag_state`] does: what servers answer is in the result.
pub fn published(question: &Question, lookup: Lookup) -> Result<Answers> {
    let mut command = fetch_program::command(lookup)?;
    command.arg("published");
    ask(command, &serde_json::to_string(question)?, "ask for the tags and the pictures")
}

/// Asks for the signatures of an image: `repository:tag` or `repository@digest`. Fails as [`tag_state`] does. The inner
/// error is why the registry does not say it.
pub fn signatures(name: &str, lookup: Lookup) -> Result<Result<Signatures, String>> {
    let mut command = fetch_program::command(lookup)?;
    command.args(["signatures", name]);
    ask(command, "", "ask the registry for signatures")
}

/// Builds the program that asks, so that nothing has to be compiled later.
pub fn prepare(lookup: Lookup) -> Result<()> {
    fetch_program::command(lookup).map(drop)
}

fn ask<T: DeserializeOwned>(command: Command, input: &str, purpose: &str) -> Result<T> {
    let mut answer = None;
    let status = process::stream(command, input, purpose, |line| {
        answer = Some(serde_json::from_str(line).context("the fetch program printed an unknown message")?);
        Ok(())
    })?;
    match answer {
        Some(answer) if status.success() => Ok(answer),
        _ => bail!("the fetch program ended with {status}; its messages are above"),
    }
}
