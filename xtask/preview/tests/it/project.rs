//! An author's project, and the real command in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::web::{Address, Socket, TIMEOUT, launch};

/// The host binary also builds the UI, by copying `page.html`, so that the test needs no other tool.
const MAIN_RS: &str = r#"
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("build-ui") => {
            let page = std::fs::read_to_string("page.html").unwrap();
            assert!(!page.contains("broken"), "this UI is broken");
            std::fs::create_dir_all("build").unwrap();
            std::fs::write("build/index.html", page).unwrap();
        }
        Some("sleep") => {
            println!("{}", std::process::id());
            std::thread::sleep(std::time::Duration::from_secs(600));
        }
        Some("crash") => {
            eprintln!("first line\nlast \u{1b}[31mline");
            std::process::exit(101);
        }
        Some("name") => println!("{:?}", std::env::var("MY_NAME")),
        Some("flood") => loop {
            println!("{}", "y".repeat(10_000));
        },
        _ => println!("version ONE"),
    }
}
"#;

const MANIFEST: &str = r#"
[package]
name = "tool"
version = "0.1.0"
edition = "2024"

[workspace.metadata.extension]
image = "example/tool"
[workspace.metadata.extension.ui]
dir = "ui"
build = "cargo run --quiet --bin tool -- build-ui"
output = "build"
[workspace.metadata.extension.binaries.tool]
[workspace.metadata.extension.preview]
env = ["MY_NAME"]
[workspace]
"#;

const METADATA: &str = r#"{"ui": {"dashboard-tab": {"title": "T", "root": "/ui", "src": "index.html"}}, "host": {"binaries": [
    {"darwin": [{"path": "/darwin/tool"}], "windows": [{"path": "/windows/tool.exe"}], "linux": [{"path": "/linux/tool"}]}
]}}"#;

pub(crate) struct Project {
    pub root: Utf8PathBuf,
    _temp: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap().to_owned();
        let project = Self { root, _temp: temp };
        fs::create_dir_all(project.root.join("src")).unwrap();
        fs::create_dir_all(project.root.join("ui")).unwrap();
        project.write("Cargo.toml", MANIFEST);
        project.write("metadata.json", METADATA);
        project.write("src/main.rs", MAIN_RS);
        project.write("ui/page.html", "<head></head>first");
        project
    }

    /// Adds a second host binary, `other`, that needs the crate `shared`.
    pub(crate) fn add_other(&self) {
        for folder in ["other/src", "shared/src"] {
            fs::create_dir_all(self.root.join(folder)).unwrap();
        }
        let package =
            |name| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        let dependency = "[dependencies]\nshared = { path = \"../shared\" }\n";
        self.write("other/Cargo.toml", &format!("{}{dependency}", package("other")));
        self.write("other/src/main.rs", "fn main() { println!(\"{}\", shared::TEXT); }\n");
        self.write("shared/Cargo.toml", &package("shared"));
        self.write("shared/src/lib.rs", "pub const TEXT: &str = \"shared\";\n");
        let table =
            "[workspace.metadata.extension.binaries.other]\n[workspace]\nmembers = [\"other\", \"shared\"]\n";
        self.write("Cargo.toml", &MANIFEST.replace("[workspace]\n", table));
        let other = METADATA.replace("/tool", "/other");
        let entry = &other[other.find("{\"darwin\"").unwrap()..other.rfind("\n]}}").unwrap()];
        self.write("metadata.json", &METADATA.replace("\n]}}", &format!(",\n{entry}\n]}}}}")));
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.root.join(name), text).unwrap();
    }

    /// Changes what the program prints.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        self.edit_file("src/main.rs", from, to);
    }

    /// Replaces text that must be in the file.
    pub(crate) fn edit_file(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.root.join(name)).unwrap();
        assert!(text.contains(from));
        self.write(name, &text.replace(from, to));
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sixfold-preview"));
        command
            .arg("--tool")
            .arg(tool())
            .current_dir(self.root.join("ui"))
            .env_remove("CARGO_TARGET_DIR")
            .kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the command until it is killed or its standard input closes.
    pub(crate) async fn start(&self) -> Started {
        self.start_as(self.command()).await
    }

    /// The same for a modified command.
    pub(crate) async fn start_as(&self, mut command: Command) -> Started {
        command.stderr(Stdio::inherit());
        Self::spawn(command).await
    }

    /// The same, with a standard error that is not read.
    pub(crate) async fn start_unread(&self) -> Started {
        Self::spawn(self.command()).await
    }

    async fn spawn(mut command: Command) -> Started {
        let mut child = command.args(["--no-open", "--until-stdin-closes"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let link = timeout(TIMEOUT * 4, lines.next_line())
            .await
            .expect("the preview prints its link")
            .unwrap()
            .unwrap();
        let (origin, secret) = link.split_once("/#launch=").unwrap();
        let host = origin.strip_prefix("http://").unwrap().to_owned();
        Started {
            stdin: child.stdin.take(),
            child,
            host,
            origin: origin.to_owned(),
            secret: secret.to_owned(),
        }
    }
}

pub(crate) struct Started {
    pub child: Child,
    pub stdin: Option<ChildStdin>,
    host: String,
    origin: String,
    secret: String,
}

impl Started {
    /// Ends the preview, and returns what it has written to a standard error that was not read until now.
    pub(crate) async fn into_stderr(mut self) -> String {
        drop(self.stdin.take());
        let output = timeout(TIMEOUT, self.child.wait_with_output()).await.unwrap().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub(crate) async fn open(&self) -> Socket {
        Socket::open(self, &launch(self, &self.secret).await).await
    }
}

impl Address for Started {
    fn host(&self) -> &str {
        &self.host
    }

    fn origin(&self) -> &str {
        &self.origin
    }

    fn port(&self) -> u16 {
        self.host.rsplit_once(':').unwrap().1.parse().unwrap()
    }
}

/// The program of the tool, which builds the UI. Cargo builds no binary of another package for a test.
fn tool() -> &'static Path {
    static TOOL: LazyLock<PathBuf> = LazyLock::new(|| {
        let mut build = std::process::Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "sixfold", "--manifest-path"]);
        build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(build.status().unwrap().success(), "the tool is not built");
        let preview = Path::new(env!("CARGO_BIN_EXE_sixfold-preview"));
        preview.with_file_name(format!("sixfold{}", std::env::consts::EXE_SUFFIX))
    });
    &TOOL
}
