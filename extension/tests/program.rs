//! Runs the compiled program as the dashboard does, with arguments and pipes, and checks its output and exit code.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A time limit that is long enough for a busy machine. Only a failing test waits this long.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The program has the same name as the package.
const NAME: &str = env!("CARGO_PKG_NAME");
const PROGRAM: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str]) -> Output {
    program(args).output().unwrap()
}

/// A running program with `--watch`, and the lines that it prints. It is killed if the test fails.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        // When the test drops `lines`, this thread ends and closes the pipe.
        thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Self { child, lines }
    }

    fn sample(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(TIMEOUT).expect("no line was printed")).unwrap()
    }

    /// Closes stdout, and checks that the program then exits with code 0 and has printed nothing on stderr.
    fn assert_exits_when_stdout_closes(mut self) {
        drop(std::mem::replace(&mut self.lines, mpsc::channel().1));
        assert!(self.wait().success());
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "");
    }

    fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        while start.elapsed() < TIMEOUT {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("still running after {TIMEOUT:?}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Checks that `value` has exactly these fields, and that all are non-negative integers.
fn assert_integers(value: &Value, fields: &[&str]) {
    assert_eq!(keys(value), fields);
    assert!(fields.iter().all(|field| value[field].is_u64()), "{value}");
}

fn assert_load(load: &Value) {
    if cfg!(windows) {
        return assert!(load.is_null());
    }
    assert_eq!(keys(load), ["fifteen", "five", "one"]);
    assert!(load.as_object().unwrap().values().all(|n| n.as_f64().unwrap() >= 0.0));
}

fn assert_percent(value: &Value) {
    assert!((0.0..=100.0).contains(&value.as_f64().unwrap()), "{value}");
}

#[test]
fn the_report_is_one_line_of_json() {
    let output = run(&[]);
    assert!(output.status.success() && output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("}\n") && text.lines().count() == 1, "{text}");

    let report: Value = serde_json::from_str(&text).unwrap();
    let expected = "arch cpu disks hostname load machine_arch memory os os_version schema swap translated uptime_seconds";
    assert_eq!(keys(&report).join(" "), expected);
    assert_eq!(report["schema"], 1);
    assert!(["hostname", "os_version", "machine_arch"].iter().all(|key| report[key].is_string()));
    assert!(report["uptime_seconds"].as_u64().unwrap() > 0);
    assert_load(&report["load"]);
    assert_integers(&report["memory"], &["available_bytes", "total_bytes", "used_bytes"]);
    assert!(report["memory"]["used_bytes"].as_u64() <= report["memory"]["total_bytes"].as_u64());
    assert_integers(&report["swap"], &["total_bytes", "used_bytes"]);
}

#[test]
fn the_report_describes_this_machine() {
    let report: Value = serde_json::from_slice(&run(&[]).stdout).unwrap();
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    assert_eq!((report["os"].as_str(), report["arch"].as_str()), (Some(os), Some(arch)));
    assert_eq!(report["translated"], report["arch"] != report["machine_arch"]);

    let cpu = &report["cpu"];
    assert_eq!(keys(cpu), ["count", "model", "usage_percent"]);
    assert!(cpu["model"].is_string() && cpu["count"].as_u64() >= Some(1));
    assert_percent(&cpu["usage_percent"]);
    for disk in report["disks"].as_array().unwrap() {
        assert_eq!(keys(disk), ["available_bytes", "file_system", "mount", "name", "total_bytes"]);
        assert!(["name", "mount", "file_system"].iter().all(|key| disk[key].is_string()));
        assert!(disk["available_bytes"].as_u64().unwrap() <= disk["total_bytes"].as_u64().unwrap());
    }
}

#[test]
fn watch_prints_each_sample_immediately() {
    let watch = Watch::start(program(&["--watch", "0.3"]));
    watch.sample();
    let start = Instant::now();
    let sample = watch.sample();
    // Without flushing, many lines would be buffered and then arrive all at once.
    assert!(start.elapsed() > Duration::from_millis(150), "{:?}", start.elapsed());
    assert_eq!(keys(&sample), ["cpu_percent", "load", "memory", "schema", "swap", "uptime_seconds"]);
    assert_eq!(sample["schema"], 1);
    assert!(sample["uptime_seconds"].is_u64());
    assert_percent(&sample["cpu_percent"]);
    assert_load(&sample["load"]);
    assert_integers(&sample["memory"], &["total_bytes", "used_bytes"]);
    assert_integers(&sample["swap"], &["total_bytes", "used_bytes"]);
}

#[test]
fn watch_exits_immediately_when_its_stdin_pipe_is_closed() {
    let mut command = program(&["--watch", "3600"]);
    command.stdin(Stdio::piped());
    let mut watch = Watch::start(command);
    watch.sample();
    assert!(watch.child.try_wait().unwrap().is_none(), "exited before stdin was closed");
    drop(watch.child.stdin.take());
    assert!(watch.wait().success());
}

#[cfg(unix)]
#[test]
fn watch_exits_when_its_stdin_socket_is_closed() {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = program(&["--watch", "3600"]);
    command.stdin(std::os::fd::OwnedFd::from(theirs));
    let mut watch = Watch::start(command);
    watch.sample();
    assert!(watch.child.try_wait().unwrap().is_none(), "exited before stdin was closed");
    drop(ours);
    assert!(watch.wait().success());
}

#[test]
fn watch_without_stdin_runs_until_stdout_is_closed() {
    let watch = Watch::start(program(&["--watch", "0.1"]));
    (0..4).for_each(|_| drop(watch.sample()));
    watch.assert_exits_when_stdout_closes();
}

#[cfg(unix)]
#[test]
fn watch_with_a_closed_stdin_runs_until_stdout_is_closed() {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" --watch 0.1 <&-", PROGRAM]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let watch = Watch::start(command);
    (0..4).for_each(|_| drop(watch.sample()));
    watch.assert_exits_when_stdout_closes();
}

/// No host ends it: stdin and stdout stay open.
#[test]
fn watch_exits_by_itself() {
    let mut command = program(&["--watch", "0.1", "--for", "1"]);
    command.stdin(Stdio::piped());
    let start = Instant::now();
    let mut watch = Watch::start(command);
    watch.sample();
    assert!(watch.child.try_wait().unwrap().is_none(), "exited at once");
    assert!(watch.wait().success());
    assert!(start.elapsed() >= Duration::from_secs(1));
    // A long pause does not delay it.
    let mut watch = Watch::start(program(&["--watch", "3600", "--for", "0.5"]));
    watch.sample();
    assert!(watch.wait().success());
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("[default: 60]"), "{help}");
}

#[test]
fn an_invalid_interval_is_a_usage_error() {
    for value in ["0", "0.05", "-1", "nan", "inf", "soon", ""] {
        let output = run(&["--watch", value]);
        assert_eq!(output.status.code(), Some(2), "{value:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{value:?}");
    }
    assert_eq!(run(&["--watch"]).status.code(), Some(2));
    assert_eq!(run(&["--for", "1"]).status.code(), Some(2), "only with --watch");
    assert_eq!(run(&["--watch", "1", "--for", "0"]).status.code(), Some(2));
    assert_eq!(run(&["--unknown"]).status.code(), Some(2));
}

#[test]
fn help_and_version_go_to_stdout() {
    let help = run(&["--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--watch <SECONDS>"));
    let version = run(&["--version"]);
    assert_eq!(
        String::from_utf8_lossy(&version.stdout).trim(),
        format!("{NAME} {}", env!("CARGO_PKG_VERSION"))
    );
}
