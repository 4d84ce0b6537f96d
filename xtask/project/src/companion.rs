//! Companion crates: parts of the tool that most users never need. They are built when they are first needed, and run as
//! programs of their own.

use std::process::Command;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;

use sixfold_base::lookup::Lookup;
use sixfold_base::program::{FOR_THIS_MACHINE, TOOL, VARIABLE};
use sixfold_base::{cache, cargo, process, terminal};

/// The crate `sixfold-NAME` in the folder NAME beside this crate's folder. Its program has the same name.
pub struct Companion {
    pub name: &'static str,
    /// What it is, for messages; completes "Building".
    pub what: &'static str,
}

impl Companion {
    /// Builds the crate, unless it is up to date, and returns a call of its program.
    pub fn command(&self, lookup: Lookup) -> Result<Command> {
        let mut command = Command::new(self.program(lookup)?);
        command.env(VARIABLE, TOOL.name());
        Ok(command)
    }

    fn program(&self, lookup: Lookup) -> Result<Utf8PathBuf> {
        let own = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
        if own.file_name() != Some("project") {
            return self.install(lookup);
        }
        let manifest = own.with_file_name(self.name).join("Cargo.toml");
        if !manifest.is_file() {
            bail!(
                "cannot build {}: its source {manifest} does not exist\n\
                 help: install {TOOL} again from its sources, and keep them where they are",
                self.what
            );
        }
        let mut command = cargo::command();
        command.args(["build", "--manifest-path", manifest.as_str()]).args(FOR_THIS_MACHINE);
        if let Some(target) = of_checkout(own)? {
            command.args(lookup.or_locked().flags());
            let mut triples = target.read_dir_utf8().into_iter().flatten().flatten();
            let is_built = triples.any(|triple| triple.path().join("debug").join(self.file()).is_file());
            self.announce(&mut command, is_built);
            command.args(["--target-dir", target.as_str()]);
        } else {
            command.args(lookup.flags());
            if let Some((profile, target)) = own_folders() {
                self.announce(&mut command, profile.join(self.file()).is_file());
                command.args(["--target-dir", target.as_str()]);
            }
        }
        self.build(command)
    }

    /// Installs the crate of the same version from the registry that this crate is from, into the cache.
    fn install(&self, lookup: Lookup) -> Result<Utf8PathBuf> {
        let version = env!("CARGO_PKG_VERSION");
        let root = cache::dir()?.join("companions").join(version);
        let program = root.join("bin").join(self.file());
        if !program.is_file() {
            let mut cargo = cargo::command();
            cargo.args(["install", &format!("sixfold-{}", self.name), "--version", &format!("={version}")]);
            // The profiles of this workspace are not in the package. With everything optimised, it takes several times as long.
            cargo.args([
                "--debug",
                "--config",
                "profile.dev.debug=false",
                "--config",
                "profile.dev.opt-level=1",
            ]);
            cargo.args(["--force", "--root", root.as_str()]).args(lookup.or_locked().flags());
            self.announce(&mut cargo, false);
            process::show(cargo, &self.purpose())?;
        }
        Ok(program)
    }

    /// Says that this will take time, unless the program was built before.
    fn announce(&self, cargo: &mut Command, is_built: bool) {
        if is_built {
            cargo.arg("--quiet");
        } else {
            terminal::step("Building", format_args!("{}; this takes a minute or two, once", self.what));
        }
    }

    fn build(&self, mut cargo: Command) -> Result<Utf8PathBuf> {
        let purpose = self.purpose();
        cargo.args(["--message-format", "json-render-diagnostics"]);
        let mut program = None;
        let status = process::stream(cargo, "", &purpose, |line| {
            if let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_str(line) {
                program = artifact.executable.or(program.take());
            }
            Ok(())
        })?;
        match program {
            Some(program) if status.success() => Ok(program),
            _ => bail!("cannot {purpose}: cargo ended with {status}; its messages are above"),
        }
    }

    fn purpose(&self) -> String {
        format!("build {}", self.what)
    }

    fn file(&self) -> String {
        format!("sixfold-{}{}", self.name, std::env::consts::EXE_SUFFIX)
    }
}

/// The target directory for a checkout of cargo, in which cargo leaves a file: one for each in the cache, since the checkout belongs
/// to cargo, and all projects with this version of the tool can share it. `None` for other sources.
fn of_checkout(own: &Utf8Path) -> Result<Option<Utf8PathBuf>> {
    let root = own.ancestors().nth(2).unwrap_or(own);
    if !root.join(".cargo-ok").is_file() {
        return Ok(None);
    }
    let [commit, repository] =
        [root.file_name(), root.parent().and_then(Utf8Path::file_name)].map(Option::unwrap_or_default);
    // Cargo calls the folder NAME-HASH. A name may have characters that linkers do not accept.
    let hash = repository.rsplit('-').next().unwrap_or_default();
    Ok(Some(cache::dir()?.join("companions").join(hash).join(commit)))
}

/// The folder of this program and the target directory that it is in, if cargo compiled it for debugging: most dependencies of
/// the crate are compiled there already. Cargo marks its target directory with a file.
fn own_folders() -> Option<(Utf8PathBuf, Utf8PathBuf)> {
    let own = Utf8PathBuf::try_from(std::env::current_exe().ok()?).ok()?;
    let profile = own.parent().filter(|folder| folder.file_name() == Some("debug"))?;
    let target = profile.ancestors().skip(1).take(2).find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some((profile.to_owned(), target.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_sources_are_named_in_the_error() {
        let companion = Companion { name: "no-such-crate", what: "a crate" };
        let error = companion.command(Lookup::default()).unwrap_err().to_string();
        assert!(error.contains("no-such-crate/Cargo.toml does not exist\nhelp: "), "{error}");
    }
}
