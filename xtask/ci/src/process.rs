//! Runs a program in the foreground: its command line is shown first, its output is passed through, and an interrupt stops
//! it.
//!
//! Invariant: a child has no stdin (a CI has none either), and is a child of [`sixfold_base::process`]. So an interrupt also
//! ends what the child has started, and Ctrl-C reaches the child only through `interrupt`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow, bail};
use sixfold_base::process::Child;

use crate::interrupt;

/// A command for a program on the PATH. The error for a missing program ends with `help`, which says what to install.
///
/// It is looked up here because on Windows `npm` is `npm.cmd`, which only a search that knows PATHEXT finds.
pub(crate) fn command(program: &str, help: &str) -> anyhow::Result<Command> {
    let path = which::which(program)
        .map_err(|_| anyhow!("cannot run `{program}`: no such program on the PATH\nhelp: {help}"))?;
    Ok(Command::new(path))
}

/// Runs the command to its end. An exit code other than 0 is an error that shows the command.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let child = start(command)?;
    finish(command, &child)
}

/// Like `run`, but does not show the command first.
pub(crate) fn run_quietly(command: &mut Command) -> anyhow::Result<()> {
    let child = spawn(command)?;
    finish(command, &child)
}

/// Like `run`, and calls `on_line` with each line of stdout after printing it.
pub(crate) fn run_with_stdout(command: &mut Command, mut on_line: impl FnMut(&str)) -> anyhow::Result<()> {
    let child = start(command.stdout(Stdio::piped()))?;
    each_line(child.take_stdout(), |line| {
        writeln!(std::io::stdout(), "{line}").context("cannot write to stdout")?;
        on_line(line);
        Ok(())
    })?;
    finish(command, &child)
}

/// Like `run_quietly`, and calls `on_line` with each line of stderr, which is not printed.
pub(crate) fn run_with_stderr(
    command: &mut Command,
    on_line: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let child = spawn(command.stderr(Stdio::piped()))?;
    each_line(child.take_stderr(), on_line)?;
    finish(command, &child)
}

/// The stdout of a command that is quick and prints little.
pub(crate) fn read_stdout(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{}`", display(command)))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", display(command), output.status, message.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("the output of `{}` is not UTF-8", display(command)))
}

/// The command line, preceded by the variables that are set for it. PATH is left out because it is long.
pub(crate) fn display(command: &Command) -> String {
    let variables = command.get_envs().filter(|(name, _)| *name != "PATH");
    let variables = variables.filter_map(|(name, value)| Some((name, value?)));
    let variables = variables.map(|(name, value)| format!("{}={} ", name.display(), value.display()));
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    let arguments = command.get_args().map(|argument| format!(" {}", argument.display()));
    format!("{}{}{}", variables.collect::<String>(), name.display(), arguments.collect::<String>())
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    eprintln!("$ {}", display(command));
    spawn(command)
}

fn spawn(command: &mut Command) -> anyhow::Result<Child> {
    interrupt::check()?;
    Child::spawn(command.stdin(Stdio::null())).with_context(|| format!("cannot run `{}`", display(command)))
}

fn each_line(
    stream: Option<impl Read>,
    mut on_line: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let lines = stream.into_iter().flat_map(|stream| BufReader::new(stream).split(b'\n'));
    for line in lines {
        on_line(&String::from_utf8_lossy(&line.context("cannot read the output of the command")?))?;
    }
    Ok(())
}

fn finish(command: &Command, child: &Child) -> anyhow::Result<()> {
    let status = child.wait().with_context(|| format!("cannot wait for `{}`", display(command)))?;
    interrupt::check()?;
    if !status.success() {
        bail!("`{}` failed ({status})", display(command));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_failed_command_shows_the_command() {
        let error = run(Command::new("cargo").arg("no-such-subcommand")).unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-subcommand` failed"), "{error}");
    }

    #[test]
    fn each_line_of_stdout_is_passed_on() {
        let mut lines = Vec::new();
        run_with_stdout(Command::new("cargo").arg("--version"), |line| lines.push(line.to_owned())).unwrap();
        assert!(lines.len() == 1 && lines[0].starts_with("cargo "), "{lines:?}");
    }

    #[test]
    fn the_error_for_a_missing_program_ends_with_help() {
        let error = format!("{:#}", command("no-such-program", "install it").unwrap_err());
        assert!(error.contains("no-such-program") && error.ends_with("\nhelp: install it"), "{error}");
    }
}
