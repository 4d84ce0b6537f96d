//! What runs for one page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::Outgoing;
use super::message::{Answer, Id, Request};
use crate::app::App;
use crate::call::{self, Mode, Page};
use crate::docker;

/// Calls of one page that have not ended, the waiting ones among them.
const MOST: usize = 256;

/// How each call is stopped.
type Stops = Arc<Mutex<HashMap<Id, Arc<Notify>>>>;

pub struct Calls {
    app: Arc<App>,
    answers: mpsc::Sender<Outgoing>,
    stops: Stops,
    tasks: JoinSet<()>,
}

impl Calls {
    pub fn new(app: Arc<App>, answers: mpsc::Sender<Outgoing>) -> Self {
        Self { app, answers, stops: Stops::default(), tasks: JoinSet::new() }
    }

    /// Does what is asked. False where the page breaks the protocol: an id that is in use, or a second `hello`.
    pub async fn take(&mut self, request: Request) -> bool {
        // Those that have ended make room.
        while self.tasks.try_join_next().is_some() {}
        match request {
            Request::Exec { id, cli, cmd, args, cwd, env } => {
                self.run(id, call::Request { cli, cmd, args, cwd, env, mode: Mode::Plain }).await
            }
            Request::Stream { id, cli, cmd, args, cwd, env, lines } => {
                self.run(id, call::Request { cli, cmd, args, cwd, env, mode: Mode::Stream { lines } }).await
            }
            Request::List { id, what, options } => {
                let app = self.app.clone();
                self.start(id, move |page, stop| async move {
                    let answer = tokio::select! {
                        value = docker::list(&app, what, &options) => value,
                        () = stop.notified() => return,
                    };
                    page.say(match answer {
                        Ok(value) => Answer::Value { id, value },
                        Err(error) => Answer::Failed { id, message: format!("{error:#}") },
                    })
                    .await;
                })
                .await
            }
            Request::Kill { id } => {
                if let Some(stop) = self.stops().get(&id) {
                    stop.notify_one();
                }
                true
            }
            Request::Hello { .. } | Request::Note { .. } => false,
        }
    }

    async fn run(&mut self, id: Id, request: call::Request) -> bool {
        let app = self.app.clone();
        self.start(id, move |page, stop| async move { call::run(&app, request, page, &stop).await }).await
    }

    /// Starts a call of its own, unless there are too many.
    async fn start<F>(&mut self, id: Id, work: impl FnOnce(Page, Arc<Notify>) -> F) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let page = Page { id, answers: self.answers.clone() };
        if self.tasks.len() >= MOST {
            let message = format!("{MOST} calls of this page have not ended yet");
            page.say(Answer::Failed { id, message }).await;
            return true;
        }
        let stop = Arc::new(Notify::new());
        if self.stops().insert(id, stop.clone()).is_some() {
            return false;
        }
        let (stops, work) = (self.stops.clone(), work(page, stop));
        self.tasks.spawn(async move {
            work.await;
            stops.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        });
        true
    }

    /// Says that a call is not understood. False where its id is in use.
    pub async fn refuse(&self, id: Id, error: serde_json::Error) -> bool {
        if self.stops().contains_key(&id) {
            return false;
        }
        let message = format!("this call cannot be read: {error}");
        Page { id, answers: self.answers.clone() }.say(Answer::Failed { id, message }).await;
        true
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<Id, Arc<Notify>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends everything, and waits until it has ended.
    pub async fn end(mut self) {
        self.stops().values().for_each(|stop| stop.notify_one());
        drop(self.answers);
        while self.tasks.join_next().await.is_some() {}
    }
}
