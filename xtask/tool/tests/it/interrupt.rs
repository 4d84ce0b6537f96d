//! A signal that reaches only the tool, as a service manager or a CI sends it, ends all processes that the tool started.

use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::project::{Project, wait_until};

/// A project whose UI build starts a background process that runs the shell command `answer` and then sleeps.
fn project(answer: &str) -> Project {
    Project::with_ui_built_by(&format!(
        "({answer}; while true; do sleep 1; done) &\necho $! > started\nwait\n"
    ))
}

/// Whether the process runs; false for a zombie.
fn lives(process: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

#[track_caller]
fn ends_with_all(answer: &str, signal: Signal) {
    let project = project(answer);
    let mut command = project.command(&["dist"]);
    let tool = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = project.path("ui/started");
    let process = || std::fs::read_to_string(&started).unwrap_or_default().trim().to_owned();
    wait_until("the UI's build", || !process().is_empty());
    kill(Pid::from_raw(tool.id().try_into().unwrap()), signal).unwrap();
    let output = tool.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted: ") && !stderr.contains("error"), "{stderr}");
    assert!(!lives(&process()), "a process of the UI's build still runs");
}

#[test]
fn processes_started_by_children_end_before_the_tool() {
    ends_with_all("true", Signal::SIGTERM);
    ends_with_all("true", Signal::SIGINT);
}

#[test]
fn processes_that_ignore_the_signal_are_killed() {
    ends_with_all("trap '' TERM", Signal::SIGTERM);
}

/// A killed tool cannot end its processes itself. The next run must not start before they are gone.
#[test]
fn the_run_after_a_kill_waits_until_all_processes_are_gone() {
    let project = project("trap '' TERM");
    let mut tool = project.command(&["dist"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = project.path("ui/started");
    let process = || std::fs::read_to_string(&started).unwrap_or_default().trim().to_owned();
    wait_until("the UI's build", || !process().is_empty());
    let left = process();
    tool.kill().unwrap();
    tool.wait().unwrap();
    let check = format!("mkdir -p build\n! ps -o stat= -p {left} | grep -v Z\n");
    project.write("ui/build.sh", &check);
    project.run(&["dist"]).succeeded();
    assert!(!lives(&left), "a process of the killed run still runs");
}

#[test]
fn a_failure_ends_the_parallel_steps() {
    let project = project("true");
    let wait = "fn main() { while std::fs::read(\"../ui/started\").is_err() { std::thread::yield_now() } }";
    project.write("tool/build.rs", wait);
    project.write("tool/src/main.rs", "fn main(");
    project.run(&["dist"]).failed(1, &["could not compile"]);
    let process = String::from_utf8(project.read("ui/started")).unwrap();
    assert!(!lives(process.trim()), "the UI's build still runs");
}

/// A docker that begins to copy an image but never finishes.
const DOCKER: &str = r#"#!/bin/sh
case "$*" in
    'buildx version') echo 'github.com/docker/buildx v0.13.1' ;;
    'buildx imagetools create '*) cp -r "$SIXFOLD_CACHE/scratch" "$SEEN"; sleep 300 ;;
esac
"#;

/// Starts to read an image into the cache folder `cache`, and sends the signal while docker is at work.
fn end_while_reading(cache: &std::path::Path, signal: Signal) {
    let (project, tools) = (Project::new(), tempfile::tempdir().unwrap());
    crate::project::path_with(tools.path(), &["cp", "sleep"]);
    crate::project::program(tools.path(), "docker", DOCKER);
    let seen = project.path("seen");
    let mut command = project.command(&["inspect", "example/tool:1"]);
    command.env("PATH", tools.path()).env("SIXFOLD_CACHE", cache).env("SEEN", &seen);
    let mut tool = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("docker", || seen.join("0").join("blobs").is_dir());
    kill(Pid::from_raw(tool.id().try_into().unwrap()), signal).unwrap();
    tool.wait().unwrap();
}

/// The folders for temporary files; their locks stay.
fn scratch_folders(cache: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(cache.join("scratch")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
}

#[test]
fn an_interrupt_removes_temporary_files_from_the_cache() {
    let cache = tempfile::tempdir().unwrap();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        end_while_reading(cache.path(), signal);
        assert_eq!(scratch_folders(cache.path()), 0, "{signal}");
    }
}

#[test]
fn temporary_files_of_a_killed_run_are_removed_by_the_next() {
    let cache = tempfile::tempdir().unwrap();
    end_while_reading(cache.path(), Signal::SIGKILL);
    assert_eq!(scratch_folders(cache.path()), 1);
    // The lock is free once the system has cleared away the killed process.
    end_while_reading(cache.path(), Signal::SIGTERM);
    assert_eq!(scratch_folders(cache.path()), 0);
}
