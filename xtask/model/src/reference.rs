//! Names of images: [`Repository`] (`example/tool`, `localhost:5000/example/tool`) and [`Tag`].
//!
//! The rules are those of the reference grammar of the distribution project, so `docker` accepts every name that is accepted here.

use std::ffi::OsStr;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::prebuilt::secrets;

/// The help for a reference that [`holds_login`].
pub const LEAVE_OUT_LOGIN: &str = "leave out `https://`, user and password; use `docker login` to log in";

/// The name of an image, without tag and digest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

impl Repository {
    /// The last part, which is also the name of the archive.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As docker shows it: without the default registry.
    pub fn familiar(&self) -> &str {
        let Some(name) = self.0.strip_prefix("docker.io/") else { return &self.0 };
        name.strip_prefix("library/").unwrap_or(name)
    }

    /// `repository:tag`.
    pub fn tagged(&self, tag: &Tag) -> String {
        format!("{self}:{tag}")
    }
}

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = |help: &str| Err(format!("`{}` is not an image repository\nhelp: {help}", shown(text)));
        if holds_login(text) {
            return bad(LEAVE_OUT_LOGIN);
        }
        let (host, path) = match (host_of(text), text.split_once('/')) {
            (Some(host), Some((_, path))) => (host, path),
            _ => ("", text),
        };
        if !host.is_empty() && !is_host(host) {
            return bad("write a host name with an optional port before the first `/`");
        }
        if path.contains(['@', ':']) {
            return bad("leave out the tag and the digest; the tag is the version, unless you set --tag");
        }
        if text.len() > 255 || !path.split('/').all(is_component) {
            return bad(
                "use lower-case letters, digits and single `.`, `_`, `-` between them, as in `you/your-extension`",
            );
        }
        Ok(Self(text.to_owned()))
    }
}

/// A reference as the user gave it, without user and password, which must not be in one.
pub fn shown(text: &str) -> String {
    if text.contains("://") {
        return secrets::shown(text);
    }
    let (name, digest) = match text.rsplit_once('@') {
        Some((name, digest)) if digest.starts_with("sha256:") => (name, format!("@{digest}")),
        _ => (text, String::new()),
    };
    match name.rsplit_once('@') {
        Some((_, name)) => format!("…@{name}{digest}"),
        None => text.to_owned(),
    }
}

/// True if a reference is an address, or contains what may be a password.
pub fn holds_login(text: &str) -> bool {
    text.contains("://") || shown(text) != text
}

/// The command that logs in to the registry of an image.
pub fn login(reference: &str) -> String {
    match host_of(reference).filter(|host| !matches!(*host, "docker.io" | "index.docker.io")) {
        Some(host) => format!("docker login {host}"),
        None => "docker login".to_owned(),
    }
}

/// The registry of a reference. Docker takes the first part of a name for a registry if it contains `.` or `:`, or is
/// `localhost`. `None` means Docker Hub.
pub fn host_of(reference: &str) -> Option<&str> {
    let (first, _) = reference.split_once('/')?;
    (first.contains(['.', ':']) || first == "localhost").then_some(first)
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let label = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    name.split('.').all(label) && port.parse::<u16>().is_ok()
}

/// Runs of `[a-z0-9]+`, separated by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separator = |run: &str| matches!(run, "" | "." | "_" | "__") || run.chars().all(|c| c == '-');
    text.starts_with(plain) && text.ends_with(plain) && text.split(plain).all(separator)
}

impl TryFrom<String> for Repository {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The name of an image with its tag: `repository:tag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// Without the tag.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
}

impl FromStr for Tagged {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if holds_login(text) {
            text.parse::<Repository>()?;
        }
        let (repository, tag) =
            text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((text, ""));
        let repository: Repository = repository.parse()?;
        if tag.is_empty() {
            return Err(format!("`{repository}` has no tag\nhelp: add it, as in `you/your-extension:1.0.0`"));
        }
        Ok(Self { repository, tag: tag.parse()? })
    }
}

impl fmt::Display for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository.tagged(&self.tag))
    }
}

/// The parser for the command line. Unlike those of clap, its messages do not repeat the argument, which may contain a password.
#[derive(Clone, Debug)]
pub struct QuietParser<T>(PhantomData<T>);

impl ValueParserFactory for Repository {
    type Parser = QuietParser<Self>;

    fn value_parser() -> QuietParser<Self> {
        QuietParser(PhantomData)
    }
}

impl ValueParserFactory for Tagged {
    type Parser = QuietParser<Self>;

    fn value_parser() -> QuietParser<Self> {
        QuietParser(PhantomData)
    }
}

impl<T: FromStr<Err = String> + Clone + Send + Sync + 'static> TypedValueParser for QuietParser<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &Command, _: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let parsed = value.to_string_lossy().parse();
        parsed.map_err(|why: String| clap::Error::raw(ErrorKind::ValueValidation, why + "\n").with_cmd(cmd))
    }
}

/// Why a version cannot be the tag. As text: the message, and a second line `help: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.message, self.help)
    }
}

/// A tag. Docker Desktop chooses the greatest one that is a semantic version, so [`Tag::is_semver`] matters for pushes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// The tag of a version, which is the version itself.
    ///
    /// Fails for a version with build metadata (`1.0.0+build`): `+` is not allowed in a tag.
    pub fn of_version(version: &semver::Version) -> Result<Self, VersionError> {
        version.to_string().parse().map_err(|_| VersionError {
            message: format!("the version {version} cannot be the tag"),
            help: "remove the part after `+`, or set every tag with --tag",
        })
    }

    /// True for a semantic version.
    pub fn is_semver(&self) -> bool {
        semver::Version::parse(&self.0).is_ok()
    }
}

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let rest = |c: char| word(c) || matches!(c, '.' | '-');
        if text.starts_with(word) && text.len() <= 128 && text.chars().all(rest) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("`{text}` is not a tag\nhelp: use at most 128 letters, digits, `_`, `.` and `-`"))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The image of `repository:tag` by its digest: `repository@digest`.
pub fn by_digest(name: &str, digest: &Digest) -> String {
    let repository = name.rsplit_once(':').map_or(name, |(repository, _)| repository);
    format!("{repository}@{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_follow_the_rules_of_docker() {
        for good in ["a", "you/your-extension", "localhost:5000/x/y", "ghcr.example/a/b__c", "a--b/c.d"] {
            assert!(good.parse::<Repository>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "You/x",
            "a/",
            "/a",
            "a//b",
            "a:1",
            "a/b:1",
            "a@sha256:0",
            "a..b",
            "-a/b",
            "host:70000/a",
            "a_-b",
        ] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
        assert_eq!("localhost:5000/x/y".parse::<Repository>().unwrap().name(), "y");
        for (name, familiar) in [("x/y", "x/y"), ("docker.io/x/y", "x/y"), ("docker.io/library/x", "x")] {
            assert_eq!(name.parse::<Repository>().unwrap().familiar(), familiar);
        }
    }

    #[test]
    fn a_password_in_a_reference_is_not_shown() {
        for (given, expected) in [
            ("x/y:1", "x/y:1"),
            ("x/y:1@sha256:ab", "x/y:1@sha256:ab"),
            ("me:s3cret@reg/x", "…@reg/x"),
            ("me:s3@c/ret@reg/x@sha256:ab", "…@reg/x@sha256:ab"),
            ("https://me:s3 cret@reg/x:1", "https://reg/x:1"),
        ] {
            assert_eq!(shown(given), expected);
            assert_eq!(holds_login(given), given.contains("cret") || given.contains("c/ret"), "{given}");
        }
        let said = "me:s3cret@reg/x".parse::<Repository>().unwrap_err();
        assert!(said.contains("docker login") && !said.contains("s3cret"), "{said}");
        assert!("a@sha256:0".parse::<Repository>().unwrap_err().contains("leave out the tag and the digest"));
    }

    #[test]
    fn the_login_names_the_registry() {
        for (reference, command) in [
            ("you/your-extension:1", "docker login"),
            ("tool:1", "docker login"),
            ("docker.io/x/y:1", "docker login"),
            ("ghcr.example/x/y:1", "docker login ghcr.example"),
            ("localhost:5000/x/y", "docker login localhost:5000"),
            ("localhost/x/y", "docker login localhost"),
        ] {
            assert_eq!(login(reference), command);
        }
    }

    #[test]
    fn the_tag_of_a_version_is_the_version_without_build_metadata() {
        let tag = |version: &str| Tag::of_version(&version.parse().unwrap());
        assert_eq!(tag("1.2.3-rc.1").unwrap().to_string(), "1.2.3-rc.1");
        let error = tag("1.0.0+x").unwrap_err().to_string();
        assert!(
            error.starts_with("the version 1.0.0+x cannot be the tag\nhelp: remove the part after `+`"),
            "{error}"
        );
    }

    #[test]
    fn tags_follow_the_rules_of_docker() {
        for good in ["1.0.0", "latest", "v1", "_x", "1.0.0-rc.1"] {
            assert!(good.parse::<Tag>().is_ok(), "{good}");
        }
        for bad in ["", "-x", ".x", "1.0.0+build", "a b", "a/b"] {
            assert!(bad.parse::<Tag>().is_err(), "{bad}");
        }
        assert!("1.2.3-rc.1".parse::<Tag>().unwrap().is_semver());
        assert!(!"latest".parse::<Tag>().unwrap().is_semver());
    }
}
