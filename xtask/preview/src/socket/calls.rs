//! The calls of one page that have not ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use crate::app::App;
use crate::backend::{Surroundings, service};
use crate::call::request::{Mode, Request};
use crate::call::responder::{Outgoing, Responder};
use crate::call::{self, docker};
use crate::protocol::{Id, ListKind, PageMessage, ServerMessage};
use crate::terminal;

/// Calls of one page that have not ended, including those that wait.
const MAX_CALLS: usize = 256;

/// How to stop each call.
type Stops = Arc<Mutex<HashMap<Id, Arc<Notify>>>>;

pub(super) struct Calls {
    app: Arc<App>,
    outgoing: mpsc::Sender<Outgoing>,
    stops: Stops,
    tasks: JoinSet<()>,
}

impl Calls {
    pub(super) fn new(app: Arc<App>, outgoing: mpsc::Sender<Outgoing>) -> Self {
        Self { app, outgoing, stops: Stops::default(), tasks: JoinSet::new() }
    }

    /// Handles a message. Returns false if the page violates the protocol: an id that is in use, or a second `hello`.
    pub(super) async fn handle(&mut self, message: PageMessage) -> bool {
        // Forget calls that have ended.
        while self.tasks.try_join_next().is_some() {}
        match message {
            PageMessage::Exec { id, cli, cmd, args, cwd, env } => {
                self.run(id, Request { cli, cmd, args, cwd, env, mode: Mode::Plain }).await
            }
            PageMessage::Stream { id, cli, cmd, args, cwd, env, lines } => {
                self.run(id, Request { cli, cmd, args, cwd, env, mode: Mode::Stream { lines } }).await
            }
            PageMessage::List { id, what, options } => self.list(id, what, options).await,
            PageMessage::Service { id, method, url, headers, data } => {
                self.service(id, service::Request { method, url, headers, data }).await
            }
            PageMessage::Kill { id } => {
                if let Some(stop) = self.stops().get(&id) {
                    stop.notify_one();
                }
                true
            }
            PageMessage::Hello { .. } | PageMessage::Note { .. } => false,
        }
    }

    async fn run(&mut self, id: Id, request: Request) -> bool {
        let app = self.app.clone();
        self.start(id, move |responder, stop| async move {
            call::run(&app, request, responder, &stop).await;
        })
        .await
    }

    async fn list(&mut self, id: Id, kind: ListKind, options: Map<String, Value>) -> bool {
        let app = self.app.clone();
        self.start(id, move |responder, stop| async move {
            let list = tokio::select! {
                list = docker::list(&app, kind, &options) => list,
                () = stop.notified() => return,
            };
            let answer = match list {
                Ok(value) => ServerMessage::Value { id, value },
                Err(error) => ServerMessage::Failed { id, message: format!("{error:#}") },
            };
            responder.send(answer).await;
        })
        .await
    }

    async fn service(&mut self, id: Id, request: service::Request) -> bool {
        let app = self.app.clone();
        self.start(id, move |responder, stop| async move {
            let surroundings =
                Surroundings { watchdog: &app.watchdog, root: &app.access.root, broadcasts: &app.broadcasts };
            let call = async {
                match request.is_absolute() {
                    true => service::fetch(&app.origin.ports, request).await,
                    false => app.binaries.call_service(&surroundings, request).await,
                }
            };
            let answer = tokio::select! {
                answer = call => answer,
                () = stop.notified() => return,
            };
            let answer = match answer {
                Ok(value) => ServerMessage::Value { id, value },
                Err(error) => {
                    let message = format!("{error:#}");
                    terminal::failed(&message);
                    ServerMessage::Failed { id, message }
                }
            };
            responder.send(answer).await;
        })
        .await
    }

    /// Starts a task for a call, unless there are too many. Returns false if the id is in use.
    async fn start<F>(&mut self, id: Id, work: impl FnOnce(Responder, Arc<Notify>) -> F) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let responder = self.responder(id);
        if self.tasks.len() >= MAX_CALLS {
            let message = format!("{MAX_CALLS} calls of this page are still running");
            responder.send(ServerMessage::Failed { id, message }).await;
            return true;
        }
        let stop = Arc::new(Notify::new());
        if self.stops().insert(id, stop.clone()).is_some() {
            return false;
        }
        let (stops, work) = (self.stops.clone(), work(responder, stop));
        self.tasks.spawn(async move {
            work.await;
            stops.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        });
        true
    }

    /// Answers a call that is invalid. Returns false if its id is in use.
    pub(super) async fn reject(&self, id: Id, error: serde_json::Error) -> bool {
        if self.stops().contains_key(&id) {
            return false;
        }
        let message = format!("invalid call: {error}");
        self.responder(id).send(ServerMessage::Failed { id, message }).await;
        true
    }

    fn responder(&self, id: Id) -> Responder {
        Responder { id, outgoing: self.outgoing.clone() }
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<Id, Arc<Notify>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops all calls, and waits until they have ended.
    pub(super) async fn end(mut self) {
        self.stops().values().for_each(|stop| stop.notify_one());
        drop(self.outgoing);
        while self.tasks.join_next().await.is_some() {}
    }
}
