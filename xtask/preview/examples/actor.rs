//! The host binary that pages run in the tests. Its first argument says what it does.

use std::io::{Write as _, stdout};
use std::process::{Command, ExitCode, Stdio, exit};
use std::thread::sleep;
use std::time::Duration;

const FOREVER: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let rest = || args.iter().skip(1).map(String::as_str);
    let number = |at: usize| args.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    match args.first().map(String::as_str) {
        Some("system") => engine(),
        Some("args") => rest().for_each(|arg| println!("{arg:?}")),
        Some("env") => rest().for_each(|name| println!("{name}={:?}", std::env::var(name).ok())),
        Some("cwd") => println!("{}", std::env::current_dir().unwrap_or_default().display()),
        Some("exit") => {
            eprintln!("leaving with {}", number(1));
            return ExitCode::from(number(1) as u8);
        }
        Some("print") => write(&vec![b'x'; number(1) as usize]),
        // Prints, and runs on.
        Some("hold") => {
            write(&vec![b'x'; number(1) as usize]);
            sleep(FOREVER);
        }
        // A dev server on a port of the loopback address.
        Some("listen") => listen(number(1) as u16),
        // The same in a child process.
        Some("start-listener") => {
            let program = std::env::current_exe().unwrap_or_default();
            let _ = Command::new(program).args(["listen", &number(1).to_string()]).status();
        }
        Some("bytes") => rest().for_each(|pair| write(&[u8::from_str_radix(pair, 16).unwrap_or(0)])),
        Some("tick") => tick(number(1), number(2)),
        Some("flood") => loop {
            write(&[b'y'; 64 * 1024]);
        },
        Some("sleep") => {
            write(format!("{}\n", std::process::id()).as_bytes());
            sleep(FOREVER);
        }
        Some("tree") => tree(),
        // `note FILE TEXT`.
        Some("note") => std::fs::write(&args[1], format!("{}\n", args[2])).unwrap_or_else(|_| exit(1)),
        Some("leave") => {
            start_sleeper(Stdio::null(), Stdio::null());
        }
        Some("leave-open") => {
            start_sleeper(Stdio::inherit(), Stdio::inherit());
        }
        _ => println!("version {}", env!("CARGO_PKG_VERSION")),
    }
    ExitCode::SUCCESS
}

/// Ends the program if nothing reads its output.
fn write(bytes: &[u8]) {
    let mut out = stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        exit(1);
    }
}

/// `docker system dial-stdio`: answers one request like the Docker Engine, with a list that contains the request line.
fn engine() {
    let mut path = String::new();
    let _ = std::io::stdin().read_line(&mut path);
    let body = format!("[{:?}]", path.trim_end());
    write(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    sleep(FOREVER);
}

fn tick(times: u64, milliseconds: u64) {
    for number in 0..times {
        write(format!("tick {number}\n").as_bytes());
        sleep(Duration::from_millis(milliseconds));
    }
    write(b"last");
}

fn listen(port: u16) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port));
    for stream in listener.iter().flat_map(std::net::TcpListener::incoming) {
        drop(stream);
    }
}

/// Starts a child process, and prints the process ids of both.
fn tree() {
    start_sleeper(Stdio::inherit(), Stdio::inherit());
    write(format!("{}\n", std::process::id()).as_bytes());
    sleep(FOREVER);
}

/// Starts this program again, and prints its process id.
fn start_sleeper(stdout: Stdio, stderr: Stdio) {
    let program = std::env::current_exe().unwrap_or_default();
    match Command::new(program).arg("sleep").stdout(stdout).stderr(stderr).spawn() {
        Ok(child) => write(format!("{}\n", child.id()).as_bytes()),
        Err(error) => eprintln!("{error}"),
    }
}
