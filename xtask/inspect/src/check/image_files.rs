//! Where the files of an image come from, for a tool that takes its build over.

use anyhow::{Context as _, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};

use super::context::{Contexts, Disk};
use super::dockerfile::{self, Dockerfile};
use super::source::Source;
use super::trace::{self, Kind, Made, Origin, Tracer, is_known};
use sixfold_model::finding::Place;
use sixfold_model::matrix::Platform;

/// The Dockerfile of a folder, which is its build context.
pub struct ImageFiles {
    root: Utf8PathBuf,
    pub source: Source,
    pub file: Dockerfile,
}

/// Where a file of the image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// A file or a folder of the build context.
    Project(String),
    /// What is copied from the build context, and does not exist yet: the file or a folder above it.
    Later(String, Place),
    /// Commands of the Dockerfile that have made it, at least one.
    Commands(Vec<Command>),
    /// A base image, or something that cannot be followed.
    Unknown,
}

/// A command of RUN, or an address of ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub kind: CommandKind,
    /// The program and its arguments. Variables are expanded.
    pub words: Vec<String>,
    /// The command with what is piped into it.
    pub text: String,
    /// The folder in which it runs.
    pub cwd: String,
    /// The stage that it is in.
    pub stage: usize,
    pub place: Place,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandKind {
    Fetches,
    CompilesGo,
    Other,
}

impl ImageFiles {
    /// Reads the Dockerfile. Fails with its place if it is not one.
    pub fn read(root: &Utf8Path, name: &str) -> Result<Self> {
        let source = Source::read(root, name)?.with_context(|| format!("{root} has no {name}"))?;
        let file = dockerfile::parse(&source)
            .map_err(|finding| anyhow!("{}: {}\nhelp: {}", finding.place, finding.message, finding.help))?;
        Ok(Self { root: root.to_owned(), source, file })
    }

    /// Where a file of the image comes from. The path is absolute.
    pub fn origin(&self, platform: Platform, path: &str) -> FileSource {
        self.with_tracer(|tracer| match tracer.origin(platform, path) {
            Origin::Context { path, .. } => FileSource::Project(path),
            Origin::Later { path, at } => FileSource::Later(path, self.source.place(at)),
            Origin::Made(made) => {
                FileSource::Commands(made.into_iter().map(|made| self.command(made)).collect())
            }
            Origin::Nowhere | Origin::Image | Origin::Unknown => FileSource::Unknown,
        })
    }

    /// The file of the project that a stage has at this path.
    pub fn in_project(&self, stage: usize, path: &str) -> Option<String> {
        self.with_tracer(|tracer| match tracer.origin_in(stage, Platform::ALL[0], path) {
            Origin::Context { path, .. } => Some(path),
            _ => None,
        })
    }

    /// The stage and the path in it that the image has at this path, if it is copied as a whole.
    pub fn copied_to(&self, path: &str) -> Option<(usize, String)> {
        self.with_tracer(|tracer| tracer.copied_to(Platform::ALL[0], path))
    }

    /// The files in a folder of a stage, as absolute paths. `None` if there may be others.
    pub fn files_in(&self, stage: usize, folder: &str) -> Option<Vec<String>> {
        let each =
            Platform::ALL.map(|platform| self.with_tracer(|tracer| tracer.files_in(stage, platform, folder)));
        let [amd64, arm64] = each;
        Some(amd64?.into_iter().chain(arm64?).collect())
    }

    fn with_tracer<T>(&self, ask: impl FnOnce(&Tracer<'_>) -> T) -> T {
        let disk =
            Disk { root: self.root.clone(), dockerfile: self.root.join(&self.source.name), made: None };
        let contexts = Contexts::new(disk, []);
        ask(&Tracer::new(&self.file, &contexts))
    }

    fn command(&self, made: Made) -> Command {
        let stage = self.file.stages.iter().rposition(|stage| stage.from.at <= made.at);
        Command {
            kind: match made.kind {
                Kind::Fetched => CommandKind::Fetches,
                Kind::Go { .. } => CommandKind::CompilesGo,
                _ => CommandKind::Other,
            },
            words: made.words,
            text: format!("{} {}", made.named, made.text),
            cwd: made.cwd,
            stage: stage.unwrap_or_default(),
            place: self.source.place(made.at),
        }
    }
}

/// True if the text depends on nothing that is only known when the image is built.
pub fn is_certain(text: &str) -> bool {
    is_known(text)
}

/// An absolute path without `.` and `..`.
pub fn normal(path: &str) -> String {
    trace::normal(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_its_source() {
        let temporary = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temporary.path()).unwrap();
        let text = "FROM golang AS go\nWORKDIR /src\nCOPY backend .\nRUN GOOS=linux go build -o /tool ./cmd\n\
                    FROM alpine AS dl\nARG TARGETARCH\nRUN curl -L https://x.example/$TARGETARCH | tar xz -C /out\n\
                    FROM scratch\nCOPY --from=go /tool /linux/tool\nCOPY --from=dl /out/a /linux/a\nCOPY run.sh out/b /linux/\n";
        fs_err::create_dir(root.join("backend")).unwrap();
        for (name, text) in
            [("Dockerfile", text), ("run.sh", "#!/bin/sh\n"), ("backend/go.mod", "module x\n")]
        {
            fs_err::write(root.join(name), text).unwrap();
        }
        let files = ImageFiles::read(root, "Dockerfile").unwrap();
        let origin = |path| files.origin(Platform::ALL[1], path);
        assert_eq!(origin("/linux/run.sh"), FileSource::Project("run.sh".into()));
        assert!(matches!(origin("/linux/b"), FileSource::Later(path, _) if path == "out/b"));
        assert_eq!(origin("/other"), FileSource::Unknown);
        let FileSource::Commands(go) = origin("/linux/tool") else { panic!("{:?}", origin("/linux/tool")) };
        assert_eq!((go[0].kind, go[0].cwd.as_str(), go[0].stage), (CommandKind::CompilesGo, "/src", 0));
        assert_eq!(go[0].words, ["go", "build", "-o", "/tool", "./cmd"]);
        assert_eq!(go[0].place.to_string(), "Dockerfile:4:5");
        assert_eq!(files.in_project(0, "/src/go.mod").as_deref(), Some("backend/go.mod"));
        assert_eq!(files.copied_to("/linux/tool"), Some((0, "/tool".into())));
        assert_eq!(files.files_in(0, "/tool").unwrap(), ["/tool", "/tool"]);
        assert_eq!(files.files_in(0, "/src"), None);
        assert_eq!(files.files_in(1, "/out"), None);
        let FileSource::Commands(dl) = origin("/linux/a") else { panic!("{:?}", origin("/linux/a")) };
        assert!(
            dl[0].kind == CommandKind::Fetches && dl[0].text.contains("https://x.example/arm64"),
            "{dl:?}"
        );
    }
}
