//! Companion crates: parts of the tool that most users never need. They are built when they are first needed, and run as
//! programs of their own.

use std::process::Command;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;

use sixfold_base::lookup::Lookup;
use sixfold_base::program::{FOR_THIS_MACHINE, TOOL, VARIABLE};
use sixfold_base::{process, terminal};

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
        let purpose = format!("build {}", self.what);
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let manifest = format!("{}/../{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"), self.name);
        if !Utf8Path::new(&manifest).is_file() {
            bail!(
                "cannot {purpose}: its source {manifest} does not exist\n\
                 help: install {TOOL} again from its sources, and keep them where they are"
            );
        }
        let mut command = Command::new(cargo);
        command.args(["build", "--message-format", "json-render-diagnostics", "--manifest-path", &manifest]);
        command.args(FOR_THIS_MACHINE).args(lookup.flags());
        if let Some((profile, target)) = own_folders() {
            let file = format!("sixfold-{}{}", self.name, std::env::consts::EXE_SUFFIX);
            if profile.join(file).is_file() {
                command.arg("--quiet");
            } else {
                terminal::step("Building", format_args!("{}; this takes a minute or two, once", self.what));
            }
            command.args(["--target-dir", target.as_str()]);
        }
        let mut program = None;
        let status = process::stream(command, "", &purpose, |line| {
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
