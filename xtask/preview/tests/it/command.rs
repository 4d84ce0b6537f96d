//! The whole command, in a project that the test creates, with the real cargo.

use serde_json::json;
use tokio::time::timeout;

use crate::process::{all_gone, runs};
use crate::project::{Project, Started};
use crate::served::actor;
use crate::web::{Socket, TIMEOUT, get};

async fn version(socket: &mut Socket) -> String {
    let answer = socket.exec(&["version"], json!({"cmd": "tool"})).await;
    answer["stdout"].as_str().or(answer["message"].as_str()).unwrap().to_owned()
}

/// Starts a host binary that runs until it is ended. Returns its process id.
async fn sleeper(socket: &mut Socket) -> u32 {
    socket.stream(&["sleep"], json!({"cmd": "tool", "lines": true})).await;
    let answer = socket.next().await;
    answer["stdout"].as_str().unwrap_or_else(|| panic!("{answer}")).parse().unwrap()
}

#[tokio::test]
async fn an_edited_host_binary_runs_at_the_next_call() {
    let project = Project::new();
    let started = project.start().await;
    let mut socket = started.open().await;
    assert_eq!(version(&mut socket).await, "version ONE\n");
    let old = sleeper(&mut socket).await;

    project.edit("ONE", "TWO");
    assert_eq!(version(&mut socket).await, "version TWO\n");
    assert!(runs(old), "a running program is not affected");

    project.edit("\"version TWO\"", "undefined");
    let message = version(&mut socket).await;
    assert!(message.contains("crate `tool` does not compile") && message.contains("undefined"), "{message}");
    assert!(!message.contains('\x1b'), "{message}");

    project.edit("undefined", "\"version THREE\"");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(version(&mut socket).await, "version THREE\n");
    assert!(runs(old));
    drop(socket);
    all_gone(&[old]).await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn binaries_of_commands_and_scripts_of_the_project_run() {
    let project = Project::new();
    let tables = "[workspace.metadata.extension.binaries.built]\npath = 'out/{os}-{arch}'\n\
        build = 'rustc -o out/{os}-{arch} built.rs'\ninputs = ['built.rs']\nhosts = ['linux']\n\
        [[workspace.metadata.extension.files]]\nfrom = 'run.sh'\nhosts = ['linux']\n[workspace]\n";
    project.edit_file("Cargo.toml", "[workspace]\n", tables);
    project.edit_file(
        "metadata.json",
        "/linux/tool\"}",
        "/linux/tool\"}, {\"path\": \"/linux/built\"}, {\"path\": \"/linux/run.sh\"}",
    );
    std::fs::create_dir(project.root.join("out")).unwrap();
    project.write("built.rs", "fn main() { println!(\"built\") }");
    project.write("run.sh", "#!/bin/sh\necho script\n");
    let started = project.start().await;
    let mut socket = started.open().await;
    for (name, output) in [("built", "built\n"), ("run.sh", "script\n"), ("tool", "version ONE\n")] {
        let answer = socket.exec(&[], json!({"cmd": name})).await;
        assert_eq!(answer["stdout"], output, "{answer}");
    }
    project.write("built.rs", "fn main() { println!(\"built again\") }");
    project.write("run.sh", "#!/bin/sh\necho edited\n");
    for (name, output) in [("built", "built again\n"), ("run.sh", "edited\n")] {
        let answer = socket.exec(&[], json!({"cmd": name})).await;
        assert_eq!(answer["stdout"], output, "{answer}");
    }
    project.write("built.rs", "fn main() { broken }");
    for _ in 0..2 {
        let answer = socket.exec(&[], json!({"cmd": "built"})).await;
        assert!(answer["message"].as_str().unwrap().contains("cannot build the host binaries"), "{answer}");
        assert_eq!(socket.exec(&[], json!({"cmd": "run.sh"})).await["stdout"], "edited\n");
    }
}

#[tokio::test]
async fn the_configuration_allows_environment_variables() {
    let project = Project::new();
    let started = project.start().await;
    let mut socket = started.open().await;
    let answer = socket.exec(&["name"], json!({"cmd": "tool", "env": {"MY_NAME": "x"}})).await;
    assert_eq!(answer["stdout"], "Ok(\"x\")\n", "{answer}");
    let answer = socket.exec(&["name"], json!({"cmd": "tool", "env": {"OTHER_NAME": "x"}})).await;
    assert!(answer["message"].as_str().unwrap().contains("OTHER_NAME"), "{answer}");
}

#[tokio::test]
async fn a_broken_crate_affects_only_the_binaries_that_need_it_and_is_shown_once() {
    let project = Project::new();
    project.add_other();
    let started = project.start_unread().await;
    let mut socket = started.open().await;
    let other = async |socket: &mut Socket| socket.exec(&[], json!({"cmd": "other"})).await;
    assert_eq!(other(&mut socket).await["stdout"], "shared\n");

    project.write("shared/src/lib.rs", "pub const TEXT: &str = broken_name;\n");
    project.edit("ONE", "TWO");
    for _ in 0..2 {
        let answer = other(&mut socket).await;
        let message = answer["message"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(message.starts_with("other: the crate `shared` does not compile\nerror"), "{message}");
        assert!(message.contains("\n1 | pub const TEXT: &str = broken_name;\n"), "{message}");
        assert_eq!(version(&mut socket).await, "version TWO\n");
        // Later calls compile again.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    }
    project.write("shared/src/lib.rs", "pub const TEXT: &str = \"fixed\";\n");
    assert_eq!(other(&mut socket).await["stdout"], "fixed\n");

    drop(socket);
    let shown = started.into_stderr().await;
    assert_eq!(shown.matches("| pub const TEXT: &str = broken_name;").count(), 1, "{shown}");
    assert_eq!(shown.matches("Failed other: the crate `shared` does not compile").count(), 2, "{shown}");
}

#[tokio::test]
async fn a_failed_program_leaves_its_status_and_the_end_of_stderr_in_the_terminal() {
    let project = Project::new();
    let started = project.start_unread().await;
    let mut socket = started.open().await;
    assert_eq!(socket.exec(&["crash"], json!({"cmd": "tool"})).await["code"], 101);
    let id = socket.stream(&["crash"], json!({"cmd": "tool", "lines": true})).await;
    while socket.next().await["op"] != "close" {}
    // What its own page has ended is not a failure.
    let stopped = socket.stream(&["sleep"], json!({"cmd": "tool", "lines": true})).await;
    socket.next().await;
    socket.send(json!({"op": "kill", "id": stopped})).await;
    assert_eq!(socket.next().await["op"], "close");
    assert_ne!(id, stopped);
    #[cfg(unix)]
    {
        let pid = sleeper(&mut socket).await;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::Signal::SIGKILL)
            .unwrap();
        assert_eq!(socket.next().await["signal"], "SIGKILL");
    }
    drop(socket);
    let shown = started.into_stderr().await;
    let crashes: Vec<_> = shown.split("Failed `tool crash` ended with ").skip(1).collect();
    assert_eq!(crashes.len(), 2, "{shown}");
    for crash in crashes {
        let (status, rest) = crash.split_once('\n').unwrap();
        assert!(status.contains("101"), "{shown}");
        let lines: Vec<_> = rest.lines().take(2).map(str::trim_start).collect();
        assert_eq!(lines, ["first line", "last \\u{1b}[31mline"], "{shown}");
    }
    let killed = usize::from(cfg!(unix));
    assert_eq!(shown.matches("Failed `tool sleep` ended with signal: 9").count(), killed, "{shown}");
    assert_eq!(shown.matches("Failed `tool sleep`").count(), killed, "{shown}");
}

#[tokio::test]
async fn an_edited_ui_reloads_its_page() {
    let project = Project::new();
    let started = project.start().await;
    let mut socket = started.open().await;
    assert!(get(&started, "/", &[]).await.body.ends_with("first"));
    project.write("ui/page.html", "<head></head>second");
    assert_eq!(socket.next().await, json!({"op": "reload"}));
    assert!(get(&started, "/", &[]).await.body.ends_with("second"));

    // Files of editors, and files that are not part of the built UI, reload nothing.
    project.write("ui/.page.html.swp", "");
    project.write("ui/note.txt", "");
    assert_eq!(socket.nothing_for(std::time::Duration::from_secs(3)).await, None);

    project.write("ui/page.html", "<head></head>broken");
    let warning = socket.next().await;
    assert_eq!(warning["op"], "warning", "{warning}");
    assert!(get(&started, "/", &[]).await.body.ends_with("second"), "the previous UI is served");
    project.write("ui/page.html", "<head></head>second");
    assert_eq!(socket.next().await, json!({"op": "reload"}), "the warning disappears");
}

/// Starts a preview with a page that runs two programs. They have to end with the preview, however it ends.
async fn running(project: &Project) -> (Started, Vec<u32>, Vec<Socket>) {
    let started = project.start().await;
    let mut socket = started.open().await;
    let pids = vec![sleeper(&mut socket).await, sleeper(&mut socket).await];
    (started, pids, vec![socket])
}

#[tokio::test]
async fn the_end_of_standard_input_ends_everything() {
    let (mut started, pids, _sockets) = running(&Project::new()).await;
    drop(started.stdin.take());
    let status = timeout(TIMEOUT, started.child.wait()).await.unwrap().unwrap();
    assert!(status.success());
    all_gone(&pids).await;
}

#[cfg(unix)]
#[tokio::test]
async fn signals_end_everything() {
    use nix::sys::signal::{Signal, kill};
    let project = Project::new();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let (mut started, pids, _sockets) = running(&project).await;
        let pid = nix::unistd::Pid::from_raw(started.child.id().unwrap() as i32);
        kill(pid, signal).unwrap();
        let status = timeout(TIMEOUT, started.child.wait()).await.unwrap().unwrap();
        assert_eq!(status.success(), signal != Signal::SIGKILL, "{signal}");
        all_gone(&pids).await;
    }
}

/// A preview with an unread standard error, and a page that has filled it.
#[cfg(unix)]
async fn unread(project: &Project) -> (Started, Socket, u32) {
    let started = project.start_unread().await;
    let mut socket = started.open().await;
    let pid = sleeper(&mut socket).await;
    let detail = json!({"message": "x".repeat(300)});
    for _ in 0..3000 {
        socket.send(json!({"op": "note", "kind": "toast", "detail": detail})).await;
    }
    (started, socket, pid)
}

#[cfg(unix)]
#[tokio::test]
async fn an_unread_terminal_blocks_nothing() {
    use nix::sys::signal::{Signal, kill};
    use tokio::io::AsyncReadExt as _;
    let project = Project::new();
    let (mut started, mut socket, pid) = unread(&project).await;
    assert_eq!(version(&mut socket).await, "version ONE\n");
    project.edit("ONE", "TWO");
    assert_eq!(version(&mut socket).await, "version TWO\n");
    drop(socket);
    all_gone(&[pid]).await;
    // Once something reads it, it gets the oldest messages and the number of the others.
    let mut stderr = started.child.stderr.take().unwrap();
    let mut text = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&text).contains(" messages were not shown") {
            assert!(stderr.read_buf(&mut text).await.unwrap() > 0);
        }
    };
    timeout(TIMEOUT, read).await.unwrap();

    let (mut started, _socket, pid) = unread(&project).await;
    kill(nix::unistd::Pid::from_raw(started.child.id().unwrap() as i32), Signal::SIGTERM).unwrap();
    assert!(timeout(TIMEOUT, started.child.wait()).await.unwrap().unwrap().success());
    all_gone(&[pid]).await;
}

/// A page that sends calls and never reads: its programs wait, memory does not grow, and all of them can still be ended.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_page_that_does_not_read_makes_programs_wait() {
    let project = Project::new();
    let started = project.start().await;
    let mut socket = started.open().await;
    let (first, second) = (sleeper(&mut socket).await, sleeper(&mut socket).await);
    let memory = || {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", started.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().to_owned();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1000
    };
    let before = memory();
    for _ in 0..20 {
        socket.stream(&["flood"], json!({"cmd": "tool"})).await;
    }
    for _ in 0..20 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(memory() < before + 60_000_000, "{before} {}", memory());
    }
    socket.send(json!({"op": "kill", "id": 1})).await;
    all_gone(&[first]).await;
    assert!(runs(second));
    drop(socket);
    all_gone(&[second]).await;
}

/// The actor acts as docker: it prints its arguments, and answers like the engine behind `docker system dial-stdio`.
#[tokio::test]
async fn docker_calls_use_the_docker_command_of_this_machine() {
    let project = Project::new();
    let docker = project.root.join(format!("bin/docker{}", std::env::consts::EXE_SUFFIX));
    std::fs::create_dir(project.root.join("bin")).unwrap();
    std::fs::copy(actor(), docker).unwrap();
    let path = std::env::var("PATH").unwrap();
    let paths = [project.root.join("bin").into()].into_iter().chain(std::env::split_paths(&path));
    let mut command = project.command();
    command.env("PATH", std::env::join_paths(paths).unwrap());
    let started = project.start_as(command).await;
    let mut socket = started.open().await;
    let answer = socket.exec(&["a b", "--all"], json!({"cli": "docker", "cmd": "args"})).await;
    assert_eq!(answer["stdout"], "\"a b\"\n\"--all\"\n");
    socket.send(json!({"op": "list", "id": 7, "what": "containers", "options": {"all": true}})).await;
    let value = json!(["GET /containers/json?all=true HTTP/1.1"]);
    assert_eq!(socket.next().await, json!({"op": "value", "id": 7, "value": value}));
    let rejected = socket.exec(&["evil", "args"], json!({"cli": "docker", "cmd": "--config"})).await;
    assert!(rejected["message"].as_str().unwrap().contains("subcommand"), "{rejected}");
    socket.send(json!({"op": "list", "id": 8, "what": "images", "options": {"other": 1}})).await;
    assert_eq!(socket.next().await["op"], "failed");
}

/// The actor acts as the browser, and writes down how it was called.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_command_line_contains_the_link() {
    let project = Project::new();
    let note = project.root.join("note");
    let mut command = project.command();
    command.env("BROWSER", format!("{} note {note} %s", actor())).arg("--until-stdin-closes");
    let mut child = command.spawn().unwrap();
    let address = async {
        loop {
            match std::fs::read_to_string(&note) {
                Ok(text) if text.ends_with('\n') => return text.trim_end().to_owned(),
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    };
    let address = timeout(TIMEOUT * 4, address).await.expect("a browser is opened");
    let file = address.strip_prefix("file://").unwrap_or_else(|| panic!("{address}")).to_owned();
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(
        page.contains("url=http://tool-") && page.contains(".localhost:") && page.contains("/#launch="),
        "{page}"
    );
    drop(child.stdin.take());
    timeout(TIMEOUT, child.wait()).await.unwrap().unwrap();
    assert!(!std::path::Path::new(&file).exists(), "it is removed when the preview ends");
}

#[tokio::test]
async fn two_previews_of_one_project_do_not_interfere() {
    let project = Project::new();
    let (first, second) = (project.start().await, project.start().await);
    let (mut one, mut two) = (first.open().await, second.open().await);
    let pid = sleeper(&mut one).await;
    assert_eq!(version(&mut two).await, "version ONE\n");
    drop(second);
    assert_eq!(version(&mut one).await, "version ONE\n");
    assert!(runs(pid));
}

#[tokio::test]
async fn wrong_usage_and_a_missing_ui_are_errors() {
    let project = Project::new();
    let run = async |args: &[&str]| {
        let output = project.command().args(args).output().await.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(run(&["--as", "other"]).await.0, Some(2));
    let (code, text) = run(&["--dev", "--no-open"]).await;
    assert_eq!(code, Some(1));
    assert!(text.contains("package.json"), "{text}");
    let manifest = std::fs::read_to_string(project.root.join("Cargo.toml")).unwrap();
    let ui = manifest.find("[workspace.metadata.extension.ui]").unwrap()
        ..manifest.find("[workspace.metadata.extension.b").unwrap();
    project.write("Cargo.toml", &manifest.replace(&manifest[ui], ""));
    let (code, text) = run(&["--no-open"]).await;
    assert_eq!(code, Some(1));
    assert!(text.contains("no UI to preview"), "{text}");
}
