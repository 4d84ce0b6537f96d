//! What this machine is, and whether the end-to-end tests can run on it.

use anyhow::Context;

/// The suite of Debian 13, whose engine and wine are recent enough.
pub const NEWER_SUITE: &str = "trixie";

/// The first Debian release with such an engine and such a wine of its own.
const RECENT: u32 = 13;

const OS_RELEASE: &str = "/etc/os-release";

/// A release of Debian; `version` is `None` for testing and unstable, which carry no number.
#[derive(Debug, PartialEq)]
pub struct Release {
    pub codename: String,
    version: Option<u32>,
}

impl Release {
    pub fn of_this_machine() -> anyhow::Result<Release> {
        let text = fs_err::read_to_string(OS_RELEASE)?;
        let version = field(&text, "VERSION_ID").and_then(|version| version.parse().ok());
        let codename =
            field(&text, "VERSION_CODENAME").with_context(|| format!("{OS_RELEASE}: no codename"))?;
        Ok(Release { codename: codename.to_owned(), version })
    }

    pub fn needs_newer_suite(&self) -> bool {
        self.version.is_some_and(|version| version < RECENT)
    }
}

/// Why the end-to-end tests cannot run here; `None` when they can.
pub fn unsuitable() -> Option<String> {
    let os_release = std::fs::read_to_string(OS_RELEASE).unwrap_or_default();
    if field(&os_release, "ID") != Some("debian") {
        let name = field(&os_release, "PRETTY_NAME").unwrap_or(std::env::consts::OS);
        return Some(format!("it installs an engine and emulators on Debian, and this is {name}"));
    }
    if field(&os_release, "VERSION_ID").and_then(|version| version.parse().ok()).is_some_and(|v: u32| v < 12)
    {
        return Some("it needs Debian 12 or later".to_owned());
    }
    if std::env::consts::ARCH != "x86_64" {
        return Some("wine runs the built programs only on x86-64".to_owned());
    }
    match is_root() {
        false => Some("installing packages and starting an engine needs root".to_owned()),
        true if !may_mount() => Some("this container may not mount: start it with --privileged".to_owned()),
        true => None,
    }
}

/// A value of os-release(5), without its quotes.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// An engine mounts file systems, for which Linux asks CAP_SYS_ADMIN, bit 21 of the effective set (capabilities(7)).
fn may_mount() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:")).map(str::trim);
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & (1 << 21) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKWORM: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n";

    #[test]
    fn fields_lose_their_quotes() {
        assert_eq!(field(BOOKWORM, "VERSION_ID"), Some("12"));
        assert_eq!(field(BOOKWORM, "ID"), Some("debian"));
        assert_eq!(field(BOOKWORM, "VERSION"), None);
    }

    #[test]
    fn only_releases_before_13_need_the_newer_suite() {
        let release = |version| Release { codename: String::new(), version };
        assert!(release(Some(12)).needs_newer_suite());
        assert!(!release(Some(13)).needs_newer_suite());
        assert!(!release(None).needs_newer_suite());
    }
}
