//! The information about the extension and this machine for the script in the page.

use serde::Serialize;

use crate::options::Desktop;

/// `window.__preview`, as PROTOCOL.md describes it.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// `REPOSITORY:VERSION`.
    pub image: String,
    /// The operating system, as Node.js names it.
    pub platform: &'static str,
    /// The architecture, as Node.js names it.
    pub arch: &'static str,
    pub hostname: String,
    pub desktop: Desktop,
    /// The base names of the host binaries that may be run.
    pub binaries: Vec<String>,
    /// True if metadata.json has a backend container.
    pub vm: bool,
    /// True if this machine has a docker command.
    pub docker: bool,
}
