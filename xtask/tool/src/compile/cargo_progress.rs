//! How far cargo is. On a terminal, cargo shows a progress bar. Elsewhere it only names each crate that it begins, so the tool
//! asks for the bar, and shows it from time to time.

use std::io::{self, BufReader, IsTerminal as _, PipeReader, Read as _};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::terminal;

/// Makes cargo draw its bar, wide enough for the names of crates.
const BAR: [&str; 4] = ["--config", "term.progress.when='always'", "--config", "term.progress.width=100"];
/// How long to read on after cargo has ended, in case a process that it has left behind still has the pipe.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// Reads the standard error of a running cargo.
pub(super) struct CargoProgress {
    _heartbeat: Heartbeat,
    end: Receiver<()>,
}

/// Reads the standard error of this command, once it has been started. Returns `None` on a terminal.
pub(super) fn attach(cargo: &mut Command) -> Result<Option<CargoProgress>> {
    if io::stderr().is_terminal() {
        return Ok(None);
    }
    let (reader, writer) = io::pipe().context("cannot compile: no pipe")?;
    cargo.args(BAR).stderr(writer);
    let bar = Arc::new(Mutex::new(String::new()));
    let (sender, end) = mpsc::channel();
    let _heartbeat = Heartbeat::start({
        let bar = Arc::clone(&bar);
        move || describe(&bar.lock().unwrap_or_else(PoisonError::into_inner))
    });
    thread::spawn(move || {
        read(reader, &bar);
        // This fails only if the receiver has stopped waiting.
        let _ = sender.send(());
    });
    Ok(Some(CargoProgress { _heartbeat, end }))
}

impl CargoProgress {
    /// Waits until everything that cargo has printed is shown.
    pub(super) fn finish(self) {
        let _ = self.end.recv_timeout(LAST_OUTPUT);
    }
}

/// Shows each line, and keeps the last bar. A bar ends in a carriage return.
fn read(reader: PipeReader, bar: &Mutex<String>) {
    let mut line = Vec::new();
    for byte in BufReader::new(reader).bytes().map_while(Result::ok).chain([b'\n']) {
        if byte != b'\r' && byte != b'\n' {
            line.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        match text.trim_start().strip_prefix("Building [").and_then(|bar| bar.split_once("] ")) {
            Some((_, state)) => {
                *bar.lock().unwrap_or_else(PoisonError::into_inner) = state.trim_end().to_owned()
            }
            None if text.trim().is_empty() => {}
            None => terminal::line(text.trim_end()),
        }
        line.clear();
    }
}

/// `12/345: syn, serde` in words.
fn describe(state: &str) -> String {
    match state.split_once(": ") {
        Some((count, crates)) => format!("for cargo, which has finished {count} and is compiling {crates}"),
        None => "for cargo to compile".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_bar_is_kept_and_described() {
        let (reader, mut writer) = io::pipe().unwrap();
        let text = "   Compiling a v1.0.0\n    Building [=>    ] 1/20: a   \r    Building [==>   ] 2/20: b, c(build)   \r";
        writer.write_all(text.as_bytes()).unwrap();
        drop(writer);
        let bar = Mutex::new(String::new());
        read(reader, &bar);
        let bar = bar.into_inner().unwrap();
        assert_eq!(describe(&bar), "for cargo, which has finished 2/20 and is compiling b, c(build)");
        assert_eq!(describe(""), "for cargo to compile");
    }
}
