//! The sockets that have not sent a token yet. There is always room for another one, so that a program that opens many and
//! stays silent does not lock the page out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The sockets, oldest first.
#[derive(Default)]
pub(crate) struct WaitingSockets(Mutex<VecDeque<Arc<Notify>>>);

impl WaitingSockets {
    /// Adds a socket until the returned value is dropped. If there are more than `max` then, the oldest one has to leave.
    pub(super) fn add(&self, max: usize) -> WaitingSocket<'_> {
        let leave = Arc::<Notify>::default();
        let mut sockets = self.sockets();
        sockets.push_back(leave.clone());
        if sockets.len() > max {
            sockets.pop_front().iter().for_each(|oldest| oldest.notify_one());
        }
        WaitingSocket { all: self, leave }
    }

    fn sockets(&self) -> MutexGuard<'_, VecDeque<Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct WaitingSocket<'a> {
    all: &'a WaitingSockets,
    leave: Arc<Notify>,
}

impl WaitingSocket<'_> {
    /// Waits until this socket has to leave.
    pub(super) async fn has_to_leave(&self) {
        self.leave.notified().await;
    }
}

impl Drop for WaitingSocket<'_> {
    fn drop(&mut self) {
        self.all.sockets().retain(|leave| !Arc::ptr_eq(leave, &self.leave));
    }
}
