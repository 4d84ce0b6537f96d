//! The state that all connections share.

use std::sync::Arc;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use sixfold_base::process::watchdog::Watchdog;
use tokio::sync::{Semaphore, SemaphorePermit, broadcast, watch};

use crate::about::About;
use crate::binaries::HostBinaries;
use crate::guard::Origin;
use crate::limits::Limits;
use crate::protocol::ServerMessage;
use crate::sessions::Sessions;
use crate::ui::UiSource;
use crate::waiting_sockets::WaitingSockets;

/// Messages to all pages that wait for a page that reads slowly.
const WAITING_BROADCASTS: usize = 16;

/// What a page may use of the project, in addition to its host binaries.
pub struct Access {
    /// The root folder. Programs may run in its folders.
    pub root: Utf8PathBuf,
    /// The environment variables that the author allows.
    pub env: Vec<String>,
}

/// Everything that a connection needs. Created once, when the UI is ready.
pub struct App {
    pub origin: Origin,
    pub(crate) access: Access,
    pub(crate) sessions: Sessions,
    pub(crate) about: About,
    pub ui: UiSource,
    pub binaries: HostBinaries,
    pub(crate) watchdog: Watchdog,
    pub limits: Limits,
    /// One permit for each program that may run.
    program_slots: Semaphore,
    /// One permit for each socket of a page.
    pub(crate) socket_slots: Semaphore,
    pub(crate) waiting_sockets: WaitingSockets,
    /// One permit for each byte of output that a plain exec holds.
    pub output_budget: Arc<Semaphore>,
    /// Messages to all pages.
    pub(crate) broadcasts: broadcast::Sender<ServerMessage>,
    /// True once the preview ends.
    pub ending: watch::Sender<bool>,
}

impl App {
    /// The state before the first request. `origin` has the port that the server listens on.
    pub fn new(
        origin: Origin,
        access: Access,
        about: About,
        ui: UiSource,
        binaries: HostBinaries,
        watchdog: Watchdog,
        limits: Limits,
    ) -> Self {
        Self {
            origin,
            access,
            sessions: Sessions::new(limits.link_lifetime),
            about,
            ui,
            binaries,
            watchdog,
            program_slots: Semaphore::new(limits.programs),
            socket_slots: Semaphore::new(limits.sockets),
            waiting_sockets: WaitingSockets::default(),
            output_budget: Arc::new(Semaphore::new(limits.total_exec_output)),
            broadcasts: broadcast::Sender::new(WAITING_BROADCASTS),
            ending: watch::Sender::new(false),
            limits,
        }
    }

    /// Allows one program to run until the returned value is dropped. Fails when [`Limits::programs`] run already.
    pub(crate) fn program_slot(&self) -> anyhow::Result<SemaphorePermit<'_>> {
        self.program_slots.try_acquire().ok().with_context(|| {
            format!("{} programs are already running\nhelp: close some of them first", self.limits.programs)
        })
    }

    /// Sends a message to every page.
    pub(crate) fn broadcast(&self, message: ServerMessage) {
        // This fails only if no page is open.
        let _ = self.broadcasts.send(message);
    }

    /// Creates a launch link. Fails only if the system has no random numbers.
    pub fn new_link(&self) -> anyhow::Result<String> {
        Ok(format!("{}/#launch={}", self.origin.url, self.sessions.new_secret()?))
    }
}
