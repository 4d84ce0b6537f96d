//! The tag of an image that `install` builds: `VERSION-dev.SECONDS`.
//!
//! Docker Desktop refuses a local image if the registry has the same name and tag with other content ("the local
//! image you are trying to install has been modified", <https://github.com/docker/for-win/issues/13084>), so the tag
//! must never be pushed. Each run uses a new tag: Docker's documentation asks for another tag at each update, and Rancher
//! Desktop caches the metadata of a tag while it runs. The tag is a semantic version and higher than that of the previous
//! run, because both desktops compare versions.

use std::time::SystemTime;

use anyhow::{Context as _, Result};
use semver::Version;

use sixfold_model::reference::Tag;

/// Separates the version from the time.
const MARK: &str = "-dev.";

/// The tag of an image of this version that is built now. Fails if the version cannot be part of a tag.
pub(crate) fn development_tag(version: &Version) -> Result<Tag> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    of(
        version,
        since.context("this machine's clock shows a time before 1970\nhelp: set the clock")?.as_secs(),
    )
}

fn of(version: &Version, seconds: u64) -> Result<Tag> {
    let tag = format!("{version}{MARK}{seconds}").parse();
    tag.map_err(anyhow::Error::msg).with_context(|| {
        format!("the version {version} cannot be part of an image tag\nhelp: change the version")
    })
}

/// Whether `install` made this tag.
pub(crate) fn is_for_development(tag: &str) -> bool {
    tag.rsplit_once(MARK).is_some_and(|(version, seconds)| {
        Version::parse(version).is_ok()
            && !seconds.is_empty()
            && seconds.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_newer_than_the_previous_one_and_older_than_the_release() {
        for text in ["0.1.0", "1.2.3-rc.1"] {
            let version: Version = text.parse().unwrap();
            let tags =
                [1_700_000_000, 1_700_000_001].map(|seconds| of(&version, seconds).unwrap().to_string());
            assert!(tags.iter().all(|tag| is_for_development(tag)), "{tags:?}");
            let [older, newer] = tags.map(|tag| tag.parse::<Version>().unwrap());
            assert!(older < newer, "{older} {newer}");
            assert!(!version.pre.is_empty() || newer < version, "{newer} {version}");
        }
        assert!(of(&"1.0.0+build".parse().unwrap(), 1).is_err());
        assert!(development_tag(&Version::new(1, 0, 0)).unwrap().is_semver());
    }

    #[test]
    fn other_tags_are_not_for_development() {
        for tag in [
            "1.0.0",
            "latest",
            "1.0.0-dev",
            "1.0.0-dev.",
            "1.0.0-dev.x",
            "x-dev.1",
            "1.0.0-rc.1",
            "-dev.1",
            "<none>",
        ] {
            assert!(!is_for_development(tag), "{tag}");
        }
    }
}
