//! Tests of the preview over real sockets, with real programs: as its pages, its authors and attackers use it.

mod attacks;
mod backend;
mod command;
mod dev;
mod exec;
mod frames;
mod launch;
mod limits;
mod page;
mod process;
mod project;
mod served;
mod stream;
mod trees;
mod web;
