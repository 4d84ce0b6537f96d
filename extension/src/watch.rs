//! `--watch`: one sample per interval, one JSON object a line, for a live chart.
//!
//! It must not outlive its reader. It ends, with exit code 0,
//!
//! - at once when stdin closes, if stdin is a pipe or a socket: its other end is then a parent, which has closed it or is gone;
//! - with the next line when stdout closes.
//!
//! Docker Desktop gives its streaming exec no stdin and does not say what is there instead. So any other stdin (the
//! null device, a closed handle, a file: all at their end from the start) says nothing about a parent and is left
//! alone. A terminal is too, since reading it would stop a job in the background; Ctrl-C ends the watch there.

use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind, System};

use crate::cpu::Usage;
use crate::report::{self, Load, SCHEMA, Used};

/// What changes from moment to moment; printed once per interval.
#[derive(Serialize)]
struct Sample {
    schema: u32,
    uptime_seconds: u64,
    cpu_percent: f64,
    memory: Used,
    swap: Used,
    load: Option<Load>,
}

/// Prints samples `interval` apart until stdin closes; an error when stdout does, or fails.
///
/// The first comes after 0.2 s, however long the interval: the least time over which processor usage is measured.
/// At a shorter interval some samples repeat the usage of the one before.
pub fn run(interval: Duration) -> io::Result<()> {
    let stdin = Stdin::watch();
    let mut usage = Usage::start();
    let mut pause = MINIMUM_CPU_UPDATE_INTERVAL;
    while !stdin.closes_within(pause) {
        let start = Instant::now();
        crate::print_line(&Sample::new(usage.percent()))?;
        pause = interval.saturating_sub(start.elapsed());
    }
    Ok(())
}

impl Sample {
    fn new(cpu_percent: f64) -> Self {
        let mut system = System::new();
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        Self {
            schema: SCHEMA,
            uptime_seconds: System::uptime(),
            cpu_percent,
            memory: Used { total_bytes: system.total_memory(), used_bytes: system.used_memory() },
            swap: report::swap(&system),
            load: report::load(),
        }
    }
}

/// Stdin as a sign of life of the parent: a channel that a thread leaves when it has read to the end, if that means anything.
struct Stdin(Option<Receiver<Infallible>>);

impl Stdin {
    fn watch() -> Self {
        if !is_pipe(&io::stdin()) {
            return Self(None);
        }
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let _alive = sender;
            // What arrives is of no use, and an error ends stdin as well as its end does.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
        });
        Self(Some(receiver))
    }

    /// Waits for `time`; true, and earlier, if stdin has closed.
    fn closes_within(&self, time: Duration) -> bool {
        match &self.0 {
            Some(open) => open.recv_timeout(time) == Err(RecvTimeoutError::Disconnected),
            None => {
                thread::sleep(time);
                false
            }
        }
    }
}

/// Whether `file` is a pipe or a socket (Node, which Docker Desktop's dashboard runs on, makes its pipes of sockets).
#[cfg(unix)]
fn is_pipe(file: &impl std::os::fd::AsFd) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = file.as_fd().try_clone_to_owned().and_then(|fd| std::fs::File::from(fd).metadata());
    kind.is_ok_and(|meta| meta.file_type().is_fifo() || meta.file_type().is_socket())
}

/// Whether `file` is a pipe or a socket, which to Windows are one type.
#[cfg(windows)]
fn is_pipe(file: &impl std::os::windows::io::AsRawHandle) -> bool {
    use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_PIPE, GetFileType};
    // SAFETY: the call only looks at the handle, and answers "unknown" for one that is null or closed.
    unsafe { GetFileType(file.as_raw_handle()) == FILE_TYPE_PIPE }
}
