//! Which cargo call `dist` makes: `dist` is run once with this program in cargo's place, which writes the call down
//! before it hands over to cargo. Replaying it is the bare build: the same targets, linkers and settings.

use std::collections::BTreeMap;
use std::env;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::process;

/// Where the call is written to. Set for the recording only.
const FILE: &str = "CI_BENCH_RECORD";

/// A call of cargo.
#[derive(Deserialize, Serialize)]
pub struct Call {
    pub args: Vec<String>,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    pub dir: Utf8PathBuf,
}

/// Makes `command` call this program as cargo.
pub fn attach<'a>(command: &'a mut Command, file: &Utf8Path) -> Result<&'a mut Command> {
    let own = env::current_exe().context("the tool cannot find its own program")?;
    Ok(command.env("CARGO", own).env(FILE, file))
}

/// Stands in for cargo where the environment says so.
pub fn serve() -> Option<ExitCode> {
    let file = env::var(FILE).ok()?;
    match stand_in(Utf8Path::new(&file)) {
        Ok(code) => Some(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn stand_in(file: &Utf8Path) -> Result<ExitCode> {
    let args: Vec<_> = env::args().skip(1).collect();
    if args.first().is_some_and(|verb| verb == "build") {
        let env = env::vars().filter(|(name, _)| name != FILE && name != "CARGO").collect();
        let call = Call { args: args.clone(), env, dir: env::current_dir()?.try_into()? };
        fs_err::write(file, serde_json::to_string(&call)?)?;
    }
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    let status = cargo.args(args).env_remove(FILE).env_remove("CARGO").status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

impl Call {
    pub fn read(file: &Utf8Path) -> Result<Self> {
        let text = fs_err::read_to_string(file).context("dist made no call of `cargo build`")?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The same call again, by whoever.
    pub fn replay(&self) -> Result<Command> {
        let mut cargo = process::command("cargo", "install Rust with rustup")?;
        cargo.args(&self.args).env_clear().envs(&self.env).current_dir(&self.dir);
        Ok(cargo)
    }

    pub fn targets(&self) -> Vec<&str> {
        let flags = self.args.windows(2).filter(|pair| pair[0] == "--target");
        flags.map(|pair| pair[1].as_str()).collect()
    }

    /// The arguments that say what is built, without verb and targets: profile, packages and programs.
    pub fn subject(&self) -> Result<&[String]> {
        let targets = self.args.iter().position(|arg| arg == "--target");
        self.args
            .get(1..targets.unwrap_or_default())
            .ok_or_else(|| anyhow!("the call of cargo is not of the known form: {}", self.args.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_call_are_found() {
        let args = "build --profile release --package a --target t --target u --config x=1";
        let args = args.split(' ').map(ToOwned::to_owned).collect();
        let call = Call { args, env: BTreeMap::new(), dir: Utf8PathBuf::new() };
        assert_eq!(call.targets(), ["t", "u"]);
        assert_eq!(call.subject().unwrap(), ["--profile", "release", "--package", "a"]);
        let bare = Call { args: vec!["build".to_owned()], env: BTreeMap::new(), dir: Utf8PathBuf::new() };
        assert!(bare.subject().is_err());
    }
}
