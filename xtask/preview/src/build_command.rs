//! Runs the commands that build the UI and the host binaries. What they print is shown through our own queue, so that a
//! terminal that is not read does not stop them.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, PipeReader};
use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anstream::adapter::strip_str;
use anyhow::{Context as _, Result};
use sixfold_base::process;

use crate::terminal;

/// Lines of standard error that are kept for an error message.
const LAST_LINES: usize = 20;
/// How long to read on after the command has ended, in case a process that it has left behind still has the pipe.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// Runs the command, and calls `each` for every line of its standard output. Returns its status, and the end of its standard
/// error without colors. `purpose` completes "cannot …" in errors.
pub(crate) fn run(
    mut command: Command,
    purpose: &str,
    each: impl FnMut(&str) -> Result<()>,
) -> Result<(ExitStatus, String)> {
    let (reader, writer) = io::pipe().with_context(|| format!("cannot {purpose}: no pipe"))?;
    command.stderr(writer);
    if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        command.env("CLICOLOR_FORCE", "1").env("FORCE_COLOR", "1").env("CARGO_TERM_COLOR", "always");
    }
    let (sender, end) = mpsc::channel();
    // This fails only if the receiver has stopped waiting.
    thread::spawn(move || drop(sender.send(show(reader))));
    let status = process::stream(command, "", purpose, each)?;
    Ok((status, end.recv_timeout(LAST_OUTPUT).unwrap_or_default()))
}

/// Shows every line. Returns the last ones.
fn show(reader: PipeReader) -> String {
    let mut last = VecDeque::new();
    for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        terminal::line(line);
        last.push_back(strip_str(line).to_string());
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    last.make_contiguous().join("\n")
}
