//! Running a program in the foreground: shown before it starts, its output passed through, stopped by an interrupt.
//!
//! Invariant: a child gets no stdin (a CI has none) and leads its own process group, so that stopping it stops what it
//! started and Ctrl-C reaches it only through `interrupt`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use crate::interrupt::{self, Stoppable};

/// The command, or an error that says what to install when there is no such program.
///
/// Looked up here because `npm` is `npm.cmd` on Windows, which only a search with PATHEXT finds.
pub fn command(program: &str, mend: &str) -> anyhow::Result<Command> {
    let path =
        which::which(program).with_context(|| format!("there is no `{program}` on the PATH: {mend}"))?;
    Ok(Command::new(path))
}

/// Runs to the end; an exit code other than 0 is an error that shows the command.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let mut child = start(command)?;
    let _stoppable = Stoppable::new(&child);
    finish(command, &mut child)
}

/// As `run`, without showing the command.
pub fn run_silently(command: &mut Command) -> anyhow::Result<()> {
    let mut child = spawn(command)?;
    let _stoppable = Stoppable::new(&child);
    finish(command, &mut child)
}

/// As `run`, and hands each line of stdout to `seen` after it was printed.
pub fn run_seeing(command: &mut Command, mut seen: impl FnMut(&str)) -> anyhow::Result<()> {
    let mut child = start(command.stdout(Stdio::piped()))?;
    let _stoppable = Stoppable::new(&child);
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.context("cannot read the output of the command")?;
            let line = String::from_utf8_lossy(&line);
            writeln!(std::io::stdout(), "{line}").context("cannot write to stdout")?;
            seen(&line);
        }
    }
    finish(command, &mut child)
}

/// As `run_silently`, and hands each line of stderr to `seen`.
pub fn run_seeing_errors(
    command: &mut Command,
    mut seen: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut child = spawn(command.stderr(Stdio::piped()))?;
    let _stoppable = Stoppable::new(&child);
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            seen(&String::from_utf8_lossy(&line.context("cannot read the output of the command")?))?;
        }
    }
    finish(command, &mut child)
}

/// The stdout of a command that is quick and prints little.
pub fn read(command: &mut Command) -> anyhow::Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {}", shown(command)))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}): {}", shown(command), output.status, message.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no UTF-8", shown(command)))
}

/// The command as one would type it, with the settings added to its environment, the long PATH left out.
pub fn shown(command: &Command) -> String {
    let settings = command.get_envs().filter(|(key, _)| *key != "PATH");
    let settings = settings.filter_map(|(key, value)| Some((key, value?)));
    let settings = settings.map(|(key, value)| format!("{}={} ", key.display(), value.display()));
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    let arguments = command.get_args().map(|argument| format!(" {}", argument.display()));
    format!("{}{}{}", settings.collect::<String>(), name.display(), arguments.collect::<String>())
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    eprintln!("$ {}", shown(command));
    spawn(command)
}

fn spawn(command: &mut Command) -> anyhow::Result<Child> {
    interrupt::check()?;
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot run {}", shown(command)))
}

fn finish(command: &Command, child: &mut Child) -> anyhow::Result<()> {
    let status = child.wait().with_context(|| format!("cannot wait for {}", shown(command)))?;
    interrupt::check()?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_an_error_that_shows_it() {
        let error = run(Command::new("cargo").arg("no-such-subcommand")).unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-subcommand` failed"), "{error}");
    }

    #[test]
    fn lines_of_stdout_are_seen() {
        let mut lines = Vec::new();
        run_seeing(Command::new("cargo").arg("--version"), |line| lines.push(line.to_owned())).unwrap();
        assert!(lines.len() == 1 && lines[0].starts_with("cargo "), "{lines:?}");
    }

    #[test]
    fn a_missing_program_names_the_way_to_get_it() {
        let error = format!("{:#}", command("no-such-program", "install it").unwrap_err());
        assert!(error.contains("no-such-program") && error.contains("install it"), "{error}");
    }
}
