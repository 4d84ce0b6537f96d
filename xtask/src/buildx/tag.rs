//! The tag guard: a tag that exists is never overwritten unasked.
//!
//! Free, taken and cannot-tell are three different answers, and only free goes on. Docker's own template takes every
//! failure to pull for "free", and ends with 0 when the tag is taken.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::process;

#[derive(Debug, PartialEq, Eq)]
enum State {
    Free,
    Taken,
    CannotTell,
}

/// Fails unless the registry says that there is no `name` (`repository:tag`).
pub fn must_be_free(sh: &Shell, builder: &str, name: &str) -> Result<()> {
    let output = process::capture(
        cmd!(sh, "docker buildx imagetools inspect --builder {builder} --raw {name}"),
        "ask the registry for the tag",
    )?;
    match state(output.status.success(), name, &output.stderr) {
        State::Free => Ok(()),
        State::Taken => bail!(
            "{name} exists already, and users may have it: raise `version` in Cargo.toml, give another --tag, or \
             replace it with --overwrite"
        ),
        State::CannotTell => bail!(
            "cannot tell whether {name} exists already, so nothing is pushed: see to it that the registry answers \
             (`docker login`, the name, the network), or push regardless with --overwrite\n{}",
            output.tail()
        ),
    }
}

/// Only a registry's clear no counts as free. Docker Hub answers 401 or "denied" for a repository that is missing or
/// closed: that tells nothing.
fn state(found: bool, name: &str, stderr: &str) -> State {
    // What buildx says of the reference itself. Proxies and missing helper programs say "not found" of other things.
    let is_missing = stderr.lines().any(|line| line.trim_end().ends_with(&format!("{name}: not found")));
    // The name itself may hold any of these words.
    let stderr = stderr.replace(name, "").to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
    match found {
        true => State::Taken,
        false if says(&["unauthorized", "forbidden", "denied", "authorization"]) => State::CannotTell,
        false if says(&["dial tcp", "lookup ", "no such host"]) => State::CannotTell,
        false if says(&["executable file", "credential"]) => State::CannotTell,
        false if is_missing || says(&["manifest unknown", "name unknown"]) => State::Free,
        false => State::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_no_is_free() {
        let answers = [
            (true, "", State::Taken),
            (false, "ERROR: localhost:5000/x/y:1: not found", State::Free),
            (false, "ERROR: manifest unknown", State::Free),
            (false, "ERROR: dial tcp 127.0.0.1:5000: connect: connection refused", State::CannotTell),
            (false, "ERROR: dial tcp: lookup r.example: no such host: not found", State::CannotTell),
            (false, "ERROR: unexpected status from HEAD request: 401 Unauthorized", State::CannotTell),
            (
                false,
                "ERROR: pull access denied, repository does not exist or may require authorization",
                State::CannotTell,
            ),
            (false, "ERROR: unexpected status: 500 Internal Server Error", State::CannotTell),
            (
                false,
                "ERROR: exec: \"docker-credential-desktop\": executable file not found in $PATH",
                State::CannotTell,
            ),
            (false, "ERROR: unexpected status from GET request: 404 Not Found", State::CannotTell),
            (false, "", State::CannotTell),
        ];
        for (found, stderr, expected) in answers {
            assert_eq!(state(found, "localhost:5000/x/y:1", stderr), expected, "{stderr}");
        }
    }
}
