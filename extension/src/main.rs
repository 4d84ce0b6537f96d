//! `system-report` reports on the machine that it runs on, for the dashboard tab of the extension.
//!
//! Without arguments, it prints one JSON object (see [`report`]). With `--watch`, it prints one object per interval (see
//! [`watch`]). stdout contains only JSON. Errors go to stderr, with a non-zero exit code. If the reader closes the pipe,
//! that is not an error.

mod watch;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use serde::Serialize;

/// Print a report about this machine as one line of JSON
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Print CPU, memory and load as one line of JSON every SECONDS (at least 0.1), for a minute, or until stdin or stdout is
    /// closed
    #[arg(long, value_name = "SECONDS", value_parser = interval, allow_negative_numbers = true)]
    watch: Option<Duration>,
    /// How long to watch
    #[arg(long = "for", value_name = "SECONDS", value_parser = interval, default_value = "60", requires = "watch")]
    time: Duration,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.watch {
        Some(interval) => watch::run(interval, cli.time),
        None => print_line(&report::Report::new()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if is_closed(&e) => ExitCode::SUCCESS,
        Err(e) => {
            // Not `eprintln!`, because it panics if stderr is closed.
            let _ = writeln!(io::stderr(), "{}: cannot write to stdout: {e}", env!("CARGO_PKG_NAME"));
            ExitCode::FAILURE
        }
    }
}

/// Parses the value of `--watch` or `--for`, in seconds.
fn interval(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.1..).contains(&seconds) {
        return Err("the shortest time is 0.1 seconds".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| "the interval is too long".to_owned())
}

/// Prints `value` as one line of JSON, in a single write, and flushes stdout so that the reader gets it immediately.
fn print_line(value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line)?;
    stdout.flush()
}

/// Whether writing failed because the reader has closed the other end. For a socket, this may be a reset. For a named pipe
/// on Windows, which Node uses for its pipes, it is `ERROR_PIPE_NOT_CONNECTED`, for which Rust has no `ErrorKind`.
fn is_closed(error: &io::Error) -> bool {
    const PIPE_NOT_CONNECTED: i32 = 233;
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
        || cfg!(windows) && error.raw_os_error() == Some(PIPE_NOT_CONNECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractional_intervals_are_accepted() {
        assert_eq!(interval("0.1"), Ok(Duration::from_millis(100)));
        assert_eq!(interval("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(interval("60"), Ok(Duration::from_secs(60)));
    }

    #[test]
    fn invalid_intervals_are_rejected() {
        for text in ["", "x", "0", "0.09", "-1", "nan", "inf", "-inf", "1e30", "1s"] {
            assert!(interval(text).is_err(), "{text:?} was accepted");
        }
    }
}
