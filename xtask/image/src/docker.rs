//! Docker's command line and its plugin buildx: whether they are here, and how they are called.

use std::process::Command;

use anyhow::{Result, bail};
use camino::Utf8Path;
use semver::Version;
use sixfold_base::process;

/// The oldest buildx that knows `--provenance` and `--sbom`.
pub const OLDEST: Version = Version::new(0, 10, 0);

/// A call of docker with these arguments.
pub fn docker<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("docker");
    command.args(arguments);
    command
}

/// Fails where docker or its buildx is missing or too old, with what mends that.
pub fn must_be_here() -> Result<()> {
    if which::which("docker").is_err() {
        bail!("docker is not on this machine: install Docker Desktop, or docker with the buildx plugin");
    }
    let version = process::capture(docker(["buildx", "version"]), "ask docker for buildx")?;
    if !version.status.success() {
        bail!(
            "docker has no buildx: install the docker-buildx plugin (Docker Desktop brings it)\n{}",
            version.tail()
        );
    }
    if is_too_old(&version.stdout) {
        bail!(
            "{} is too old: install the docker-buildx plugin {OLDEST} or later (Docker Desktop brings it)",
            version.stdout.trim()
        );
    }
    Ok(())
}

/// Whether this answer of `docker buildx version` names a version before [`OLDEST`]. `github.com/docker/buildx v0.13.1 …`
/// of Docker, `… 0.13.1+ds1 …` of Debian; one that is not understood is taken for new.
pub fn is_too_old(answer: &str) -> bool {
    let version = answer.split_whitespace().nth(1).map(|word| word.trim_start_matches('v'));
    version.and_then(|version| Version::parse(version).ok()).is_some_and(|version| version < OLDEST)
}

/// The value of `--output` for a file. Buildx reads it as a line of CSV, where a comma or a quote in a path has to be
/// quoted (<https://docs.docker.com/reference/cli/docker/buildx/build/#output>).
pub fn destination(kind: &str, file: &Utf8Path) -> String {
    let quoted = file.as_str().replace('"', "\"\"");
    format!("type={kind},\"dest={quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_buildx_is_known_by_its_answer() {
        for (version, old) in
            [("v0.9.1", true), ("v0.10.0", false), ("0.13.1+ds1", false), ("v0.13.1", false), ("abc", false)]
        {
            assert_eq!(
                is_too_old(&format!("github.com/docker/buildx {version} 7884339\n")),
                old,
                "{version}"
            );
        }
    }

    #[test]
    fn a_destination_is_a_line_of_csv() {
        let file = Utf8Path::new("/a, b/the \"x\"/image.tar");
        assert_eq!(destination("oci", file), r#"type=oci,"dest=/a, b/the ""x""/image.tar""#);
    }
}
