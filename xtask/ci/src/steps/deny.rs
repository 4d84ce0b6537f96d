//! Licences, sources and known vulnerabilities of every dependency, with the rules of `deny.toml`.

use super::rust::cargo;
use crate::process;
use crate::step::{Outcome, Session};

const CONFIG: &str = "xtask/ci/deny.toml";

/// Licences and sources need no network. Vulnerabilities need the database of RustSec; where it cannot be downloaded, a line
/// says that they were not checked.
pub(crate) fn check(session: &mut Session) -> anyhow::Result<Outcome> {
    if which::which("cargo-deny").is_err() {
        let reason = "there is no cargo-deny; `cargo install --locked cargo-deny@0.20.2` installs it";
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    let deny = |arguments: &[&str]| {
        process::run(cargo()?.args(["deny", "--all-features", "--config", CONFIG]).args(arguments))
    };
    deny(&["--offline", "check", "bans", "licenses", "sources"])?;
    match deny(&["fetch", "db"]) {
        Ok(()) => deny(&["check", "advisories"])?,
        Err(error) => session.totals.push(format!("advisories were not checked: {error}")),
    }
    Ok(Outcome::Passed)
}
