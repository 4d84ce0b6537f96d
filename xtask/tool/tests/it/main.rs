//! Drives the command line as a user does, on small projects made for each test. Needs no engine, registry or network;
//! what needs those is in the end-to-end tests of the `ci` crate.

mod check;
mod dist;
mod doctor;
mod failure;
mod help;
mod inspect;
#[cfg(unix)]
mod install;
#[cfg(unix)]
mod interrupt;
mod linking;
mod malformed;
mod plan;
mod prebuilt;
mod project;
#[cfg(unix)]
mod push;
mod read_back;
#[cfg(unix)]
mod tools;
