//! The alias `cargo xtask` itself.

use std::process::Command;

use crate::process::run;
use crate::sandbox::WORKSPACE;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn settings_for_other_builds_do_not_reach_the_build_of_xtask() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["xtask", "plan"]).current_dir(WORKSPACE);
    cargo.env("CARGO_BUILD_TARGET", "wasm32-unknown-unknown");
    cargo.env("CARGO_BUILD_RUSTFLAGS", "-Clink-arg=-fuse-ld=none");
    let done = run(&mut cargo);
    // The tool itself rejects the flag: it was built and has run.
    assert!(
        done.stderr.contains("the flag `-Clink-arg=-fuse-ld=none`, set by CARGO_BUILD_RUSTFLAGS"),
        "{}",
        done.stderr
    );
}
