//! The children that are running.
//!
//! Invariant: once [`Children::end_all`] has begun, nothing starts any more, and [`Children::wait`] returns only when
//! everything that the child started is gone: no process writes any more to where the child was writing.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::group::wait_until_gone;
use super::tree::Tree;

pub(super) struct Children {
    /// How long children that were asked to end may take before they are killed.
    patience: Duration,
    state: Mutex<State>,
}

struct State {
    is_stopping: bool,
    running: Vec<Arc<Tree>>,
}

impl Children {
    pub(super) const fn new(patience: Duration) -> Self {
        Self { patience, state: Mutex::new(State { is_stopping: false, running: Vec::new() }) }
    }

    /// Fails when the program cannot be started, and once [`Self::end_all`] was called.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Arc<Tree>> {
        // Locked while the child starts, so that `end_all` either knows the child or prevents it.
        let mut state = self.state();
        if state.is_stopping {
            return Err(io::Error::other("this run is stopping"));
        }
        let tree = Arc::new(Tree::spawn(command)?);
        state.running.push(tree.clone());
        Ok(tree)
    }

    pub(super) fn wait(&self, tree: &Arc<Tree>) -> io::Result<ExitStatus> {
        let status = tree.wait();
        let mut state = self.state();
        if state.is_stopping {
            drop(state);
            // Twice: once to end on request, once to be killed.
            wait_until_gone(2 * self.patience, || tree.is_running());
            state = self.state();
        }
        state.running.retain(|other| !Arc::ptr_eq(other, tree));
        status
    }

    /// Ends all children and everything they started: asks first, and kills those that take too long. Returns when they
    /// are gone.
    pub(super) fn end_all(&self) {
        let mut state = self.state();
        state.is_stopping = true;
        let running = state.running.clone();
        drop(state);
        running.iter().for_each(|tree| tree.ask());
        let is_any_running = || running.iter().any(|tree| tree.is_running());
        if !wait_until_gone(self.patience, is_any_running) {
            running.iter().for_each(|tree| tree.kill());
            wait_until_gone(self.patience, is_any_running);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    use std::time::Instant;

    use super::*;

    /// A shell that starts a program in the background and waits for it, and the pipe that both hold open.
    fn start(children: &Children, script: &str) -> (Arc<Tree>, impl BufRead) {
        let mut command = Command::new("sh");
        let tree = children.spawn(command.args(["-c", script]).stdout(Stdio::piped())).unwrap();
        let mut pipe = BufReader::new(tree.take_stdout().unwrap());
        let mut line = String::new();
        pipe.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        (tree, pipe)
    }

    #[test]
    fn what_a_child_started_ends_with_it() {
        let children = Children::new(Duration::from_secs(20));
        let (tree, mut pipe) = start(&children, "sleep 300 & echo ready; wait");
        let begin = Instant::now();
        children.end_all();
        // The end of the pipe: no process can write to it any more.
        assert_eq!(pipe.read_line(&mut String::new()).unwrap(), 0);
        assert!(!children.wait(&tree).unwrap().success() && !tree.is_running());
        assert!(begin.elapsed() < Duration::from_secs(20), "they were asked, and did not have to be killed");
    }

    #[test]
    fn a_process_that_ignores_the_request_is_killed_and_waited_for() {
        let children = Arc::new(Children::new(Duration::from_secs(3)));
        let script = "(trap '' TERM; echo ready; while true; do sleep 1; done) & wait";
        let (tree, mut pipe) = start(&children, script);
        let waiting = std::thread::spawn({
            let (children, tree) = (children.clone(), tree.clone());
            move || children.wait(&tree).map(|_| tree.is_running())
        });
        children.end_all();
        assert_eq!(pipe.read_line(&mut String::new()).unwrap(), 0);
        assert!(!waiting.join().unwrap().unwrap(), "wait returned before all processes were gone");
    }

    #[test]
    fn nothing_starts_once_all_children_are_being_ended() {
        let children = Children::new(Duration::from_secs(20));
        children.end_all();
        assert!(children.spawn(&mut Command::new("true")).is_err());
    }
}

#[cfg(all(test, windows))]
mod windows_tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    use super::*;

    #[test]
    fn what_a_child_started_ends_with_it() {
        let children = Children::new(Duration::from_secs(20));
        let mut command = Command::new("cmd");
        command.args(["/c", "echo ready& ping -n 300 127.0.0.1"]).stdout(Stdio::piped());
        let tree = children.spawn(&mut command).unwrap();
        let mut pipe = BufReader::new(tree.take_stdout().unwrap());
        pipe.read_line(&mut String::new()).unwrap();
        assert!(tree.is_running());
        children.end_all();
        // The end of the pipe: no process can write to it any more.
        while pipe.read_line(&mut String::new()).unwrap() > 0 {}
        assert!(!children.wait(&tree).unwrap().success() && !tree.is_running());
    }

    /// Not a test: the program that the test below kills.
    #[test]
    #[ignore = "runs forever"]
    fn starts_another_program_and_waits() {
        let children = Children::new(Duration::from_secs(20));
        let mut command = Command::new("cmd");
        command.args(["/c", "echo started& ping -n 300 127.0.0.1"]).stdin(Stdio::null());
        children.wait(&children.spawn(&mut command).unwrap()).unwrap();
    }

    #[test]
    fn what_a_killed_program_started_ends_with_it() {
        let name = "process::children::windows_tests::starts_another_program_and_waits";
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--ignored", "--nocapture"]).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut pipe = BufReader::new(program.stdout.take().unwrap());
        let mut line = String::new();
        while line.trim() != "started" {
            line.clear();
            assert_ne!(pipe.read_line(&mut line).unwrap(), 0);
        }
        program.kill().unwrap();
        program.wait().unwrap();
        // The end of the pipe: no process can write to it any more. `ping` would hold it open for five minutes.
        let begin = std::time::Instant::now();
        while pipe.read_line(&mut line).unwrap() > 0 {}
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
