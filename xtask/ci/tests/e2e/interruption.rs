//! A run that is killed, interrupted, or started twice at once leaves no partial files, and the next run works.

use rustix::process::Signal;

use crate::image::read_archive;
use crate::sandbox::Sandbox;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn after_a_kill_the_next_run_works() {
    let sandbox = Sandbox::hello();
    for word in ["Compiling", "Compiled", "Writing"] {
        let mut running = sandbox.start(&["dist"]);
        running.wait_for_output(word);
        running.signal(Signal::KILL, false);
        let status = running.finish().status;
        assert!(!status.success() || word == "Writing", "killed at {word:?}, but it succeeded");
        assert_complete(&sandbox);
    }
    assert_eq!(read_archive(&sandbox.dist(&[])).len(), 2);
    assert_nothing_partial(&sandbox);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_interrupt_stops_the_run_and_everything_it_has_started() {
    let sandbox = Sandbox::hello();
    for to_group in [true, false] {
        let mut running = sandbox.start(&["dist"]);
        running.wait_for_output("Compiling");
        running.signal(Signal::INT, to_group);
        let stderr = running.finish().failed(130, &["interrupted"]);
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(!sandbox.archive().exists());
        assert_eq!(processes_in(&sandbox), Vec::<String>::new());
    }
    sandbox.dist(&[]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn of_two_runs_one_waits_for_the_other() {
    let sandbox = Sandbox::hello();
    let runs = [sandbox.start(&["dist"]), sandbox.start(&["dist"])].map(|run| run.finish().succeeded());
    let path = format!("{}\n", sandbox.archive());
    assert!(runs.iter().all(|run| run.stdout == path), "{runs:?}");
    let waited = runs.iter().filter(|run| run.stderr.contains("Waiting for another run")).count();
    assert_eq!(waited, 1, "{runs:?}");
    assert_eq!(read_archive(&sandbox.archive()).len(), 2);
    assert_nothing_partial(&sandbox);
}

/// An archive with its final name must be complete at any time.
fn assert_complete(sandbox: &Sandbox) {
    if sandbox.archive().exists() {
        assert_eq!(read_archive(&sandbox.archive()).len(), 2);
    }
}

fn assert_nothing_partial(sandbox: &Sandbox) {
    let entries = sandbox.dist_folder().read_dir_utf8().unwrap();
    let names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_owned()).collect();
    assert!(names.iter().all(|name| !name.ends_with(".partial")), "{names:?}");
}

/// The command lines of all processes whose working folder is in the copy.
fn processes_in(sandbox: &Sandbox) -> Vec<String> {
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let processes = fs_err::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let processes =
        processes.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_number));
    let inside = processes
        .filter(|path| fs_err::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&sandbox.root)));
    inside.filter_map(|path| fs_err::read_to_string(path.join("cmdline")).ok()).collect()
}
