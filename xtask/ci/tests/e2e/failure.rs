//! An error ends `dist` with one clear message, exit code 1, and no archive.

use crate::process::run;
use crate::sandbox::Sandbox;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_compile_error_names_the_targets_without_a_binary() {
    let sandbox = Sandbox::hello();
    sandbox.edit("extension/src/main.rs", "fn main() {", "fn main() { let x: u8 = \"text\";");
    sandbox
        .xtask(&["dist"])
        .failed(1, &["error[E0308]", "aarch64-apple-darwin", "x86_64-unknown-linux-musl"]);
    assert!(!sandbox.archive().exists());
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_symbol_that_no_mac_has_is_a_link_error() {
    let sandbox = Sandbox::hello();
    let source = "unsafe extern \"C\" { fn no_such_symbol_anywhere(); }\n\
                  fn main() { if cfg!(target_os = \"macos\") { unsafe { no_such_symbol_anywhere() } } }\n";
    fs_err::write(sandbox.root.join("extension/src/main.rs"), source).unwrap();
    sandbox.xtask(&["dist"]).failed(1, &["no_such_symbol_anywhere"]);
    assert!(!sandbox.archive().exists());
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_output_of_a_failed_ui_build_is_shown() {
    let sandbox = Sandbox::hello();
    sandbox.edit("ui/build.mjs", "cpSync(", "throw new Error(\"the UI is broken\"); cpSync(");
    sandbox.xtask(&["dist"]).failed(1, &["the UI is broken", "node build.mjs"]);
    assert!(!sandbox.archive().exists());
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_wrong_path_in_the_metadata_is_shown_next_to_the_built_file() {
    let sandbox = Sandbox::hello();
    sandbox.edit("metadata.json", "/darwin/hello", "/darwin/helo");
    sandbox.xtask(&["dist"]).failed(1, &["/darwin/helo ", "/darwin/hello "]);
    assert!(!sandbox.archive().exists());
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_unknown_key_is_shown_with_its_line() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Cargo.toml", "dir = \"ui\"", "directory = \"ui\"");
    sandbox.xtask(&["dist"]).failed(1, &["Cargo.toml", "16", "directory", "^"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_builtin_engine_rejects_a_run_instruction_with_its_line() {
    let sandbox = Sandbox::hello();
    let dockerfile = sandbox.root.join("Dockerfile");
    let text = fs_err::read_to_string(&dockerfile).unwrap();
    fs_err::write(&dockerfile, format!("{text}RUN true\n")).unwrap();
    let line = format!("{}", text.lines().count() + 1);
    sandbox.xtask(&["dist", "--engine", "builtin"]).failed(1, &["RUN", &line, "--engine buildx"]);
    assert!(!sandbox.archive().exists());
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_stopped_engine_is_noticed_before_compiling() {
    let sandbox = Sandbox::hello();
    let mut push = sandbox.command(&["dist", "--push"]);
    push.env("DOCKER_HOST", format!("unix://{}/no.sock", sandbox.root.parent().unwrap()));
    let stderr = run(&mut push).failed(1, &["engine does not answer"]);
    assert!(!stderr.contains("Compiling"), "{stderr}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn wrong_usage_exits_with_2() {
    let sandbox = Sandbox::hello();
    sandbox.xtask(&["dist", "--platform", "windows/amd64"]).failed(2, &["windows/amd64", "linux/arm64"]);
    sandbox.xtask(&["dist", "--push", "--load"]).failed(2, &["--push", "--load"]);
    sandbox.xtask(&["dist", "--push", "--engine", "builtin"]).failed(2, &["builtin"]);
}
