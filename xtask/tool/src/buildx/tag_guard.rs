//! The tag guard: an existing tag is never overwritten, unless `--overwrite` is given.
//!
//! Free, taken and unknown are three different answers, and only a free tag is pushed to. Docker's own template takes every
//! failure to pull for "free", and ends with exit code 0 when the tag is taken.
//!
//! Buildx is asked first, and reads logins as the push does. It says "not found" for every 404, also for that of a proxy or of a
//! login page, so the registry's own error code is asked for then, by the crate `sixfold-fetch`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use sixfold_base::lookup::Lookup;
use sixfold_base::{process, terminal};
use sixfold_model::config_file::CONFIG;
use sixfold_model::reference;
use sixfold_project::registry::{TagState, tag_state};

use crate::docker::Docker;

/// The time that a registry has to answer: the user may have to unlock a password store first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fails unless the registry says that none of the names (`repository:tag`) exists.
///
/// The registry is also asked if names may be overwritten, so that one that does not answer is noticed before everything is
/// compiled. Then that is only a note, since some registries answer a push but not this question.
pub(super) fn check(
    docker: &Docker,
    builder: &str,
    names: &[String],
    overwrite: bool,
    lookup: Lookup,
) -> Result<()> {
    for name in names {
        terminal::step("Asking", format_args!("the registry for {name}"));
        let inspect = docker.call(["buildx", "imagetools", "inspect", "--builder", builder, "--raw", name]);
        let state = match ask(inspect, name, PATIENCE)? {
            TagState::Free if !overwrite => {
                tag_state(name, lookup).unwrap_or_else(|error| TagState::Unknown(format!("{error:#}")))
            }
            state => state,
        };
        match (state, overwrite) {
            (TagState::Free, _) | (TagState::Taken, true) => {}
            (TagState::Unknown(answer), true) => {
                terminal::note(format_args!("the registry does not say whether {name} exists: {answer}"));
                break;
            }
            (TagState::Taken, false) => bail!(
                "{name} exists already, and users may have installed it\n\
                 help: raise `version` in {CONFIG}, give another --tag, or replace it with --overwrite"
            ),
            (TagState::Unknown(answer), false) => bail!(
                "cannot find out whether {name} exists already, so nothing is pushed: {answer}\n\
                 help: make the registry answer (`{}`, the name, the network); if the repository does not exist yet, \
                 create it in the registry; or push anyway with --overwrite",
                reference::login(name)
            ),
        }
    }
    Ok(())
}

/// Asks buildx whether the name exists.
fn ask(inspect: Command, name: &str, patience: Duration) -> Result<TagState> {
    Ok(match process::capture_within(inspect, "ask the registry for the tag", patience)? {
        Some(output) if output.status.success() => TagState::Taken,
        Some(output) if is_not_found(name, &output.stderr) => TagState::Free,
        Some(output) => TagState::Unknown(output.tail()),
        None => TagState::Unknown(format!("no answer within {} s", patience.as_secs())),
    })
}

/// Only a clear "not found" counts. Docker Hub answers 401 or "denied" for a repository that is missing or private, which
/// says nothing.
fn is_not_found(name: &str, stderr: &str) -> bool {
    // Buildx's message about the reference itself. Proxies and missing helper programs say "not found" about other things.
    let is_missing = stderr.lines().any(|line| line.trim_end().ends_with(&format!("{name}: not found")));
    // The name itself may contain any of these words.
    let stderr = stderr.replace(name, "").to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
    let is_unknown = says(&["unauthorized", "forbidden", "denied", "authorization"])
        || says(&["dial tcp", "lookup ", "no such host"])
        || says(&["executable file", "credential"]);
    !is_unknown && (is_missing || says(&["manifest unknown", "name unknown"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_not_found_is_free() {
        let answers = [
            ("ERROR: localhost:5000/x/y:1: not found", true),
            ("ERROR: manifest unknown", true),
            ("ERROR: dial tcp 127.0.0.1:5000: connect: connection refused", false),
            ("ERROR: dial tcp: lookup r.example: no such host: not found", false),
            ("ERROR: unexpected status from HEAD request: 401 Unauthorized", false),
            ("ERROR: pull access denied, repository does not exist or may require authorization", false),
            ("ERROR: unexpected status: 500 Internal Server Error", false),
            ("ERROR: exec: \"docker-credential-desktop\": executable file not found in $PATH", false),
            ("ERROR: unexpected status from GET request: 404 Not Found", false),
            ("", false),
        ];
        for (stderr, expected) in answers {
            assert_eq!(is_not_found("localhost:5000/x/y:1", stderr), expected, "{stderr}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_registry_that_does_not_answer_is_given_up() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let docker = folder.path().join("docker");
        std::fs::write(&docker, "#!/bin/sh\nexec /bin/sleep 300\n").unwrap();
        std::fs::set_permissions(&docker, std::fs::Permissions::from_mode(0o755)).unwrap();
        let state = ask(Command::new(docker), "x/y:1", Duration::from_millis(100)).unwrap();
        assert!(matches!(&state, TagState::Unknown(answer) if answer.contains("no answer")), "{state:?}");
    }
}
