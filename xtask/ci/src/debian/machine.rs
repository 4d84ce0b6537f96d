//! Decides whether the end-to-end tests can run on this machine.

const OS_RELEASE: &str = "/etc/os-release";

/// The oldest release of Debian on which they have been run.
const OLDEST: u32 = 12;

/// Why the end-to-end tests cannot run here, or `None` if they can.
pub(crate) fn unsuitable() -> Option<String> {
    let os_release = std::fs::read_to_string(OS_RELEASE).unwrap_or_default();
    if field(&os_release, "ID") != Some("debian") {
        let name = field(&os_release, "PRETTY_NAME").unwrap_or(std::env::consts::OS);
        return Some(format!("needs Debian, to install an engine and emulators; this machine runs {name}"));
    }
    if is_too_old(&os_release) {
        return Some(format!("needs Debian {OLDEST} or later"));
    }
    if std::env::consts::ARCH != "x86_64" {
        return Some("needs an x86-64 machine, where wine can run the built programs".to_owned());
    }
    if !is_root() {
        return Some("needs root, to install packages and to start an engine".to_owned());
    }
    if !may_mount() {
        return Some("this container may not mount file systems: start it with --privileged".to_owned());
    }
    None
}

/// False for testing and unstable, which have no version number.
fn is_too_old(os_release: &str) -> bool {
    let version = field(os_release, "VERSION_ID").and_then(|version| version.parse::<u32>().ok());
    version.is_some_and(|version| version < OLDEST)
}

/// A value of an os-release(5) file, without its quotes.
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

/// An engine mounts file systems, which needs CAP_SYS_ADMIN: bit 21 of the effective set (capabilities(7)).
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
    fn quotes_around_a_field_are_removed() {
        assert_eq!(field(BOOKWORM, "VERSION_ID"), Some("12"));
        assert_eq!(field(BOOKWORM, "ID"), Some("debian"));
        assert_eq!(field(BOOKWORM, "VERSION"), None);
    }

    #[test]
    fn a_release_without_a_number_is_recent() {
        assert!(!is_too_old(BOOKWORM));
        assert!(is_too_old("ID=debian\nVERSION_ID=\"11\"\n"));
        assert!(!is_too_old("ID=debian\n"));
    }
}
