//! A disk that is full: said, whoever met it, and nothing looks finished.

use std::process::Command;

use crate::process::{Finished, run};
use crate::sandbox::Sandbox;

/// Gives a folder a disk of its own, runs a command, and lists the archives that it has left. In a mount namespace, so
/// that the disk goes with the command.
const SCRIPT: &str = "mount -t tmpfs -o size=$1 tmpfs \"$2\" || exit 77\n\
                      shift 2\n\"$@\"\ncode=$?\nfind target -name '*.oci.tar' -printf 'still there: %f\\n' >&2\nexit $code";

/// Runs `dist` with so much room in the folder, which is one below `target`.
fn dist_with_room(sandbox: &Sandbox, size: &str, folder: &str) -> Finished {
    let folder = sandbox.root.join(folder);
    fs_err::create_dir_all(&folder).unwrap();
    let dist = sandbox.command(&["dist"]);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", SCRIPT, "sh", size, folder.as_str()]);
    command.arg(dist.get_program()).args(dist.get_args()).current_dir(&sandbox.root);
    command.envs(dist.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(&mut command)
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_full_disk_is_named_whoever_met_it() {
    let sandbox = Sandbox::hello();
    // Cargo meets the first, the stage the second, the archive the third.
    for (size, folder) in [("1m", "target"), ("1m", "target/dist"), ("3m", "target/dist")] {
        let said = dist_with_room(&sandbox, size, folder).failed(1, &["the disk is full: free some space"]);
        assert!(!said.contains("still there: "), "{said}");
    }
    sandbox.dist(&[]);
}
