//! The steps of `cargo ci`, in the order in which they run: what is quick and fails often first.

mod compatibility;
mod e2e;
mod generated;
mod rust;
mod ui;

use crate::debian;
use crate::pipeline::Workshop;

/// How a step that did not fail ended.
pub enum Outcome {
    Passed,
    /// Cannot run on this machine, and why.
    LeftOut(String),
}

pub struct Step {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&mut Workshop) -> anyhow::Result<Outcome>,
}

pub const ALL: &[Step] = &[
    Step {
        name: "toolchain",
        about: "add the Rust components and targets that are missing",
        run: rust::toolchain,
    },
    Step { name: "fmt", about: "formatting", run: rust::fmt },
    Step { name: "clippy", about: "lints, for this machine, macOS and Windows", run: rust::clippy },
    Step { name: "test", about: "tests that need no engine", run: rust::test },
    Step { name: "doc", about: "documentation of the code, warnings denied", run: rust::doc },
    Step {
        name: "stubs",
        about: "the symbol lists of macOS are what their sources give",
        run: generated::stubs,
    },
    Step {
        name: "ui",
        about: "types and tests of the dashboard tab and of the preview's script",
        run: ui::test,
    },
    Step {
        name: "system",
        about: "install the engine, registry and emulators that are missing",
        run: debian::prepare,
    },
    Step {
        name: "browser",
        about: "the dashboard tab in Chromium, through cargo xtask preview",
        run: ui::in_browser,
    },
    Step { name: "e2e", about: "end-to-end tests, with an engine and a registry", run: e2e::test },
    Step {
        name: "crates",
        about: "a dozen popular crates, linked for every target",
        run: compatibility::dozen,
    },
];
