//! Records how `dist` calls cargo. `dist` is run once with this program in place of cargo: it writes the call to a file and
//! then runs cargo. Replaying that call is the bare build, with the same targets, linkers and settings.

use std::collections::BTreeMap;
use std::env;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::process;

/// The variable with the path of the file. It is set only while recording.
const FILE_VARIABLE: &str = "CI_BENCH_RECORD";

/// A call of cargo.
#[derive(Deserialize, Serialize)]
pub(crate) struct Call {
    pub args: Vec<String>,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    pub dir: Utf8PathBuf,
}

/// Makes `command` call this program instead of cargo, and write the call to `file`.
pub(crate) fn attach<'a>(command: &'a mut Command, file: &Utf8Path) -> Result<&'a mut Command> {
    let own = env::current_exe().context("cannot find the path of this program")?;
    Ok(command.env("CARGO", own).env(FILE_VARIABLE, file))
}

/// Acts as cargo if the environment says so.
pub(crate) fn run() -> Option<ExitCode> {
    let file = env::var(FILE_VARIABLE).ok()?;
    match record(Utf8Path::new(&file)) {
        Ok(code) => Some(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn record(file: &Utf8Path) -> Result<ExitCode> {
    let args: Vec<_> = env::args().skip(1).collect();
    if args.first().is_some_and(|verb| verb == "build") {
        let env = env::vars().filter(|(name, _)| name != FILE_VARIABLE && name != "CARGO").collect();
        let call = Call { args: args.clone(), env, dir: env::current_dir()?.try_into()? };
        fs_err::write(file, serde_json::to_string(&call)?)?;
    }
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    let status = cargo.args(args).env_remove(FILE_VARIABLE).env_remove("CARGO").status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

impl Call {
    pub(crate) fn read(file: &Utf8Path) -> Result<Self> {
        let text = fs_err::read_to_string(file).context("dist did not call `cargo build`")?;
        Ok(serde_json::from_str(&text)?)
    }

    /// A command that makes the same call again.
    pub(crate) fn replay(&self) -> Result<Command> {
        let mut cargo = process::command("cargo", "install Rust with rustup")?;
        cargo.args(&self.args).env_clear().envs(&self.env).current_dir(&self.dir);
        Ok(cargo)
    }

    pub(crate) fn targets(&self) -> Vec<&str> {
        let flags = self.args.windows(2).filter(|pair| pair[0] == "--target");
        flags.map(|pair| pair[1].as_str()).collect()
    }

    /// The arguments that select what is built: profile, packages and binaries, but not the targets.
    pub(crate) fn selection(&self) -> Result<&[String]> {
        let targets = self.args.iter().position(|arg| arg == "--target");
        self.args
            .get(1..targets.unwrap_or_default())
            .ok_or_else(|| anyhow!("dist calls cargo in an unexpected way: {}", self.args.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_selection_are_found() {
        let args = "build --profile release --package a --target t --target u --config x=1";
        let args = args.split(' ').map(ToOwned::to_owned).collect();
        let call = Call { args, env: BTreeMap::new(), dir: Utf8PathBuf::new() };
        assert_eq!(call.targets(), ["t", "u"]);
        assert_eq!(call.selection().unwrap(), ["--profile", "release", "--package", "a"]);
        let bare = Call { args: vec!["build".to_owned()], env: BTreeMap::new(), dir: Utf8PathBuf::new() };
        assert!(bare.selection().is_err());
    }
}
