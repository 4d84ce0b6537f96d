//! Where a project gets the tool from.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::MetadataCommand;
use fs_err as fs;
use semver::Version;

use sixfold_base::{git, process};
use sixfold_model::pin::TAG;

/// The value of the dependency in the project's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A folder with the tool's crate, absolute.
    Path(Utf8PathBuf),
    /// An address, and a key (`tag` or `rev`) with its value.
    Git { url: String, key: &'static str, value: String },
    /// A version in the registry of packages.
    Registry(Version),
}

/// What to do if a source is not known or cannot be used.
pub(super) const SOURCES: &str =
    "pass another source, such as `--tool path:DIR` with the folder of a clone, or `--tool git:URL#TAG`";

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Path(path) => write!(f, "{{ path = {} }}", quoted(path.as_str())),
            Self::Git { url, key, value } => {
                write!(f, "{{ git = {}, {key} = {} }}", quoted(url), quoted(value))
            }
            Self::Registry(version) => write!(f, "\"{version}\""),
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(folder) = text.strip_prefix("path:") {
            return path(folder.into());
        }
        if let Some(address) = text.strip_prefix("git:") {
            let (url, reference) =
                address.rsplit_once('#').ok_or("name a tag or a commit after the address: git:URL#TAG")?;
            return Self::git(url, reference);
        }
        let version = text
            .parse()
            .map_err(|_| "write path:DIR, git:URL#TAG, git:URL#COMMIT or a version such as 0.1.0")?;
        Ok(Self::Registry(version))
    }
}

/// The crate in this folder, or in the clone that it is.
fn path(folder: Utf8PathBuf) -> Result<Source, String> {
    let is_tool = |folder: &Utf8PathBuf| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line == "name = \"sixfold\"")
    };
    let mut candidates = [folder.join("xtask/tool"), folder.join("tool"), folder.clone()].into_iter();
    let found = candidates.find(is_tool).ok_or(format!("{folder} does not have the crate sixfold"))?;
    found.canonicalize_utf8().map(Source::Path).map_err(|error| error.to_string())
}

impl Source {
    /// A commit is 7 to 40 hexadecimal digits; anything else is a tag.
    pub(crate) fn git(url: &str, reference: &str) -> Result<Self, String> {
        let is_plain =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        let login = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
        if !is_plain(url) || !is_plain(reference) || reference.starts_with('-') {
            return Err("the address or the tag is empty, or has characters that neither can have".to_owned());
        }
        if login.is_some_and(|(user, _)| user.contains(':')) {
            return Err("leave out the password: everyone who gets the project could read it".to_owned());
        }
        let is_commit =
            (7..=40).contains(&reference.len()) && reference.bytes().all(|c| c.is_ascii_hexdigit());
        let key = if is_commit { "rev" } else { "tag" };
        Ok(Self::Git { url: cargo_url(url), key, value: reference.to_owned() })
    }

    /// What cargo says about where a package is from, such as `git+https://…?tag=…#COMMIT`. `None` for a folder.
    fn of_cargo(source: &str, version: &Version) -> Option<Self> {
        let Some(address) = source.strip_prefix("git+") else {
            let is_registry = ["registry+", "sparse+"].iter().any(|kind| source.starts_with(kind));
            return is_registry.then(|| Self::Registry(version.clone()));
        };
        let (address, commit) = address.split_once('#')?;
        let (url, query) = address.split_once('?').unwrap_or((address, ""));
        Self::git(url, query.strip_prefix("tag=").unwrap_or(commit)).ok()
    }
}

/// The address as cargo writes it: git also has `user@host:path` for ssh, plain paths, and spaces.
fn cargo_url(url: &str) -> String {
    let address = match url.split_once(':') {
        _ if url.contains("://") => url.to_owned(),
        _ if Utf8Path::new(url).is_absolute() => format!("file://{url}"),
        Some((host, path)) => format!("ssh://{host}/{}", path.trim_start_matches('/')),
        None => url.to_owned(),
    };
    address.replace(' ', "%20")
}

/// Where this program is from: what cargo says, what cargo has recorded, the clone that it was built in, and the address in its
/// manifest. Fails if none of them is known and can be reached.
pub(super) fn find() -> Result<Source> {
    let version = env!("CARGO_PKG_VERSION").parse()?;
    if let Some(source) = of_project().or_else(|| of_record(&version)) {
        return Ok(source);
    }
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let known = of_clone(folder).or_else(|| of_address(env!("CARGO_PKG_REPOSITORY"), &version));
    known.with_context(|| {
        format!(
            "cannot find where others can get this version of Sixfold: it was built in {folder}, and no address that \
             git knows for that has the commit\nhelp: {SOURCES}, or push the commit first"
        )
    })
}

/// The source of the tool in the project whose `cargo xtask` runs. Cargo sets the variable for programs that it runs.
fn of_project() -> Option<Source> {
    let manifest = Utf8PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").ok()?).join("Cargo.toml");
    let workspace = MetadataCommand::new().manifest_path(manifest).exec().ok()?;
    let tool =
        workspace.packages.into_iter().find(|package| package.name.as_str() == env!("CARGO_PKG_NAME"))?;
    Source::of_cargo(&tool.source?.repr, &tool.version)
}

/// The source in the record that `cargo install` keeps beside the folder of this program. Its keys are
/// `NAME VERSION (SOURCE)`.
fn of_record(version: &Version) -> Option<Source> {
    let program = Utf8PathBuf::try_from(std::env::current_exe().ok()?).ok()?;
    let record = fs::read_to_string(program.ancestors().nth(2)?.join(".crates.toml")).ok()?;
    let record: toml::Table = record.parse().ok()?;
    let installed = format!("{} {version} (", env!("CARGO_PKG_NAME"));
    let mut keys = record.get("v1")?.as_table()?.keys();
    let source = keys.find_map(|key| key.strip_prefix(&installed)?.strip_suffix(')'))?;
    Source::of_cargo(source, version)
}

/// The origin of a clone, if it has the commit of the clone.
fn of_clone(folder: &Utf8Path) -> Option<Source> {
    let commit = answer(folder, &["rev-parse", "HEAD"])?;
    let url = answer(folder, &["remote", "get-url", "origin"])?;
    let references = references(folder, &url).ok()?;
    let names: Vec<_> = references.iter().filter(|(it, _)| *it == commit).map(|(_, name)| name).collect();
    let tag =
        names.iter().find_map(|name| name.strip_prefix("refs/tags/").filter(|tag| tag.starts_with(TAG)));
    let reference = names.first().map(|_| tag.map_or(&*commit, |tag| tag.trim_end_matches("^{}")))?;
    Source::git(&url, reference).ok()
}

/// The tag of this version at an address.
fn of_address(url: &str, version: &Version) -> Option<Source> {
    let tag = format!("{TAG}{version}");
    let here = Utf8Path::new(".");
    let name = format!("refs/tags/{tag}");
    let is_there = !url.is_empty() && references(here, url).ok()?.iter().any(|(_, it)| *it == name);
    is_there.then(|| Source::git(url, &tag).ok()).flatten()
}

/// The commits and names of the branches and tags of a remote repository.
pub(crate) fn references(folder: &Utf8Path, url: &str) -> Result<Vec<(String, String)>> {
    let mut git = git::command(folder);
    git.args(["ls-remote", "--", url]);
    let output = process::capture(git, "ask for the versions of Sixfold")?;
    ensure!(output.status.success(), "cannot reach {url}\n{}", output.tail());
    let lines = output.stdout.lines().filter_map(|line| line.split_once('\t'));
    let all: Vec<_> = lines.map(|(commit, name)| (commit.to_owned(), name.to_owned())).collect();
    if all.is_empty() {
        bail!("{url} has no branches and no tags");
    }
    Ok(all)
}

fn answer(folder: &Utf8Path, args: &[&str]) -> Option<String> {
    let mut git = git::command(folder);
    git.args(args);
    let output = process::capture(git, "find the origin of Sixfold").ok()?;
    output.status.success().then(|| output.stdout.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<Source>().map_or_else(|error| error, |source| source.to_string())
    }

    #[test]
    fn a_source_is_written_as_cargo_reads_it() {
        for (given, expected) in [
            ("1.2.3", r#""1.2.3""#),
            ("git:https://h/r#sixfold-v1.0.0", r#"{ git = "https://h/r", tag = "sixfold-v1.0.0" }"#),
            ("git:file:///a b/r#0123abc", r#"{ git = "file:///a%20b/r", rev = "0123abc" }"#),
            ("git:me@h:a/r.git#v1", r#"{ git = "ssh://me@h/a/r.git", tag = "v1" }"#),
        ] {
            assert_eq!(shown(given), expected);
        }
    }

    #[test]
    fn a_wrong_source_is_an_error() {
        for given in
            ["", "1", "x", "git:https://h/r", "git:#v1", "git:https://h/r#-x", "git:h\n#v", "path:/no/such"]
        {
            assert!(given.parse::<Source>().is_err(), "{given:?}");
        }
        let error = "git:https://me:s3cret@h/r#v1".parse::<Source>().unwrap_err();
        assert!(error.contains("password") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn what_cargo_says_about_a_package_is_understood() {
        let version = Version::new(1, 2, 3);
        let of = |source| Source::of_cargo(source, &version).map(|source| source.to_string());
        let commit = "0123456789012345678901234567890123456789";
        let tag = format!("git+https://h/r?tag=sixfold-v1.2.3#{commit}");
        assert_eq!(of(&tag).as_deref(), Some(r#"{ git = "https://h/r", tag = "sixfold-v1.2.3" }"#));
        let branch = format!("git+https://h/r?branch=x#{commit}");
        assert_eq!(of(&branch), Some(format!(r#"{{ git = "https://h/r", rev = "{commit}" }}"#)));
        assert_eq!(of("registry+https://h/index").as_deref(), Some("\"1.2.3\""));
        assert_eq!(of("path+file:///a"), None);
    }

    #[test]
    fn the_origin_of_a_clone_is_used_only_if_it_has_the_commit() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let clone = root.join("clone");
        fs::create_dir(&clone).unwrap();
        let git = |args: &[&str]| {
            let identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"];
            let mut git = git::command(&clone);
            assert!(git.args(identity).args(args).output().unwrap().status.success(), "{args:?}");
        };
        git(&["init", "--quiet"]);
        git(&["commit", "--quiet", "--allow-empty", "-m", "1"]);
        let origin = root.join("origin");
        git(&["init", "--quiet", "--bare", origin.as_str()]);
        git(&["remote", "add", "origin", origin.as_str()]);
        assert_eq!(of_clone(&clone), None);
        git(&["push", "--quiet", "origin", "HEAD:main"]);
        let of_commit = of_clone(&clone).unwrap().to_string();
        assert!(of_commit.starts_with(&format!("{{ git = \"file://{origin}\", rev = ")), "{of_commit}");
        git(&["tag", "sixfold-v9.0.0"]);
        git(&["push", "--quiet", "origin", "sixfold-v9.0.0"]);
        assert!(of_clone(&clone).unwrap().to_string().ends_with("tag = \"sixfold-v9.0.0\" }"));
    }
}
