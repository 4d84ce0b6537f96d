//! Runs the tool with fake desktops, and reads what they recorded.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::project::{Project, Ran, path_with};

/// An extension on a machine that has only fakes of docker, rdctl or nerdctl.
pub(super) struct Desktops {
    pub project: Project,
    /// The files that the fake writes, and files that make it fail.
    state: TempDir,
    /// The only folder on the PATH.
    tools: TempDir,
    /// The home directory, with the settings of the desktop.
    home: TempDir,
}

impl Desktops {
    pub(super) fn new(programs: &[&str]) -> Self {
        Self::of(Project::new(), programs)
    }

    /// An extension with a UI.
    pub(super) fn with_ui(programs: &[&str]) -> Self {
        Self::of(Project::with_ui(), programs)
    }

    fn of(project: Project, programs: &[&str]) -> Self {
        let [state, tools, home] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
        path_with(tools.path(), &["cargo", "rustc"]);
        for program in programs {
            std::os::unix::fs::symlink(stand_in(), tools.path().join(program)).unwrap();
        }
        Self { project, state, tools, home }
    }

    pub(super) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, |_| {})
    }

    pub(super) fn run_with(&self, args: &[&str], change: impl FnOnce(&mut Command)) -> Ran {
        self.project.run_with(args, |command| {
            for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
                let standard = || std::env::home_dir().unwrap().join(folder).into_os_string();
                command.env(name, std::env::var_os(name).unwrap_or_else(standard));
            }
            command
                .env("HOME", self.home.path())
                .env("PATH", self.tools.path())
                .env("STAND_IN", self.state.path());
            command.env_remove("DOCKER_HOST").env_remove("STAND_IN_DOCKER");
            change(command);
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.state.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn read_exactly(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Reads a file, with `N` in place of the time in a tag.
    pub(super) fn read(&self, name: &str) -> String {
        let text = self.read_exactly(name);
        let mut parts = text.split("-dev.");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            format!("{text}-dev.N{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
        })
    }

    /// All recorded calls in order, except those of buildx, which are long.
    pub(super) fn calls(&self) -> String {
        let calls = self.read("calls").replace(self.project.path("").as_str(), "[project]/");
        calls.lines().filter(|call| !call.contains("buildx")).map(|call| format!("{call}\n")).collect()
    }

    pub(super) fn forget_calls(&self) {
        std::fs::remove_file(self.path("calls")).unwrap();
    }

    /// Writes Docker Desktop's settings to the folder that this system uses.
    pub(super) fn write_settings(&self, text: &str) {
        let folder = match cfg!(target_os = "macos") {
            true => "Library/Group Containers/group.com.docker",
            false => ".docker/desktop",
        };
        let folder = self.home.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("settings-store.json"), text).unwrap();
    }
}

/// The fake program, compiled once.
fn stand_in() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = FOLDER.get_or_init(|| tempfile::tempdir().unwrap()).path().join("stand-in");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/install/stand_in.rs");
        let built = Command::new("rustc").args(["--edition", "2024", source, "-o"]).arg(&program).status();
        assert!(built.unwrap().success(), "stand_in.rs does not compile");
        program
    })
}
