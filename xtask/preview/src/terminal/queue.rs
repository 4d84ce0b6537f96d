//! Writes to the terminal in a thread of its own, so that a terminal that is not read (Ctrl-S, a pager, a full pipe) makes
//! nothing else wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// Writes one message.
type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct Queue {
    sender: SyncSender<Job>,
    /// Messages that found the queue full, and have not been reported yet.
    dropped: Arc<AtomicUsize>,
}

impl Queue {
    /// Up to `capacity` messages wait. If more were dropped, `report` writes how many, after the messages before them.
    pub(crate) fn start(capacity: usize, report: impl Fn(usize) + Send + 'static) -> Self {
        let (sender, jobs) = sync_channel(capacity);
        let dropped = Arc::<AtomicUsize>::default();
        let queue = Self { sender, dropped: dropped.clone() };
        thread::spawn(move || {
            while let Some(job) = next(&jobs, &dropped, &report) {
                job();
            }
        });
        queue
    }

    /// Never waits.
    pub(crate) fn push(&self, job: impl FnOnce() + Send + 'static) {
        if self.sender.try_send(Box::new(job)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until the messages so far are written, but not longer than `time`.
    pub(crate) fn flush(&self, time: Duration) {
        let end = Instant::now() + time;
        let (done, written) = sync_channel::<()>(1);
        let mut job: Job = Box::new(move || drop(done));
        while let Err(error) = self.sender.try_send(job) {
            if Instant::now() > end {
                return;
            }
            let (TrySendError::Full(rejected) | TrySendError::Disconnected(rejected)) = error;
            job = rejected;
            sleep(Duration::from_millis(10));
        }
        // It ends when the job is dropped.
        let _ = written.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

/// The next message. Reports dropped ones once no other message waits.
fn next(jobs: &Receiver<Job>, dropped: &AtomicUsize, report: &impl Fn(usize)) -> Option<Job> {
    match jobs.try_recv() {
        Err(TryRecvError::Empty) => {
            let lost = dropped.swap(0, Ordering::Relaxed);
            if lost > 0 {
                report(lost);
            }
            jobs.recv().ok()
        }
        received => received.ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_full_queue_drops_and_counts_messages_without_waiting() {
        let shown = Arc::<Mutex<Vec<String>>>::default();
        let show = |text: String| {
            let shown = shown.clone();
            move || shown.lock().unwrap().push(text)
        };
        let log = shown.clone();
        let queue = Queue::start(2, move |lost| log.lock().unwrap().push(format!("{lost} lost")));
        let (unblock, blocked) = channel::<()>();
        let (started, starts) = channel();
        queue.push(move || {
            started.send(()).unwrap();
            let _ = blocked.recv();
        });
        starts.recv().unwrap();
        (0..5).for_each(|number| queue.push(show(number.to_string())));
        queue.flush(Duration::from_millis(50));
        assert_eq!(*shown.lock().unwrap(), Vec::<String>::new());
        drop(unblock);
        queue.flush(Duration::from_secs(20));
        let start = Instant::now();
        while shown.lock().unwrap().len() < 3 && start.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(1));
        }
        assert_eq!(*shown.lock().unwrap(), ["0", "1", "3 lost"]);
    }
}
