//! The tag guard: a tag that exists is never overwritten unasked.
//!
//! Free, taken and cannot-tell are three different answers, and only free goes on. Docker's own template takes every
//! failure to pull for "free", and ends with 0 when the tag is taken.

use std::time::Duration;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use sixfold_base::{process, terminal};
use sixfold_model::reference;

/// How long a registry may think: a person may have to unlock the store of passwords first.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Eq)]
enum State {
    Free,
    Taken,
    CannotTell,
}

/// Fails unless the registry says that there is none of the names (`repository:tag`).
///
/// Where names may be overwritten, it is asked too: a registry that does not answer is better known before everything is
/// compiled. That is told only, since some answer a push and no question.
pub(super) fn guard(sh: &Shell, builder: &str, names: &[String], overwrite: bool) -> Result<()> {
    for name in names {
        terminal::step("Asking", format_args!("the registry for {name}"));
        let (state, said) = ask(sh, builder, name, PATIENCE)?;
        match (state, overwrite) {
            (State::Free, _) | (State::Taken, true) => {}
            (State::CannotTell, true) => {
                terminal::note(format_args!("the registry does not say whether {name} exists: {said}"));
                break;
            }
            (State::Taken, false) => bail!(
                "{name} exists already, and users may have it: raise `version` in Cargo.toml, give another --tag, or \
                 replace it with --overwrite"
            ),
            (State::CannotTell, false) => bail!(
                "cannot tell whether {name} exists already, so nothing is pushed: see to it that the registry answers \
                 (`{}`, the name, the network); if the repository does not exist yet, create it at the registry; or push \
                 regardless with --overwrite\n{said}",
                reference::login(name)
            ),
        }
    }
    Ok(())
}

/// What the registry says of the name, and its words.
fn ask(sh: &Shell, builder: &str, name: &str, patience: Duration) -> Result<(State, String)> {
    let cmd = cmd!(sh, "docker buildx imagetools inspect --builder {builder} --raw {name}");
    Ok(match process::capture_within(cmd, "ask the registry for the tag", patience)? {
        Some(output) => (state(output.status.success(), name, &output.stderr), output.tail()),
        None => (State::CannotTell, format!("no answer within {} s", patience.as_secs())),
    })
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

    #[test]
    #[cfg(unix)]
    fn a_registry_that_says_nothing_is_not_waited_for() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let docker = folder.path().join("docker");
        std::fs::write(&docker, "#!/bin/sh\nexec /bin/sleep 300\n").unwrap();
        std::fs::set_permissions(docker, std::fs::Permissions::from_mode(0o755)).unwrap();
        let sh = Shell::new().unwrap();
        sh.set_var("PATH", folder.path());
        let (state, said) = ask(&sh, "default", "x/y:1", Duration::from_millis(100)).unwrap();
        assert_eq!(state, State::CannotTell);
        assert!(said.contains("no answer"), "{said}");
    }
}
