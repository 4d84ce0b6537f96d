//! A run that is killed, interrupted or met by another leaves nothing partial, and the next run works.

use rustix::process::Signal;

use crate::image::read_archive;
use crate::sandbox::Sandbox;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn after_a_kill_the_next_run_works() {
    let sandbox = Sandbox::hello();
    for word in ["Compiling", "Compiled", "Writing"] {
        let mut running = sandbox.start(&["dist"]);
        running.wait_until_said(word);
        running.signal(Signal::KILL, false);
        let status = running.finish().status;
        assert!(!status.success() || word == "Writing", "killed at {word:?}, and it ended well");
        assert_whole(&sandbox);
    }
    assert_eq!(read_archive(&sandbox.dist(&[])).len(), 2);
    assert_nothing_partial(&sandbox);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_interrupt_ends_the_run_and_all_it_started() {
    let sandbox = Sandbox::hello();
    for to_group in [true, false] {
        let mut running = sandbox.start(&["dist"]);
        running.wait_until_said("Compiling");
        running.signal(Signal::INT, to_group);
        let said = running.finish().failed(130, &["interrupted"]);
        assert!(!said.contains("panicked"), "{said}");
        assert!(!sandbox.archive().exists());
        assert_eq!(programs_in(&sandbox), Vec::<String>::new());
    }
    sandbox.dist(&[]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn two_runs_at_once_take_turns() {
    let sandbox = Sandbox::hello();
    let runs = [sandbox.start(&["dist"]), sandbox.start(&["dist"])].map(|run| run.finish().succeeded());
    let path = format!("{}\n", sandbox.archive());
    assert!(runs.iter().all(|run| run.stdout == path), "{runs:?}");
    let waited = runs.iter().filter(|run| run.stderr.contains("Waiting")).count();
    assert_eq!(waited, 1, "{runs:?}");
    assert_eq!(read_archive(&sandbox.archive()).len(), 2);
    assert_nothing_partial(&sandbox);
}

/// An archive under its final name must be whole, at any time.
fn assert_whole(sandbox: &Sandbox) {
    if sandbox.archive().exists() {
        assert_eq!(read_archive(&sandbox.archive()).len(), 2);
    }
}

fn assert_nothing_partial(sandbox: &Sandbox) {
    let entries = sandbox.dist_folder().read_dir_utf8().unwrap();
    let names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_owned()).collect();
    assert!(names.iter().all(|name| !name.ends_with(".partial")), "{names:?}");
}

/// The command lines of all processes that still work in the copy.
fn programs_in(sandbox: &Sandbox) -> Vec<String> {
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let processes = fs_err::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let processes =
        processes.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_number));
    let inside = processes
        .filter(|path| fs_err::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&sandbox.root)));
    inside.filter_map(|path| fs_err::read_to_string(path.join("cmdline")).ok()).collect()
}
