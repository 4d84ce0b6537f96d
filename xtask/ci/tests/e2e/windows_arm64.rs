//! Runs Windows binaries for arm64 as `cargo ci windows-arm64` does: with wine, on a system that qemu emulates.

use std::process::Command;

use camino::Utf8Path;
use serde::Deserialize;

use crate::process::run;

#[derive(Debug, Deserialize)]
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs each binary with its arguments, on one system.
pub(crate) fn run_all<const N: usize>(runs: [(&Utf8Path, &[&str]); N]) -> [Ran; N] {
    let words =
        |(program, args): (&Utf8Path, &[&str])| serde_json::json!([&[program.as_str()], args].concat());
    let mut ci = Command::new(env!("CARGO_BIN_EXE_ci"));
    ci.arg("windows-arm64").args(runs.map(|run| words(run).to_string()));
    let ran: Vec<_> = serde_json::from_str(&run(&mut ci).succeeded().stdout).unwrap();
    ran.try_into().unwrap()
}
