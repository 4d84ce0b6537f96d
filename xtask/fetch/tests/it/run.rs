//! How the program is run, and what is in its folder.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use camino::Utf8PathBuf;
use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_project::prebuilt::protocol::{Event, Item, Request, Unpacked};
use tempfile::TempDir;

/// Cache and target folder of one test.
pub struct Workplace {
    folder: TempDir,
    pub offline: bool,
    /// How long a server may be silent, in seconds.
    pub silence: f32,
}

/// What a run said.
pub struct Ran {
    /// Without those of progress, in the order of the items.
    pub answers: Vec<Event>,
    pub progress: usize,
    pub stderr: String,
    pub code: Option<i32>,
}

/// The program, without the proxies and certificates of this environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixfold-fetch"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

impl Workplace {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), offline: false, silence: 20.0 }
    }

    pub fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.folder.path().join(name)).unwrap()
    }

    /// One program, which the download is.
    pub fn item(&self, url: &str, content: &[u8]) -> Item {
        Item {
            id: "tool linux-arm64".to_owned(),
            url: url.to_owned(),
            sha256: Some(Digest::of(content)),
            into: self.path("into"),
            files: vec![Wanted { member: None, name: "tool".to_owned() }],
        }
    }

    /// The program that has been written.
    pub fn program(&self) -> Vec<u8> {
        std::fs::read(self.path("into/tool")).unwrap()
    }

    pub fn has_program(&self) -> bool {
        self.path("into/tool").exists()
    }

    pub fn run(&self, items: &[Item]) -> Ran {
        self.run_with(items, |_| {})
    }

    /// The same, with a change to the command.
    pub fn run_with(&self, items: &[Item], change: impl FnOnce(&mut Command)) -> Ran {
        Ran::of(self.start(items, change), items)
    }

    pub fn start(&self, items: &[Item], change: impl FnOnce(&mut Command)) -> Child {
        let mut command = program();
        command.args(["get", "--attempts=3", "--pause=0.01"]).arg(format!("--silence={}", self.silence));
        change(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let request = Request { cache: self.path("cache"), offline: self.offline, items: items.to_vec() };
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&serde_json::to_vec(&request).unwrap()).unwrap();
        child
    }
}

impl Ran {
    pub fn of(child: Child, items: &[Item]) -> Self {
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let events: Vec<Event> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let answer = |item: &Item| {
            let is_answer = |event: &&Event| match event {
                Event::Progress { .. } => false,
                Event::Done { id, .. } | Event::Failed { id, .. } => *id == item.id,
            };
            let mut found = events.iter().filter(is_answer);
            let answer = found.next().cloned();
            assert!(found.next().is_none(), "two answers: {stdout}");
            answer
        };
        let answers: Vec<Event> = items.iter().filter_map(answer).collect();
        Self {
            progress: events.iter().filter(|event| matches!(event, Event::Progress { .. })).count(),
            answers,
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    /// The only item is here; says whether it was in the cache.
    #[track_caller]
    pub fn done(&self) -> bool {
        match &self.answers[..] {
            [Event::Done { cached, .. }] => *cached,
            other => panic!("{other:?}\n{}", self.stderr),
        }
    }

    #[track_caller]
    pub fn files(&self) -> &[Unpacked] {
        match &self.answers[..] {
            [Event::Done { files, .. }] => files,
            other => panic!("{other:?}\n{}", self.stderr),
        }
    }

    /// The only item failed, with all of these words; gives the message.
    #[track_caller]
    pub fn failed(&self, words: &[&str]) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let [Event::Failed { message, .. }] = &self.answers[..] else { panic!("{:?}", self.answers) };
        for word in words {
            assert!(message.contains(word), "{word:?} is not said: {message}");
        }
        message.clone()
    }
}
