//! Runs `fetch get` as `xtask` does, against servers on the loopback interface that misbehave as real servers sometimes
//! do.

mod cache;
mod proxy;
mod published;
mod redirect;
mod retry;
mod run;
mod server;
mod signatures;
mod tag;
mod tls;
mod update;
