//! The children that run now.
//!
//! Invariant: once [`Children::end_all`] has begun, nothing starts any more, and whoever waits for a child gets an answer
//! only when all that the child had started is gone: what they were writing to is then nobody's.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::tree::Tree;

const PAUSE: Duration = Duration::from_millis(20);

/// Waits for those of whom `is_somebody_there` tells. `false` when they take longer than `time`.
pub(super) fn are_gone_within(time: Duration, is_somebody_there: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while is_somebody_there() {
        if start.elapsed() > time {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}

pub(super) struct Children {
    /// How long those that are asked to end may take, before they are killed.
    patience: Duration,
    state: Mutex<State>,
}

struct State {
    stopping: bool,
    running: Vec<Arc<Tree>>,
}

impl Children {
    pub(super) const fn new(patience: Duration) -> Self {
        Self { patience, state: Mutex::new(State { stopping: false, running: Vec::new() }) }
    }

    /// Fails when the program does not start, and once all are being ended.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Arc<Tree>> {
        // Held while the child starts, so that `end_all` either knows it or prevents it.
        let mut state = self.state();
        if state.stopping {
            return Err(io::Error::other("everything is being ended"));
        }
        let tree = Arc::new(Tree::spawn(command)?);
        state.running.push(tree.clone());
        Ok(tree)
    }

    pub(super) fn wait(&self, tree: &Arc<Tree>) -> io::Result<ExitStatus> {
        let status = tree.wait();
        let mut state = self.state();
        if state.stopping {
            drop(state);
            // Twice: to end when asked, and to be killed.
            are_gone_within(2 * self.patience, || tree.is_there());
            state = self.state();
        }
        state.running.retain(|other| !Arc::ptr_eq(other, tree));
        status
    }

    /// Ends all, with what they have started: asks them first, and kills those that take too long. Returns when they are
    /// gone.
    pub(super) fn end_all(&self) {
        let mut state = self.state();
        state.stopping = true;
        let running = state.running.clone();
        drop(state);
        running.iter().for_each(|tree| tree.ask());
        let is_somebody_there = || running.iter().any(|tree| tree.is_there());
        if !are_gone_within(self.patience, is_somebody_there) {
            running.iter().for_each(|tree| tree.kill());
            are_gone_within(self.patience, is_somebody_there);
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
    fn what_a_child_has_started_ends_with_it() {
        let children = Children::new(Duration::from_secs(20));
        let (tree, mut pipe) = start(&children, "sleep 300 & echo ready; wait");
        let begin = Instant::now();
        children.end_all();
        // The end of the pipe: nobody can write to it any more.
        assert_eq!(pipe.read_line(&mut String::new()).unwrap(), 0);
        assert!(!children.wait(&tree).unwrap().success() && !tree.is_there());
        assert!(begin.elapsed() < Duration::from_secs(20), "they were asked, and did not have to be killed");
    }

    #[test]
    fn whoever_does_not_listen_is_killed_and_waited_for() {
        let children = Arc::new(Children::new(Duration::from_secs(3)));
        let script = "(trap '' TERM; echo ready; while true; do sleep 1; done) & wait";
        let (tree, mut pipe) = start(&children, script);
        let waiting = std::thread::spawn({
            let (children, tree) = (children.clone(), tree.clone());
            move || children.wait(&tree).map(|_| tree.is_there())
        });
        children.end_all();
        assert_eq!(pipe.read_line(&mut String::new()).unwrap(), 0);
        assert!(!waiting.join().unwrap().unwrap(), "the answer came before all were gone");
    }

    #[test]
    fn nothing_starts_once_all_are_being_ended() {
        let children = Children::new(Duration::from_secs(20));
        children.end_all();
        assert!(children.spawn(&mut Command::new("true")).is_err());
    }
}
