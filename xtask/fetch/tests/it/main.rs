//! Drives `fetch get` as `xtask` does, against servers on the loopback interface that do what servers do on bad days.

mod cache;
mod interrupted;
mod proxy;
mod redirect;
mod run;
mod server;
mod tls;
mod update;
