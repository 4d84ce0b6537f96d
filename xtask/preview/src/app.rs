//! What every connection shares.

use std::time::Duration;

use camino::Utf8PathBuf;
use sixfold_base::process::watchdog::Watchdog;
use tokio::sync::{Semaphore, SemaphorePermit, broadcast, watch};

use crate::page::Page;
use crate::page::html::About;
use crate::programs::Programs;
use crate::sessions::{LINK_LIFETIME, Sessions};
use crate::socket::message::Answer;

pub struct App {
    /// `http://127.0.0.1:PORT`.
    pub origin: Origin,
    /// The project's root.
    pub root: Utf8PathBuf,
    pub sessions: Sessions,
    pub about: About,
    pub page: Page,
    pub programs: Programs,
    pub warden: Watchdog,
    pub limits: Limits,
    /// One for each program that may run.
    pub places: Semaphore,
    /// One for each socket of a page.
    pub sockets: Semaphore,
    /// One for each socket that has not said its token yet.
    pub guests: Semaphore,
    /// What every page is told.
    pub news: broadcast::Sender<Answer>,
    /// True once the preview ends.
    pub ending: watch::Sender<bool>,
}

/// How much one may ask of the preview. All that is not the page's own is small.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Programs that run at the same time.
    pub programs: usize,
    /// Bytes of each pipe of a plain exec.
    pub output: usize,
    /// Bytes of one message of the page.
    pub message: usize,
    /// Open connections, sockets among them.
    pub connections: usize,
    /// Open sockets of pages, and as many that have not said their token yet.
    pub sockets: usize,
    /// For the head of a request, the body of a launch, and the first message of a socket.
    pub patience: Duration,
    /// For whoever reads nothing of an answer.
    pub reading: Duration,
    /// Of a launch link that nobody opens.
    pub link: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            programs: 64,
            output: 16 * 1024 * 1024,
            message: 1024 * 1024,
            connections: 256,
            sockets: 64,
            patience: Duration::from_secs(5),
            reading: Duration::from_secs(30),
            link: LINK_LIFETIME,
        }
    }
}

/// Where the page is served: the one origin that may ask for anything.
#[derive(Clone, Debug)]
pub struct Origin {
    /// As in the header `Host`.
    pub host: String,
    /// As in the header `Origin`.
    pub url: String,
}

impl Origin {
    pub fn new(port: u16) -> Self {
        let host = format!("127.0.0.1:{port}");
        Self { url: format!("http://{host}"), host }
    }
}

impl App {
    /// Before anybody has asked for anything.
    pub fn new(
        port: u16,
        root: Utf8PathBuf,
        about: About,
        page: Page,
        programs: Programs,
        warden: Watchdog,
        limits: Limits,
    ) -> Self {
        Self {
            origin: Origin::new(port),
            root,
            sessions: Sessions::new(limits.link),
            about,
            page,
            programs,
            warden,
            places: Semaphore::new(limits.programs),
            sockets: Semaphore::new(limits.sockets),
            guests: Semaphore::new(limits.sockets),
            news: broadcast::Sender::new(16),
            ending: watch::Sender::new(false),
            limits,
        }
    }

    /// A place to run one program in, until the value is dropped. Fails when all are taken.
    pub fn place(&self) -> anyhow::Result<SemaphorePermit<'_>> {
        self.places.try_acquire().map_err(|_| {
            anyhow::anyhow!(
                "{} programs of this page are running already: close some first",
                self.limits.programs
            )
        })
    }

    /// Tells every page.
    pub fn tell(&self, news: Answer) {
        // Without a page there is nobody to tell.
        let _ = self.news.send(news);
    }

    /// A fresh address to open.
    pub fn link(&self) -> anyhow::Result<String> {
        Ok(format!("{}/#launch={}", self.origin.url, self.sessions.new_link()?))
    }
}
