//! The times that an image holds: the same wherever the same sources are built
//! (<https://reproducible-builds.org/specs/source-date-epoch>).

use std::env::{self, VarError};

use anyhow::{Result, bail};
use camino::Utf8Path;

use sixfold_base::{git, process, terminal};

/// What the author may set, in seconds since 1970.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";
/// The last second of the year 9999: a time in an image's configuration has four digits for the year.
const LAST: u64 = 253_402_300_799;
/// 2 January 1980, for files without a known time. It never changes, because a layer holds the times of its files: with
/// the time of the commit, every commit would make new blobs of files that it did not touch. It is the second day that
/// zip archives and old file systems can hold, in any time zone.
const FILES: u64 = 315_619_200;

/// Both in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The time of the image: `SOURCE_DATE_EPOCH`, else the time of the commit, else 0.
    pub created: u64,
    /// The time of every file in it: `SOURCE_DATE_EPOCH`, else [`FILES`].
    pub files: u64,
}

impl Times {
    /// Reads the environment, then asks git in the project's root.
    ///
    /// Fails when `SOURCE_DATE_EPOCH` is not a time that an image can have.
    pub(crate) fn find(root: &Utf8Path) -> Result<Self> {
        match parse(env::var(VARIABLE))? {
            Some(time) => Ok(Self { created: time, files: time }),
            None => Ok(Self { created: commit_time(root)?, files: FILES }),
        }
    }
}

/// The value of the variable. An empty one counts as unset.
fn parse(variable: Result<String, VarError>) -> Result<Option<u64>> {
    let text = match variable {
        Err(VarError::NotPresent) => return Ok(None),
        Ok(text) if text.is_empty() => return Ok(None),
        Ok(text) => text,
        Err(VarError::NotUnicode(text)) => text.to_string_lossy().into_owned(),
    };
    match text.parse() {
        Ok(time @ 0..=LAST) => Ok(Some(time)),
        _ => bail!(
            "{VARIABLE}={text} is not a number of seconds since 1970, from 0 to {LAST}\n\
             help: correct it, or unset it to use the time of the commit"
        ),
    }
}

fn commit_time(root: &Utf8Path) -> Result<u64> {
    if which::which("git").is_err() {
        return Ok(0);
    }
    let mut log = git::command(root);
    // A signature would be printed too.
    log.args(["-c", "log.showSignature=false", "log", "-1", "--format=%ct"]);
    let commit = process::capture(log, "ask git for the time of the commit")?;
    if let Ok(time @ 0..=LAST) = commit.stdout.trim().parse() {
        return Ok(time);
    }
    // Outside a repository, and before the first commit, there is no such time.
    let expected = ["not a git repository (or any", "does not have any commits yet"];
    if !expected.iter().any(|text| commit.stderr.contains(text)) {
        terminal::note(format_args!(
            "the image gets the time 1970-01-01, because git does not report the time of the commit: fix the error \
             below, or set {VARIABLE}\n{}",
            commit.tail()
        ));
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_an_image_cannot_have_is_an_error() {
        let parse = |text: &str| parse(Ok(text.to_owned()));
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse("1700000000").unwrap(), Some(1_700_000_000));
        assert_eq!(parse("253402300799").unwrap(), Some(LAST));
        for text in ["253402300800", "99999999999999999", "99999999999999999999", "-1", "now", " 1"] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.starts_with(&format!("SOURCE_DATE_EPOCH={text} is not a number")), "{message}");
        }
    }
}
