//! A signal to the tool alone, as a service manager or a CI sends it, ends everything that was started.

use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::project::{Project, wait_until};

/// A page whose build starts a program of its own, which lives until `answer` says how to take a signal.
fn project(answer: &str) -> Project {
    Project::with_page_by(&format!("({answer}; while true; do sleep 1; done) &\necho $! > started\nwait\n"))
}

/// Whether there is such a process, and not only what is left of it until somebody asks.
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
    wait_until("the page's build", || !process().is_empty());
    kill(Pid::from_raw(tool.id().try_into().unwrap()), signal).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted: ") && !said.contains("error"), "{said}");
    assert!(!lives(&process()), "what the page's build started is still there");
}

#[test]
fn what_the_children_started_ends_before_the_tool() {
    ends_with_all("true", Signal::SIGTERM);
    ends_with_all("true", Signal::SIGINT);
}

#[test]
fn what_ignores_the_signal_is_killed() {
    ends_with_all("trap '' TERM", Signal::SIGTERM);
}

/// A killed tool can end nothing by itself. Whoever comes next must not meet what it has left behind.
#[test]
fn the_run_after_a_kill_waits_until_all_is_gone() {
    let project = project("trap '' TERM");
    let mut tool = project.command(&["dist"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = project.path("ui/started");
    let process = || std::fs::read_to_string(&started).unwrap_or_default().trim().to_owned();
    wait_until("the page's build", || !process().is_empty());
    let left = process();
    tool.kill().unwrap();
    tool.wait().unwrap();
    let check = format!("mkdir -p build\n! ps -o stat= -p {left} | grep -v Z\n");
    project.write("ui/build.sh", &check);
    project.run(&["dist"]).succeeded();
    assert!(!lives(&left), "what the killed run started is still there");
}

#[test]
fn a_failure_ends_what_runs_beside_it() {
    let project = project("true");
    let wait = "fn main() { while std::fs::read(\"../ui/started\").is_err() { std::thread::yield_now() } }";
    project.write("tool/build.rs", wait);
    project.write("tool/src/main.rs", "fn main(");
    project.run(&["dist"]).failed(1, &["could not compile"]);
    let process = String::from_utf8(project.read("ui/started")).unwrap();
    assert!(!lives(process.trim()), "the page's build is still there");
}
