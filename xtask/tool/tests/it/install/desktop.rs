//! The stand-in for the desktops: where it is, and what it has been told.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::project::{Project, Ran, path_with};

/// An extension on a machine that has the programs named, and no other docker, rdctl or nerdctl.
pub(super) struct Desktops {
    pub project: Project,
    /// What the stand-in remembers, and what makes it fail.
    state: TempDir,
    /// All that is on the PATH.
    tools: TempDir,
    /// Where settings are looked for.
    home: TempDir,
}

impl Desktops {
    pub(super) fn new(programs: &[&str]) -> Self {
        Self::of(Project::new(), programs)
    }

    /// With a page.
    pub(super) fn with_page(programs: &[&str]) -> Self {
        Self::of(Project::with_page(), programs)
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

    /// With `N` for the time in a tag.
    pub(super) fn read(&self, name: &str) -> String {
        let text = self.read_exactly(name);
        let mut parts = text.split("-dev.");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            format!("{text}-dev.N{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
        })
    }

    /// Every call since the start, in order, but for the long one that builds.
    pub(super) fn calls(&self) -> String {
        let calls = self.read("calls").replace(self.project.path("").as_str(), "[project]/");
        calls.lines().filter(|call| !call.contains("buildx")).map(|call| format!("{call}\n")).collect()
    }

    pub(super) fn forget_calls(&self) {
        std::fs::remove_file(self.path("calls")).unwrap();
    }

    /// Writes Docker Desktop's settings where this system has them.
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

/// The stand-in, compiled once.
fn stand_in() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = FOLDER.get_or_init(|| tempfile::tempdir().unwrap()).path().join("stand-in");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/install/stand_in.rs");
        let built = Command::new("rustc").args(["--edition", "2024", source, "-o"]).arg(&program).status();
        assert!(built.unwrap().success(), "the stand-in does not compile");
        program
    })
}
