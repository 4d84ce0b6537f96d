//! A full disk is reported, whichever program runs into it, and leaves no archive that looks finished.

use std::process::Command;

use crate::process::{Finished, run};
use crate::sandbox::Sandbox;

/// Mounts a small file system on a folder, runs a command, and lists the archives that it has left. This happens in a mount
/// namespace, so the mount disappears with the command.
const SCRIPT: &str = "mount -t tmpfs -o size=$1 tmpfs \"$2\" || exit 77\n\
                      shift 2\n\"$@\"\ncode=$?\nfind target -name '*.oci.tar' -printf 'still there: %f\\n' >&2\nexit $code";

/// Runs `dist` with a folder that has only `size` of space. The folder is `target`, or is inside it.
fn dist_with_space(sandbox: &Sandbox, size: &str, folder: &str) -> Finished {
    run_with_space(sandbox, &sandbox.command(&["dist"]), size, folder)
}

/// Runs a command of xtask with a folder that has only `size` of space.
fn run_with_space(sandbox: &Sandbox, xtask: &Command, size: &str, folder: &str) -> Finished {
    let folder = sandbox.root.join(folder);
    fs_err::create_dir_all(&folder).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", SCRIPT, "sh", size, folder.as_str()]);
    command.arg(xtask.get_program()).args(xtask.get_args()).current_dir(&sandbox.root);
    command.envs(xtask.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(&mut command)
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_full_disk_is_reported_at_every_stage() {
    let sandbox = Sandbox::hello();
    // The first stops cargo, the second the stage, the third the archive.
    for (size, folder) in [("1m", "target"), ("1m", "target/dist"), ("3m", "target/dist")] {
        let stderr =
            dist_with_space(&sandbox, size, folder).failed(1, &["the disk is full: free some space"]);
        assert!(!stderr.contains("still there: "), "{stderr}");
    }
    sandbox.dist(&[]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_program_that_does_not_fit_into_the_cache_is_not_unpacked() {
    let sandbox = Sandbox::hello();
    let image = sandbox.root.join("image/linux_amd64");
    fs_err::create_dir_all(&image).unwrap();
    let metadata = r#"{"host": {"binaries": [{"linux": [{"path": "/tool"}]}]}}"#;
    fs_err::write(image.join("metadata.json"), metadata).unwrap();
    fs_err::File::create(image.join("tool")).unwrap().set_len(64 << 20).unwrap();
    let mut inspect = sandbox.command(&["inspect", "image"]);
    inspect.env("SIXFOLD_CACHE", sandbox.root.join("cache"));
    run_with_space(&sandbox, &inspect, "1m", "cache")
        .failed(1, &["a file of 67.1 MB does not fit into", "SIXFOLD_CACHE"]);
}
