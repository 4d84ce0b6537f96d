//! The times that an image holds: the same wherever the same sources are built
//! (<https://reproducible-builds.org/specs/source-date-epoch>).

use std::env::{self, VarError};

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use sixfold_base::{process, terminal};

/// What the author may set, in seconds since 1970.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";
/// The last second of the year 9999: a time in an image's configuration has four digits for the year.
const LAST: u64 = 253_402_300_799;
/// 2 January 1980, for files of which nobody says how old they are. It never changes, because a layer holds the times of
/// its files: with the commit's, every commit would make new blobs of files that it did not touch. And it is the second
/// day that zip archives and old file systems can hold, in any time zone.
const FILES: u64 = 315_619_200;

/// In seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Of the image: `SOURCE_DATE_EPOCH`, else the time of the commit, else 0.
    pub created: u64,
    /// Of every file in it: `SOURCE_DATE_EPOCH`, else [`FILES`].
    pub files: u64,
}

impl Times {
    /// Asks the environment, then git; the shell's folder is the root of the project.
    pub fn find(sh: &Shell) -> Result<Self> {
        match given(env::var(VARIABLE))? {
            Some(time) => Ok(Self { created: time, files: time }),
            None => Ok(Self { created: of_commit(sh)?, files: FILES }),
        }
    }
}

/// What the variable says; one that is empty counts as unset.
fn given(variable: Result<String, VarError>) -> Result<Option<u64>> {
    let text = match variable {
        Err(VarError::NotPresent) => return Ok(None),
        Ok(text) if text.is_empty() => return Ok(None),
        Ok(text) => text,
        Err(VarError::NotUnicode(text)) => text.to_string_lossy().into_owned(),
    };
    match text.parse() {
        Ok(time @ 0..=LAST) => Ok(Some(time)),
        _ => bail!(
            "{VARIABLE}={text} is no number of seconds since 1970, up to {LAST}: mend it, or unset it to use the time of \
             the commit"
        ),
    }
}

fn of_commit(sh: &Shell) -> Result<u64> {
    if which::which("git").is_err() {
        return Ok(0);
    }
    let log = cmd!(sh, "git log -1 --format=%ct").env("LC_ALL", "C");
    let commit = process::capture(log, "ask git for the time of the commit")?;
    if let Ok(time @ 0..=LAST) = commit.stdout.trim().parse() {
        return Ok(time);
    }
    // Outside a repository, and before the first commit, there is no such time.
    let is_none = ["not a git repository (or any", "does not have any commits yet"];
    if !is_none.iter().any(|text| commit.stderr.contains(text)) {
        terminal::note(format_args!(
            "the image gets the time 1970-01-01, because git does not tell that of the commit: mend what git says, or \
             set {VARIABLE}\n{}",
            commit.tail()
        ));
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_image_can_have_is_refused() {
        let given = |text: &str| given(Ok(text.to_owned()));
        assert_eq!(given("").unwrap(), None);
        assert_eq!(given("1700000000").unwrap(), Some(1_700_000_000));
        assert_eq!(given("253402300799").unwrap(), Some(LAST));
        for text in ["253402300800", "99999999999999999", "99999999999999999999", "-1", "now", " 1"] {
            let message = given(text).unwrap_err().to_string();
            assert!(message.starts_with(&format!("SOURCE_DATE_EPOCH={text} is no number")), "{message}");
        }
    }
}
