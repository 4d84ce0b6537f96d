//! The preview as its attackers, its pages and its authors see it: over real sockets, with real programs.

mod attacks;
mod command;
mod dev;
mod exec;
mod launch;
mod limits;
mod page;
mod process;
mod project;
mod served;
mod stream;
mod trees;
mod web;
