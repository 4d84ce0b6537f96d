//! The packages that the end-to-end tests need, and which of them are missing on this machine.

use std::process::Command;

use anyhow::Context;

use crate::process;

/// A Debian package.
#[derive(Debug, PartialEq)]
pub(crate) struct Package {
    pub name: &'static str,
    /// The first two numbers of the oldest version that is new enough; 0 if any version is.
    minimum: (u32, u32),
}

/// docker-cli is listed because of its plugin folders: a client that was installed in another way may not look there. Debian
/// 12's own Go is not used because it ships the standard library compiled, in 500 MB.
const NEEDED: [Package; 18] = [
    Package { name: "docker.io", minimum: (26, 0) },
    Package { name: "docker-cli", minimum: (26, 0) },
    Package { name: "docker-buildx", minimum: (0, 0) },
    // Version 1 is a program of its own, not a plugin of docker.
    Package { name: "docker-compose", minimum: (2, 0) },
    Package { name: "wine", minimum: (10, 0) },
    Package { name: "wine64", minimum: (10, 0) },
    Package { name: "docker-registry", minimum: (0, 0) },
    Package { name: "qemu-user-static", minimum: (0, 0) },
    Package { name: "qemu-system-arm", minimum: (0, 0) },
    Package { name: "cpio", minimum: (0, 0) },
    Package { name: "chromium", minimum: (0, 0) },
    Package { name: "git", minimum: (0, 0) },
    Package { name: "osslsigncode", minimum: (0, 0) },
    Package { name: "cosign", minimum: (2, 4) },
    // Older versions make no certificates that have expired.
    Package { name: "openssl", minimum: (3, 4) },
    Package { name: "golang-1.24-go", minimum: (0, 0) },
    // 0.4 keeps nothing when rustc gets --remap-path-prefix.
    Package { name: "sccache", minimum: (0, 10) },
    Package { name: "redis-server", minimum: (0, 0) },
];

/// The needed packages that are not installed or are too old.
pub(crate) fn missing() -> anyhow::Result<Vec<Package>> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status} ${Version}\n"]);
    // It fails if one of the names is unknown, but still prints the others.
    let output = query.args(NEEDED.iter().map(|package| package.name)).output();
    let output = output.context("cannot run dpkg-query")?;
    let installed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(NEEDED.into_iter().filter(|package| !is_installed(package, &installed)).collect())
}

/// Splits the packages into those for which the machine's own suites have a version that is new enough, and the others.
///
/// This asks apt instead of looking at the release number, which changes as soon as base-files from the newer suite is
/// installed.
pub(crate) fn by_suite(packages: Vec<Package>) -> anyhow::Result<(Vec<Package>, Vec<Package>)> {
    let mut query = Command::new("apt-cache");
    let policies =
        process::read_stdout(query.arg("policy").args(packages.iter().map(|package| package.name)))?;
    Ok(packages.into_iter().partition(|package| candidate(package, &policies) >= Some(package.minimum)))
}

/// The first two numbers of the version that apt would install, if there is one.
fn candidate(package: &Package, policies: &str) -> Option<(u32, u32)> {
    let mut lines = policies.lines().skip_while(|line| line.strip_suffix(':') != Some(package.name));
    first_numbers(lines.find_map(|line| line.trim_start().strip_prefix("Candidate: "))?)
}

fn is_installed(package: &Package, installed: &str) -> bool {
    installed.lines().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some(package.name)
            && words.next() == Some("installed")
            && words.next().and_then(first_numbers).is_some_and(|number| number >= package.minimum)
    })
}

/// The first two numbers of a Debian version after its epoch: 26 and 1 for `26.1.5+dfsg1-9`, 7 and 2 for `1:7.2`.
fn first_numbers(version: &str) -> Option<(u32, u32)> {
    let upstream = version.split_once(':').map_or(version, |(_epoch, rest)| rest);
    let mut numbers = upstream.split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
    let first = numbers.next()?.ok()?;
    Some((first, numbers.next().and_then(Result::ok).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_or_removed_package_is_missing() {
        let package = Package { name: "docker.io", minimum: (26, 0) };
        assert!(is_installed(&package, "docker.io installed 26.1.5+dfsg1-9+deb13u1"));
        assert!(!is_installed(&package, "docker.io installed 20.10.24+dfsg1-1"));
        assert!(!is_installed(&package, "docker.io config-files 26.1.5+dfsg1-9"));
        assert!(!is_installed(&package, "docker.io-doc installed 26.1.5"));
    }

    #[test]
    fn the_candidate_is_read_from_the_packages_own_section() {
        let policies = "wine64:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\nwine:\n  Candidate: 8.0~repack-4\n";
        assert_eq!(candidate(&Package { name: "wine", minimum: (10, 0) }, policies), Some((8, 0)));
        assert_eq!(candidate(&Package { name: "wine64", minimum: (10, 0) }, policies), None);
        assert_eq!(candidate(&Package { name: "git", minimum: (0, 0) }, policies), None);
    }

    #[test]
    fn the_epoch_is_ignored() {
        assert_eq!(first_numbers("1:7.2+dfsg-7"), Some((7, 2)));
        assert_eq!(first_numbers("10.0~repack-6"), Some((10, 0)));
        assert_eq!(first_numbers(""), None);
    }
}
