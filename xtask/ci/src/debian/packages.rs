//! The packages that the end-to-end tests need, and which of them this machine lacks.

use std::process::Command;

use anyhow::Context;

use crate::process;

/// A package of Debian.
#[derive(Debug, PartialEq)]
pub struct Package {
    pub name: &'static str,
    /// The first number of the oldest version that serves; 0 for any.
    minimum: u32,
}

/// docker-cli is there for its plugin folders: a client that the machine has elsewhere may look in others.
const NEEDED: [Package; 9] = [
    Package { name: "docker.io", minimum: 26 },
    Package { name: "docker-cli", minimum: 26 },
    Package { name: "docker-buildx", minimum: 0 },
    Package { name: "wine", minimum: 10 },
    Package { name: "wine64", minimum: 10 },
    Package { name: "docker-registry", minimum: 0 },
    Package { name: "qemu-user-static", minimum: 0 },
    Package { name: "chromium", minimum: 0 },
    Package { name: "git", minimum: 0 },
];

/// The needed packages that are not installed, or too old.
pub fn missing() -> anyhow::Result<Vec<Package>> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status} ${Version}\n"]);
    // It fails when one of the names is unknown, and still prints the others.
    let output = query.args(NEEDED.iter().map(|package| package.name)).output();
    let output = output.context("cannot run dpkg-query")?;
    let installed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(NEEDED.into_iter().filter(|package| !serves(package, &installed)).collect())
}

/// Parts the packages into those that the machine's own suites have recent enough, and the others.
///
/// apt is asked, not the release's number: base-files of the newer suite, once installed, gives the newer number.
pub fn by_suite(packages: Vec<Package>) -> anyhow::Result<(Vec<Package>, Vec<Package>)> {
    let mut query = Command::new("apt-cache");
    let policies = process::read(query.arg("policy").args(packages.iter().map(|package| package.name)))?;
    Ok(packages.into_iter().partition(|package| candidate(package, &policies) >= Some(package.minimum)))
}

/// The first number of the version that apt would install, if it would install any.
fn candidate(package: &Package, policies: &str) -> Option<u32> {
    let mut lines = policies.lines().skip_while(|line| line.strip_suffix(':') != Some(package.name));
    first_number(lines.find_map(|line| line.trim_start().strip_prefix("Candidate: "))?)
}

fn serves(package: &Package, installed: &str) -> bool {
    installed.lines().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some(package.name)
            && words.next() == Some("installed")
            && words.next().and_then(first_number).is_some_and(|number| number >= package.minimum)
    })
}

/// The first number of a Debian version, behind its epoch: 26 of `26.1.5+dfsg1-9`, 7 of `1:7.2`.
fn first_number(version: &str) -> Option<u32> {
    let upstream = version.split_once(':').map_or(version, |(_epoch, rest)| rest);
    upstream.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_or_removed_package_does_not_serve() {
        let package = Package { name: "docker.io", minimum: 26 };
        assert!(serves(&package, "docker.io installed 26.1.5+dfsg1-9+deb13u1"));
        assert!(!serves(&package, "docker.io installed 20.10.24+dfsg1-1"));
        assert!(!serves(&package, "docker.io config-files 26.1.5+dfsg1-9"));
        assert!(!serves(&package, "docker.io-doc installed 26.1.5"));
    }

    #[test]
    fn the_candidate_is_that_of_the_package() {
        let policies = "wine64:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\nwine:\n  Candidate: 8.0~repack-4\n";
        assert_eq!(candidate(&Package { name: "wine", minimum: 10 }, policies), Some(8));
        assert_eq!(candidate(&Package { name: "wine64", minimum: 10 }, policies), None);
        assert_eq!(candidate(&Package { name: "git", minimum: 0 }, policies), None);
    }

    #[test]
    fn the_epoch_is_no_part_of_the_number() {
        assert_eq!(first_number("1:7.2+dfsg-7"), Some(7));
        assert_eq!(first_number("10.0~repack-6"), Some(10));
        assert_eq!(first_number(""), None);
    }
}
