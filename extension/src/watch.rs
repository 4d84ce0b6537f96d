//! `--watch`: prints one sample per interval, as one line of JSON, for a live chart.
//!
//! The program must not keep running after its reader has exited. It exits with code 0:
//!
//! - after a limited time, one minute by default. Podman Desktop never ends a program: `close()` does nothing there, and a page
//!   that is gone does not matter. So a page that wants more samples renews the watch: it starts the next one;
//! - immediately when stdin is closed, if stdin is a pipe or a socket. The other end then belongs to the parent process, which
//!   has closed it or has exited;
//! - when it writes the next line after stdout was closed.
//!
//! Docker Desktop does not provide a stdin for streamed calls, and its documentation does not say what stdin is then. Any other
//! kind of stdin (the null device, a closed handle, a file) is at its end from the start, which says nothing about the
//! parent, so it is ignored. A terminal is also ignored, because reading from it would stop a background job; there, Ctrl-C ends
//! the program.

use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use report::{MINIMUM_CPU_UPDATE_INTERVAL, Sample, Usage};

/// Prints a sample every `interval` for `time`, or until stdin is closed. Returns an error if stdout is closed or cannot be
/// written to.
///
/// The first sample is printed after 0.2 s, whatever the interval is, because CPU usage cannot be measured over a shorter
/// time. With a shorter interval, some samples repeat the usage of the previous one.
pub fn run(interval: Duration, time: Duration) -> io::Result<()> {
    let (stdin, started) = (Stdin::watch(), Instant::now());
    let mut usage = Usage::start();
    let mut pause = MINIMUM_CPU_UPDATE_INTERVAL;
    loop {
        let left = time.saturating_sub(started.elapsed());
        if stdin.is_closed_within(pause.min(left)) || pause >= left {
            return Ok(());
        }
        let start = Instant::now();
        crate::print_line(&Sample::new(usage.percent()))?;
        pause = interval.saturating_sub(start.elapsed());
    }
}

/// Detects that the parent process has closed stdin. A thread reads stdin to its end, and then drops its end of the channel.
/// `None` if stdin is not a pipe or a socket.
struct Stdin(Option<Receiver<Infallible>>);

impl Stdin {
    fn watch() -> Self {
        if !is_pipe(&io::stdin()) {
            return Self(None);
        }
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let _sender = sender;
            // The content is ignored, and an error is treated like the end of stdin.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
        });
        Self(Some(receiver))
    }

    /// Waits for `time`, or until stdin is closed. Returns true if it was closed.
    fn is_closed_within(&self, time: Duration) -> bool {
        match &self.0 {
            Some(receiver) => receiver.recv_timeout(time) == Err(RecvTimeoutError::Disconnected),
            None => {
                thread::sleep(time);
                false
            }
        }
    }
}

/// Whether `file` is a pipe or a socket. Node, which Docker Desktop's dashboard runs on, uses sockets as pipes.
#[cfg(unix)]
fn is_pipe(file: &impl std::os::fd::AsFd) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = file.as_fd().try_clone_to_owned().and_then(|fd| std::fs::File::from(fd).metadata());
    kind.is_ok_and(|meta| meta.file_type().is_fifo() || meta.file_type().is_socket())
}

/// Whether `file` is a pipe or a socket. Windows has a single file type for both.
#[cfg(windows)]
fn is_pipe(file: &impl std::os::windows::io::AsRawHandle) -> bool {
    use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_PIPE, GetFileType};
    // SAFETY: the call does not change the handle, and returns "unknown" if it is null or closed.
    unsafe { GetFileType(file.as_raw_handle()) == FILE_TYPE_PIPE }
}
