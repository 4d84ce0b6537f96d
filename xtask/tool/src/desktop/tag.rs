//! The tag of an image that is installed from this machine: `VERSION-dev.SECONDS`.
//!
//! Docker Desktop refuses a local image under a name and tag that its registry has with another content ("the local
//! image you are trying to install has been modified", <https://github.com/docker/for-win/issues/13084>), so the tag
//! must be one that is never pushed. Its documentation asks for another tag at each update, and Rancher Desktop
//! remembers the metadata of a tag for as long as it runs, so each run has its own. It is a semantic version, higher
//! than that of the run before, since both desktops compare versions.

use std::time::SystemTime;

use anyhow::{Context as _, Result};
use semver::Version;

use sixfold_model::reference::Tag;

/// Between the version and the time.
const MARK: &str = "-dev.";

/// The tag of an image of this version that is built now.
pub(crate) fn of_this_moment(version: &Version) -> Result<Tag> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    of(version, since.context("this machine's clock is before 1970: set it")?.as_secs())
}

fn of(version: &Version, seconds: u64) -> Result<Tag> {
    let tag = format!("{version}{MARK}{seconds}").parse();
    tag.map_err(anyhow::Error::msg)
        .with_context(|| format!("the version {version} cannot be a tag: change it"))
}

/// Whether a tag is one of these.
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
    fn each_is_a_version_between_the_last_and_the_release() {
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
        assert!(of_this_moment(&Version::new(1, 0, 0)).unwrap().is_semver());
    }

    #[test]
    fn other_tags_are_left_alone() {
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
