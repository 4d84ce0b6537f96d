//! Verifies that a binary has the signature that the configuration asks for.

use std::time::SystemTime;

use anyhow::{Result, bail};

use sixfold_judge::{HostFile, Identity, Signature};
use sixfold_model::config_file::CONFIG;
use sixfold_project::plan::PlannedCell;

/// Returns who has signed the binary. Fails unless it has a signature with a certificate, of the right name if the configuration
/// has one. `is_new`: the certificate has to be valid now.
pub(crate) fn verify(cell: &PlannedCell, file: &HostFile, is_new: bool) -> Result<Identity> {
    let what = cell.cell();
    let key = |suffix: &str| format!("`{}{suffix}` in {}", cell.os.as_str(), CONFIG.table("sign"));
    let identity = match file.signature(cell.platform.arch()) {
        Some(Signature::Identity(identity)) => identity,
        signature => {
            let why = match signature {
                None => "it is not a program for this host any more".to_owned(),
                Some(Signature::Invalid { reason } | Signature::Unverifiable { reason }) => {
                    format!("its signature cannot be used: {reason}")
                }
                Some(Signature::AdHoc) => "it is signed ad hoc, without a certificate".to_owned(),
                Some(_) => "it has no signature".to_owned(),
            };
            bail!("{what} is not signed: {why}\nhelp: correct {}", key(""));
        }
    };
    let Identity { name, valid, .. } = identity;
    if let Some(expected) = cell.identity.as_ref().filter(|expected| *expected != name) {
        bail!(
            "{what} is signed by \"{}\", not by \"{expected}\"\nhelp: sign with the other certificate, or correct {}",
            name.escape_debug(),
            key("-identity")
        );
    }
    if is_new && !valid.contains(&now()) {
        let state = if now() < valid.start { "is not valid yet" } else { "has expired" };
        bail!(
            "{what} is signed with the certificate of \"{}\", which {state}\nhelp: sign with a valid one",
            name.escape_debug()
        );
    }
    Ok(identity.clone())
}

/// In seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
