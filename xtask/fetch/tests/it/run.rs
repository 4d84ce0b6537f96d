//! Runs the program in a folder of its own.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use camino::Utf8PathBuf;
use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_project::prebuilt::protocol::{Event, Item, Request, Unpacked};
use tempfile::TempDir;

/// The cache and the output folder of one test.
pub(crate) struct Sandbox {
    folder: TempDir,
    pub offline: bool,
    /// The value of `--timeout`, in seconds.
    pub timeout: f32,
}

/// The results of a run.
pub(crate) struct Run {
    /// The last event of each item, in the order of the items.
    pub results: Vec<Event>,
    /// The number of progress events.
    pub progress: usize,
    pub stderr: String,
    pub code: Option<i32>,
}

/// The program. The proxies and certificates of this environment are not used.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixfold-fetch"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), offline: false, timeout: 20.0 }
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.folder.path().join(name)).unwrap()
    }

    /// A download that is the binary itself.
    pub(crate) fn item(&self, url: &str, content: &[u8]) -> Item {
        Item {
            id: "tool linux-arm64".to_owned(),
            url: url.to_owned(),
            sha256: Some(Digest::of(content)),
            into: self.path("into"),
            files: vec![Wanted { member: None, name: "tool".to_owned() }],
        }
    }

    /// The binary that was written.
    pub(crate) fn program(&self) -> Vec<u8> {
        std::fs::read(self.path("into/tool")).unwrap()
    }

    pub(crate) fn has_program(&self) -> bool {
        self.path("into/tool").exists()
    }

    pub(crate) fn run(&self, items: &[Item]) -> Run {
        self.run_with(items, |_| {})
    }

    /// The same, after a change to the command.
    pub(crate) fn run_with(&self, items: &[Item], change: impl FnOnce(&mut Command)) -> Run {
        Run::of(self.start(items, change), items)
    }

    pub(crate) fn start(&self, items: &[Item], change: impl FnOnce(&mut Command)) -> Child {
        let mut command = program();
        command.args(["get", "--attempts=3", "--pause=0.01"]).arg(format!("--timeout={}", self.timeout));
        change(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let request = Request { cache: self.path("cache"), offline: self.offline, items: items.to_vec() };
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&serde_json::to_vec(&request).unwrap()).unwrap();
        child
    }
}

impl Run {
    pub(crate) fn of(child: Child, items: &[Item]) -> Self {
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let events: Vec<Event> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let result = |item: &Item| {
            let is_result = |event: &&Event| match event {
                Event::Progress { .. } => false,
                Event::Done { id, .. } | Event::Failed { id, .. } => *id == item.id,
            };
            let mut found = events.iter().filter(is_result);
            let result = found.next().cloned();
            assert!(found.next().is_none(), "two results: {stdout}");
            result
        };
        let results: Vec<Event> = items.iter().filter_map(result).collect();
        Self {
            progress: events.iter().filter(|event| matches!(event, Event::Progress { .. })).count(),
            results,
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    /// The only item was fetched.
    #[track_caller]
    pub(crate) fn succeeded(&self) {
        self.cached();
    }

    /// The only item was fetched. True if it was in the cache.
    #[track_caller]
    pub(crate) fn cached(&self) -> bool {
        match &self.results[..] {
            [Event::Done { cached, .. }] => *cached,
            other => panic!("{other:?}\n{}", self.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn files(&self) -> &[Unpacked] {
        match &self.results[..] {
            [Event::Done { files, .. }] => files,
            other => panic!("{other:?}\n{}", self.stderr),
        }
    }

    /// The only item failed with a message that contains these words. Returns the message.
    #[track_caller]
    pub(crate) fn failed(&self, words: &[&str]) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let [Event::Failed { message, .. }] = &self.results[..] else { panic!("{:?}", self.results) };
        for word in words {
            assert!(message.contains(word), "{word:?} is missing: {message}");
        }
        message.clone()
    }
}
