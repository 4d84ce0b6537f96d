//! Calls Docker's command line and its buildx plugin, and checks that they are installed.

use std::process::Command;

use anyhow::{Result, bail};
use camino::Utf8Path;
use semver::Version;
use sixfold_base::process;
use sixfold_base::program::TOOL;

/// The oldest buildx that supports `--provenance` and `--sbom`.
pub const OLDEST: Version = Version::new(0, 10, 0);

/// A docker command with these arguments.
pub fn docker<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("docker");
    command.args(arguments);
    command
}

/// Fails if docker or buildx is missing or too old.
pub fn must_be_here() -> Result<()> {
    if which::which("docker").is_err() {
        bail!("cannot find docker\nhelp: install Docker Desktop, or docker with the buildx plugin");
    }
    let version = process::capture(docker(["buildx", "version"]), "ask docker for buildx")?;
    if !version.status.success() {
        bail!(
            "docker has no buildx:\n{}\nhelp: install the docker-buildx plugin (Docker Desktop has it)",
            version.tail()
        );
    }
    if is_buildah(&version.stdout) {
        bail!(
            "the command `docker` is podman here, which has no buildx\n\
             help: install Docker with buildx, or write an archive with `{TOOL} dist`, which needs neither"
        );
    }
    if is_too_old(&version.stdout) {
        bail!(
            "{} is too old\nhelp: install version {OLDEST} or later of the docker-buildx plugin (Docker Desktop has it)",
            version.stdout.trim()
        );
    }
    Ok(())
}

/// True if this output of `docker buildx version` is the answer of podman, which installs a command `docker` of its own.
pub fn is_buildah(answer: &str) -> bool {
    answer.starts_with("buildah")
}

/// True if this output of `docker buildx version` has a version before [`OLDEST`]. Docker's own has the form
/// `github.com/docker/buildx v0.13.1 …`, Debian's `… 0.13.1+ds1 …`. A version that cannot be read counts as new enough.
pub fn is_too_old(answer: &str) -> bool {
    let version = answer.split_whitespace().nth(1).map(|word| word.trim_start_matches('v'));
    version.and_then(|version| Version::parse(version).ok()).is_some_and(|version| version < OLDEST)
}

/// The value of `--output` for a file. Buildx reads it as a line of CSV, where a comma or a quote in a path must be quoted
///  (<https://docs.docker.com/reference/cli/docker/buildx/build/#output>).
pub fn destination(kind: &str, file: &Utf8Path) -> String {
    let quoted = file.as_str().replace('"', "\"\"");
    format!("type={kind},\"dest={quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_buildx_is_recognised_by_its_version() {
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
