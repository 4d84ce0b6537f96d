//! The machine that the plan is made for: everything that the plan depends on and that is not in the project.

use std::collections::BTreeSet;
use std::env;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::image::oci::Digest;
use crate::prebuilt;
use crate::project::Project;
use crate::toolchain::author::Settings;
use crate::toolchain::rust::Rust;
use crate::toolchain::zig;
use crate::{process, terminal};

#[derive(Debug)]
pub struct Machine {
    pub rust: Rust,
    pub zig: zig::Source,
    pub author: Settings,
    /// The digests of prebuilt programs that the tool's cache folder has.
    pub cached: BTreeSet<Digest>,
    /// Seconds since 1970: `SOURCE_DATE_EPOCH`, else the time of the commit, else 0.
    pub created: u64,
}

impl Machine {
    /// Looks at the machine; the shell's folder is the root of the project.
    pub fn look(sh: &Shell, project: &Project) -> Result<Self> {
        Ok(Self {
            rust: Rust::find(sh)?,
            zig: zig::find(sh)?,
            author: Settings::read(&project.root)?,
            cached: prebuilt::held(project)?,
            created: created(sh)?,
        })
    }
}

/// A time that is the same wherever these sources are built (<https://reproducible-builds.org/specs/source-date-epoch>).
fn created(sh: &Shell) -> Result<u64> {
    if let Ok(text) = env::var("SOURCE_DATE_EPOCH") {
        return text
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH={text} is no number of seconds since 1970"));
    }
    if which::which("git").is_err() {
        return Ok(0);
    }
    let log = cmd!(sh, "git log -1 --format=%ct").env("LC_ALL", "C");
    let commit = process::capture(log, "ask git for the time of the commit")?;
    if let Ok(time) = commit.stdout.trim().parse() {
        return Ok(time);
    }
    // Outside a repository, and before the first commit, there is no such time.
    let is_none = ["not a git repository (or any", "does not have any commits yet"];
    if !is_none.iter().any(|text| commit.stderr.contains(text)) {
        terminal::note(format_args!(
            "the image gets the time 1970-01-01, because git does not tell that of the commit: mend what git says, or \
             set SOURCE_DATE_EPOCH\n{}",
            commit.tail()
        ));
    }
    Ok(0)
}
