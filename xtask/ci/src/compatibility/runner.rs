//! Runs a program, with an emulator if it is for another system and this machine has one.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use camino::Utf8Path;
use sixfold_base::process::{self, Output};

use super::status::Status;

/// A program that takes longer is stuck.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What a program has to do.
#[derive(Default)]
pub(crate) struct Task {
    /// Files in the folder that it runs in, by name.
    pub files: BTreeMap<String, String>,
    pub args: Vec<String>,
    /// Part of what it prints.
    pub expect: String,
}

/// Runs the program if this machine can.
pub(crate) fn run(target: &str, program: &Utf8Path, task: &Task) -> Result<Status> {
    let Some((by, mut command)) = command(target, program) else { return Ok(Status::Links) };
    let folder = tempfile::tempdir()?;
    for (name, content) in &task.files {
        fs_err::write(folder.path().join(name), content)?;
    }
    command.args(&task.args).current_dir(folder.path());
    Ok(match process::capture_within(command, "run a program", TIMEOUT)? {
        Some(output) if output.status.success() && output.stdout.contains(&task.expect) => {
            Status::Runs { by: by.to_owned() }
        }
        Some(output) if output.status.success() => Status::Fails {
            reason: format!("run by {by}: does not print {:?}, but {:?}", task.expect, output.stdout),
        },
        Some(output) => Status::Fails { reason: format!("run by {by}: {}", failure(&output)) },
        None => Status::Fails { reason: format!("run by {by}: does not end") },
    })
}

/// The exit status and the message of a program that failed.
fn failure(output: &Output) -> String {
    let text = &output.stderr;
    // The message of a panic is on the line after its location.
    let panic = text.lines().skip_while(|line| !line.contains("panicked at")).nth(1);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    format!("{}, {}", output.status, panic.or(last).unwrap_or("no output").trim())
}

/// The command that runs a program for this target, if this machine can, and its name.
fn command(target: &str, program: &Utf8Path) -> Option<(&'static str, Command)> {
    let through = |name: &str| {
        let mut command = Command::new(which::which(name).ok()?);
        command.arg(program);
        Some(command)
    };
    let linux = cfg!(target_os = "linux");
    match target {
        "x86_64-unknown-linux-musl" if linux && cfg!(target_arch = "x86_64") => {
            Some(("this machine", Command::new(program)))
        }
        "aarch64-unknown-linux-musl" if linux => Some(("qemu", through("qemu-aarch64-static")?)),
        "x86_64-pc-windows-gnullvm" if linux && wine_is_new() => {
            let mut command = through("wine")?;
            command.env("WINEDEBUG", "-all");
            Some(("wine", command))
        }
        _ => None,
    }
}

/// Versions of wine before 9 have no bcryptprimitives.dll, which every Rust program needs.
fn wine_is_new() -> bool {
    let Ok(output) = Command::new("wine").arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let major =
        text.trim().strip_prefix("wine-").and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 9)
}
