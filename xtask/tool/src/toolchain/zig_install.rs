//! Installs zig from the Python package `ziglang`, with pip.
//!
//! Invariant: pip installs only files whose digests are in `ziglang.txt`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use semver::Version;
use sixfold_base::{cache, disk, process};
use sixfold_project::toolchain::zig::{PINNED, PYTHONS, Zig, ask, installed_dir, program_in};

/// For pip: the pinned version, with the digests of its files.
const REQUIREMENTS: &str = include_str!("ziglang.txt");

/// How long the package index may take to answer.
const INDEX_TIMEOUT: Duration = Duration::from_secs(20);

/// The variables of pip that apply: those for the package index and the network. Others choose what is installed, and where.
const APPLIED: [&str; 17] = [
    "INDEX_URL",
    "EXTRA_INDEX_URL",
    "NO_INDEX",
    "FIND_LINKS",
    "PROXY",
    "CERT",
    "CLIENT_CERT",
    "TRUSTED_HOST",
    "TIMEOUT",
    "DEFAULT_TIMEOUT",
    "RETRIES",
    "CACHE_DIR",
    "NO_CACHE_DIR",
    "CONFIG_FILE",
    "KEYRING_PROVIDER",
    "USE_FEATURE",
    "USE_DEPRECATED",
];

/// A Python 3 that has pip.
pub(crate) struct Pip {
    pub python: &'static str,
    /// What `pip --version` prints.
    pub version: String,
}

impl Pip {
    /// Finds the first Python that has pip: of several Pythons on a machine, some may lack it.
    pub(crate) fn find() -> Option<Self> {
        let pip = |python| {
            let version = ask(python, &["-m", "pip", "--version"])?;
            version.contains("(python 3").then_some(Self { python, version })
        };
        PYTHONS.into_iter().find_map(pip)
    }

    /// Asks the package index for zig. Returns pip's output if that fails, and `None` if it works or if this pip is too old
    /// to say.
    pub(crate) fn cannot_download(&self) -> Option<String> {
        let mut command = self.command();
        command.args(["index", "versions", "ziglang"]);
        command.args(["--disable-pip-version-check", "--retries", "0"]);
        match process::capture_within(command, "ask the package index for zig", INDEX_TIMEOUT) {
            Ok(Some(output)) if output.status.success() || output.stderr.contains("unknown command") => None,
            Ok(Some(output)) => Some(output.tail()),
            Ok(None) => Some(format!("no answer within {} seconds", INDEX_TIMEOUT.as_secs())),
            Err(error) => Some(format!("{error:#}")),
        }
    }

    /// A call that installs the pinned zig into `folder`. A prefix in pip's configuration file would be an error beside a
    /// target, and is overridden by an empty one.
    fn install_into(&self, folder: &Utf8Path) -> Result<Command> {
        let requirements = folder.join("requirements.txt");
        fs_err::write(&requirements, REQUIREMENTS)?;
        let mut command = self.command();
        command.args(["install", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"]);
        command.args(["--no-user", "--prefix", "", "--target", folder.as_str()]);
        command.args(["--require-hashes", "--requirement", requirements.as_str()]);
        Ok(command)
    }

    /// pip, in an environment in which only the author's settings for the network apply.
    fn command(&self) -> Command {
        let mut command = Command::new(self.python);
        command.args(["-m", "pip"]);
        for (name, _) in std::env::vars_os() {
            let is_applied = |name: &str| APPLIED.contains(&name);
            if name.to_str().and_then(|name| name.strip_prefix("PIP_")).is_some_and(|name| !is_applied(name))
            {
                command.env_remove(name);
            }
        }
        command.env("PIP_REQUIRE_VIRTUALENV", "0");
        command
    }
}

/// Finds the Python that installs the pinned zig. `purpose` says what zig is needed for and completes "zig is needed
/// to …". Fails if Python or pip is missing.
pub(crate) fn installer(purpose: &str, offline: bool) -> Result<Pip> {
    let help = help();
    if offline {
        bail!(
            "zig is needed to {purpose}; it is not installed, and --offline forbids downloading it\n\
             help: run once without --offline, {help}"
        );
    }
    Pip::find().with_context(|| {
        format!(
            "zig is needed to {purpose}; it is installed through Python 3 with pip, which was not found\n\
             help: install Python 3 with pip, {help}"
        )
    })
}

fn help() -> String {
    format!("or install zig 0.13 to 0.15 yourself, for instance with `pip install ziglang=={PINNED}`")
}

/// Installs the pinned zig into the cache folder, and shows pip's progress.
pub(crate) fn install(purpose: &str, pip: &Pip) -> Result<Zig> {
    let dir = installed_dir()?;
    let is_whole = |dir: &Utf8Path| program_in(dir).is_file();
    cache::once(&dir, is_whole, |partial| {
        let failed = || {
            format!(
                "zig is needed to {purpose}, and pip did not install it\n\
                 help: check that {} can reach the package index, and that it serves unchanged files, {}",
                pip.python,
                help()
            )
        };
        let shown = process::show(pip.install_into(partial)?, "install zig").with_context(failed);
        shown.map_err(|error| disk::blame(error, partial))
    })?;
    Ok(Zig { program: program_in(&dir).into_string(), args: Vec::new(), version: Version::parse(PINNED)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_the_pinned_version() {
        let mut lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.next(), Some(&*format!("ziglang=={PINNED} \\")));
        for line in lines {
            let digest = line.trim().trim_end_matches(" \\").strip_prefix("--hash=").unwrap();
            digest.parse::<sixfold_model::digest::Digest>().unwrap();
        }
    }
}
