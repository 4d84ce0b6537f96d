//! The crates beside this one that most users never need: built when first needed, and run beside this program.

use std::process::Command;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;

use sixfold_base::lookup::Lookup;
use sixfold_base::program::{TOOL, VARIABLE};
use sixfold_base::{process, terminal};

/// A crate `sixfold-NAME` in the folder NAME beside this crate's; its program has the name of the crate.
pub struct Companion {
    pub name: &'static str,
    /// What it does, for people: completes "Building …".
    pub what: &'static str,
}

impl Companion {
    /// A call of the crate's program, which is built unless that is done.
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
        command.args(lookup.flags());
        if let Some(folder) = target_folder() {
            if folder
                .join("debug")
                .join(format!("sixfold-{}{}", self.name, std::env::consts::EXE_SUFFIX))
                .is_file()
            {
                command.arg("--quiet");
            } else {
                terminal::step("Building", format_args!("{}; this takes a minute or two, once", self.what));
            }
            command.args(["--target-dir", folder.as_str()]);
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
            _ => bail!("cannot {purpose}: cargo ended with {status}; what it said is above"),
        }
    }
}

/// Where cargo has built this very program: most of what the crate needs is compiled there already.
fn target_folder() -> Option<Utf8PathBuf> {
    let own = Utf8PathBuf::try_from(std::env::current_exe().ok()?).ok()?;
    let profile = own.parent()?;
    (profile.file_name() == Some("debug")).then(|| profile.parent().map(Into::into))?
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
