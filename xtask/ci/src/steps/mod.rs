//! The steps of `cargo ci` in the order in which they run: steps that are quick and fail often come first.

mod compatibility;
mod deny;
pub(crate) mod e2e;
mod generated;
pub(crate) mod installed;
mod rust;
mod ui;

use crate::debian;
use crate::step::Step;

pub(crate) const ALL: &[Step] = &[
    Step { name: "toolchain", about: "add missing Rust components and targets", run: rust::toolchain },
    Step { name: "fmt", about: "formatting", run: rust::fmt },
    Step { name: "clippy", about: "lints, for this machine, macOS and Windows", run: rust::clippy },
    Step {
        name: "test",
        about: "the rules of this repository, and tests that need no engine",
        run: rust::test,
    },
    Step {
        name: "deny",
        about: "licences, sources and known vulnerabilities of dependencies",
        run: deny::check,
    },
    Step { name: "doc", about: "documentation of the code, warnings denied", run: rust::doc },
    Step {
        name: "stubs",
        about: "the symbol lists for macOS match their sources",
        run: generated::symbol_lists,
    },
    Step { name: "ui", about: "types and tests of the UI and of the preview's script", run: ui::test },
    Step {
        name: "system",
        about: "install the engine, registry and emulators if they are missing",
        run: debian::prepare,
    },
    Step {
        name: "browser",
        about: "the UI in Chromium, through cargo xtask preview",
        run: ui::test_in_browser,
    },
    Step { name: "e2e", about: "end-to-end tests, with an engine and a registry", run: e2e::test },
    Step {
        name: "crates",
        about: "a dozen popular crates and a program, linked for every target",
        run: compatibility::link_a_dozen,
    },
];
