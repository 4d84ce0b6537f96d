//! A dozen of the crates of docs/compatibility.md, for all six targets: C, C++, assembler, frameworks, and pure Rust.

use std::process::{Command, Stdio};

/// Those that are cheap to build and stand for something: no two need the same of a linker.
const DOZEN: [&str; 12] = [
    "chrono",
    "cxx",
    "flate2",
    "if-addrs",
    "keyring",
    "lz4",
    "mimalloc",
    "rusqlite",
    "rustls-ring",
    "serialport",
    "sysinfo",
    "zstd",
];

#[test]
#[ignore = "builds for six targets: run cargo ci"]
fn a_dozen_popular_crates_link_and_run() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ci"));
    command.args(["compatibility", "--strict"]).args(DOZEN).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Runs"), "none of them was run:\n{said}");
}
