//! A copy of an extension in a temporary folder, where the real `cargo xtask` is run.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::program::FOR_THIS_MACHINE;
use tempfile::TempDir;

use crate::process::{Finished, Running, run};

pub(crate) const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
pub(crate) const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/fixtures");

/// The commit time of every copy, in seconds since the epoch. Files in an archive must have this time.
pub(crate) const COMMITTED: u64 = 1_700_000_000;

pub(crate) struct Sandbox {
    pub root: Utf8PathBuf,
    target: Utf8PathBuf,
    _folder: TempDir,
}

impl Sandbox {
    /// The smallest extension.
    pub(crate) fn hello() -> Sandbox {
        Sandbox::fixture("hello")
    }

    /// A folder of `fixtures/`.
    pub(crate) fn fixture(name: &str) -> Sandbox {
        Sandbox::make(|root| fill(&Utf8Path::new(FIXTURES).join(name), root))
    }

    /// An extension of `fixtures/adopted/`, with the UI of `hello` and what all of them have in common.
    pub(crate) fn adopted(name: &str) -> Sandbox {
        let fixtures = Utf8Path::new(FIXTURES);
        Sandbox::make(|root| {
            copy(&fixtures.join("hello/ui"), &root.join("ui"));
            fill(&fixtures.join("adopted").join(name), root);
            let own = format!("{name}/extension.toml");
            let parts = ["common/package.toml", &own, "common/tables.toml"]
                .map(|file| fs_err::read_to_string(fixtures.join("adopted").join(file)).unwrap());
            fs_err::write(root.join("extension.toml"), parts.join("\n")).unwrap();
        })
    }

    /// An extension of `fixtures/adopt/`, with its last changes before it is committed.
    pub(crate) fn to_adopt(name: &str, change: impl FnOnce(&Utf8Path)) -> Sandbox {
        Sandbox::make(|root| {
            fill(&Utf8Path::new(FIXTURES).join("adopt").join(name), root);
            change(root);
        })
    }

    /// This repository, with uncommitted changes. What is compiled is kept for the next run.
    pub(crate) fn this_repository() -> Sandbox {
        let mut sandbox = Sandbox::make(|root| {
            let listed = run(Command::new("git").args(["ls-files", "-z"]).current_dir(WORKSPACE)).succeeded();
            for file in listed.stdout.split_terminator('\0') {
                let [from, to] = [Utf8Path::new(WORKSPACE).join(file), root.join(file)];
                // A deleted file is listed until the deletion is committed.
                if from.is_file() {
                    fs_err::create_dir_all(to.parent().unwrap()).unwrap();
                    fs_err::copy(from, to).unwrap();
                }
            }
        });
        sandbox.target = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("repository");
        sandbox
    }

    fn make(fill: impl FnOnce(&Utf8Path)) -> Sandbox {
        let folder = tempfile::Builder::new().prefix("sixfold-e2e-").tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join("extension, a folder");
        fs_err::create_dir(&root).unwrap();
        fill(&root);
        commit(&root);
        Sandbox { target: root.join("target"), root, _folder: folder }
    }

    /// `cargo xtask` with these arguments, in the root of the copy.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(xtask());
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Finished {
        run(&mut self.command(arguments))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(&mut self.command(arguments))
    }

    /// Runs `dist` with these flags. It must succeed and print only the path of the archive, which is returned.
    #[track_caller]
    pub(crate) fn dist(&self, flags: &[&str]) -> Utf8PathBuf {
        let done = self.xtask(&[&["dist"], flags].concat()).succeeded();
        let path = done.stdout.strip_suffix('\n').unwrap();
        assert_eq!(path, self.archive(), "{}", done.stderr);
        path.into()
    }

    /// Runs `dist --push` with this name for the image.
    pub(crate) fn push(&self, image: &str) -> Finished {
        self.xtask(&["dist", "--push", "--image", image])
    }

    /// Configures that programs list their crates, and gives the binary of `package` a dependency outside of the workspace.
    pub(crate) fn make_auditable(&self, package: &str) {
        self.edit("Cargo.toml", "resolver = ", "exclude = [\"dep\"]\nresolver = ");
        self.edit("Cargo.toml", "image = ", "auditable = true\nimage = ");
        let dep = self.root.join("dep");
        fs_err::create_dir_all(dep.join("src")).unwrap();
        let manifest = "[package]\nname = \"dep\"\nversion = \"3.2.1\"\nedition = \"2024\"\n";
        fs_err::write(dep.join("Cargo.toml"), manifest).unwrap();
        fs_err::write(dep.join("src/lib.rs"), "pub fn f() {}\n").unwrap();
        let path = self.root.join(package).join("Cargo.toml");
        let manifest = fs_err::read_to_string(&path).unwrap();
        let line = "[dependencies]\ndep = { path = \"../dep\" }\n";
        fs_err::write(&path, format!("{manifest}\n{line}")).unwrap();
    }

    /// `cargo xtask` with the real cargo-auditable on the `PATH`.
    pub(crate) fn auditable(&self, arguments: &[&str]) -> Command {
        let program = std::env::var("E2E_AUDITABLE").expect("no E2E_AUDITABLE: run `cargo ci --only e2e`");
        let folder = Utf8Path::new(&program).parent().unwrap().as_std_path().to_owned();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path))).unwrap();
        let mut command = self.command(arguments);
        command.env("PATH", path);
        command
    }

    /// The path of the archive, which need not exist yet.
    pub(crate) fn archive(&self) -> Utf8PathBuf {
        let manifest = fs_err::read_to_string(self.root.join("Cargo.toml")).unwrap();
        let workspace = &manifest.parse::<toml::Table>().unwrap()["workspace"];
        let image = workspace["metadata"]["extension"]["image"].as_str().unwrap();
        let (_, name) = image.rsplit_once('/').unwrap();
        let version = workspace["package"]["version"].as_str().unwrap();
        self.dist_folder().join(format!("{name}-{version}.oci.tar"))
    }

    pub(crate) fn dist_folder(&self) -> Utf8PathBuf {
        self.target.join("dist")
    }

    /// Replaces the first occurrence of `from` in a file of the copy. Panics if there is none.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.root.join(file);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from:?} is not in {file}");
        fs_err::write(&path, text.replacen(from, to, 1)).unwrap();
    }
}

/// A repository in the private registry. Each test uses a name of its own.
pub(crate) fn repository(name: &str) -> String {
    let registry = std::env::var("E2E_REGISTRY").expect("no E2E_REGISTRY: run `cargo ci --only e2e`");
    format!("{registry}/example/{name}")
}

/// The path of the binary that `cargo xtask` runs. It is built once.
pub(crate) fn xtask() -> &'static str {
    static BINARY: OnceLock<String> = OnceLock::new();
    BINARY.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--locked",
            "--package",
            "xtask",
            "--message-format",
            "json-render-diagnostics",
        ]);
        let built = run(cargo.args(FOR_THIS_MACHINE).current_dir(WORKSPACE)).succeeded();
        let messages =
            built.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut binaries = messages.filter_map(|message| message["executable"].as_str().map(str::to_owned));
        binaries.next_back().expect("cargo built no binary")
    })
}

fn commit(root: &Utf8Path) {
    git(root, &["init", "--quiet"]);
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message", "Copy"]);
}

/// git in a folder. A commit has an author and a date of its own. Returns what git prints.
pub(crate) fn git(folder: &Utf8Path, arguments: &[&str]) -> String {
    let date = format!("{COMMITTED} +0000");
    let settings = ["user.name=e2e", "user.email=e2e@example.org", "core.autocrlf=false"];
    let mut command = Command::new("git");
    command.args(settings.iter().flat_map(|setting| ["-c", setting])).args(arguments).current_dir(folder);
    run(command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date)).succeeded().stdout
}

/// Copies a fixture, with the Dockerfile beside it and the icon of this repository if it has none.
fn fill(fixture: &Utf8Path, root: &Utf8Path) {
    copy(fixture, root);
    for (folder, name) in [(FIXTURES, "Dockerfile"), (WORKSPACE, "icon.svg")] {
        if !root.join(name).exists() {
            fs_err::copy(Utf8Path::new(folder).join(name), root.join(name)).unwrap();
        }
    }
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(entry.path(), &to);
        } else {
            fs_err::copy(entry.path(), to).unwrap();
        }
    }
}
