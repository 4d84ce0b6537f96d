//! When the UI is built again, and when its packages are installed again.

use std::os::unix::fs::symlink;
use std::process::Command;

use tempfile::TempDir;

use crate::project::{Project, Ran, program};

/// A project whose UI is copied from `src` to `build`. `node` and `npm` are scripts: npm records its calls in `calls`.
struct Built {
    project: Project,
    tools: TempDir,
}

impl Built {
    fn new() -> Self {
        let project = Project::with_ui_built_by("mkdir -p build && cp -RL src/. build");
        project.write("ui/src/index.js", "one");
        let built = Self { project, tools: tempfile::tempdir().unwrap() };
        built.node("v22.0.0");
        built.npm("");
        built
    }

    /// With packages that `npm ci` installs.
    fn with_packages() -> Self {
        let built = Self::new();
        built.project.edit("Cargo.toml", "build = \"sh ", "install = \"npm ci\"\nbuild = \"sh ");
        built.project.write("ui/package.json", "{}");
        built
    }

    fn node(&self, version: &str) {
        program(self.tools.path(), "node", &format!("#!/bin/sh\necho {version}\n"));
    }

    /// An npm that makes node_modules and then runs this script.
    fn npm(&self, script: &str) {
        let calls = self.project.path("calls");
        let start = format!("echo \"$* $NODE_ENV $npm_config_include\" >> '{calls}'\nmkdir -p node_modules");
        program(self.tools.path(), "npm", &format!("#!/bin/sh\n{start}\n{script}\n"));
    }

    fn run_with(&self, change: impl FnOnce(&mut Command)) -> Ran {
        let path = format!("{}:{}", self.tools.path().display(), std::env::var("PATH").unwrap());
        self.project.run_with(&["ui"], |command| {
            command.env("PATH", path).env("HOME", self.tools.path()).env_remove("NODE_ENV");
            for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
                let standard = || std::env::home_dir().unwrap().join(folder).into_os_string();
                command.env(name, std::env::var_os(name).unwrap_or_else(standard));
            }
            change(command);
        })
    }

    /// Whether a run builds the UI.
    #[track_caller]
    fn builds_with(&self, change: impl FnOnce(&mut Command)) -> bool {
        let stderr = self.run_with(change).succeeded().stderr;
        assert_ne!(stderr.contains("Built the UI"), stderr.contains("Fresh UI"), "{stderr}");
        stderr.contains("Built the UI")
    }

    #[track_caller]
    fn builds(&self) -> bool {
        self.builds_with(|_| {})
    }

    /// Builds, then asserts that another run does not.
    #[track_caller]
    fn is_built_once(&self) {
        assert!(self.builds(), "the UI was not built");
        assert!(!self.builds(), "the UI was built again without a change");
    }

    fn link(&self, target: &str, link: &str) {
        symlink(target, self.project.path(link)).unwrap();
    }

    /// The recorded calls of npm.
    fn calls(&self) -> usize {
        std::fs::read_to_string(self.project.path("calls")).unwrap_or_default().lines().count()
    }
}

#[test]
fn a_change_behind_a_link_to_a_file_rebuilds_the_ui() {
    let built = Built::new();
    built.project.write("shared/lib.js", "one");
    built.link("../../shared/lib.js", "ui/src/lib.js");
    built.is_built_once();
    built.project.write("shared/lib.js", "two");
    assert!(built.builds());
    assert_eq!(built.project.read("ui/build/lib.js"), b"two");
}

#[test]
fn a_change_behind_a_link_to_a_folder_rebuilds_the_ui() {
    let built = Built::new();
    built.project.write("shared/a/lib.js", "one");
    built.project.write("more/lib.js", "one");
    built.link("../../shared", "ui/src/shared");
    built.link("../more", "shared/more");
    built.is_built_once();
    built.project.write("shared/a/lib.js", "two");
    assert!(built.builds(), "a file behind the link");
    built.project.write("more/lib.js", "two");
    assert!(built.builds(), "a file behind a link behind the link");
    assert!(!built.builds());
}

#[test]
fn loops_of_links_and_broken_links_do_not_stop_the_build() {
    let built = Built::new();
    built.project.write("ui/build.sh", "mkdir -p build && cp src/index.js build");
    built.link("..", "ui/src/up");
    built.link("../..", "ui/src/root");
    built.link("nowhere", "ui/src/broken");
    built.link("self", "ui/src/self");
    built.is_built_once();
    built.project.write("icon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"x\"/>");
    assert!(built.builds(), "a file behind the link to the root");
    std::fs::remove_file(built.project.path("ui/src/broken")).unwrap();
    built.link("elsewhere", "ui/src/broken");
    assert!(built.builds(), "a broken link that points elsewhere");
}

#[test]
fn a_change_in_a_declared_local_package_rebuilds_the_ui() {
    let built = Built::new();
    let package = r#"{"dependencies": {"a": "file:../a"}, "devDependencies": {"b": "link:../b"}}"#;
    built.project.write("ui/package.json", package);
    built.project.write("a/package.json", r#"{"dependencies": {"c": "../c"}}"#);
    for name in ["a", "b", "c"] {
        built.project.write(&format!("{name}/src/index.js"), "one");
    }
    built.is_built_once();
    for name in ["a", "b", "c"] {
        built.project.write(&format!("{name}/src/index.js"), "two");
        assert!(built.builds(), "a file of the package {name}");
    }
    assert!(!built.builds());
}

#[test]
fn a_change_in_a_linked_or_workspace_package_rebuilds_the_ui() {
    let built = Built::new();
    built.project.write("package.json", r#"{"workspaces": ["packages/*", "ui"]}"#);
    built.project.write("packages/shared/index.js", "one");
    built.project.write("linked/index.js", "one");
    built.project.write("node_modules/@own/x", "");
    built.project.write("ui/node_modules/x", "");
    built.link("../../packages/shared", "node_modules/@own/shared");
    built.link("../../linked", "ui/node_modules/linked");
    built.is_built_once();
    for file in ["packages/shared/index.js", "linked/index.js", "package.json"] {
        built.project.write(file, r#"{"workspaces": []}"#);
        assert!(built.builds(), "{file}");
    }
    built.project.write("ui/node_modules/installed/index.js", "");
    assert!(!built.builds(), "an installed package is pinned by the lock file");
}

#[test]
fn a_change_in_a_file_that_a_source_refers_to_rebuilds_the_ui() {
    let built = Built::new();
    built.project.write("shared/format.js", "import './locale.js'; import '../more/util'");
    built.project.write("shared/locale.js", "one");
    built.project.write("more/util.ts", "one");
    built.project.write("base.json", "one");
    built.project.write("ui/src/index.js", "import { format } from \"../../shared/format.js\"");
    built.project.write("ui/tsconfig.json", r#"{"extends": "../base.json"}"#);
    built.is_built_once();
    for file in ["shared/format.js", "shared/locale.js", "more/util.ts", "base.json"] {
        let text = String::from_utf8(built.project.read(file)).unwrap();
        built.project.write(file, &format!("{text} // changed"));
        assert!(built.builds(), "{file}");
        assert!(!built.builds(), "{file} was not changed again");
    }
    built.project.write("tool/src/main.rs", "fn main() {}");
    assert!(!built.builds(), "a file that the UI does not refer to");
}

#[test]
fn another_environment_rebuilds_the_ui() {
    let built = Built::new();
    built.is_built_once();
    // Only the code of a build knows which variables it reads.
    for (name, value) in [("NODE_ENV", "production"), ("VITE_API", "https://example.org"), ("MY_API", "1")] {
        let set = |command: &mut Command| {
            command.env(name, value);
        };
        assert!(built.builds_with(set), "{name} was set");
        assert!(!built.builds_with(set), "{name} was set before");
        assert!(built.builds(), "{name} was unset");
    }
    let other_terminal = |command: &mut Command| {
        command.env("TERM", "other").env("SSH_TTY", "/dev/pts/1").env("CARGO_PKG_NAME", "xtask");
    };
    assert!(!built.builds_with(other_terminal), "another terminal");
    built.project.write("ui/.npmrc", "omit=dev\n");
    assert!(built.builds(), ".npmrc was added");
}

#[test]
fn another_node_or_npm_setting_installs_and_builds_again() {
    let built = Built::with_packages();
    built.is_built_once();
    assert_eq!(built.calls(), 1);
    built.node("v24.0.0");
    built.is_built_once();
    assert_eq!(built.calls(), 2, "another version of Node.js");
    std::fs::write(built.tools.path().join(".npmrc"), "omit=dev\n").unwrap();
    built.is_built_once();
    assert_eq!(built.calls(), 3, "another setting of the user");
    let omit = |command: &mut Command| {
        command.env("npm_config_omit", "optional");
    };
    assert!(built.builds_with(omit) && !built.builds_with(omit));
    assert_eq!(built.calls(), 4, "another setting in the environment");
    built.project.write("ui/src/index.js", "two");
    assert!(built.builds_with(omit));
    assert_eq!(built.calls(), 4, "a source file does not change the packages");
}

#[test]
fn an_installation_includes_development_dependencies() {
    let built = Built::with_packages();
    let production = |command: &mut Command| {
        command.env("NODE_ENV", "production");
    };
    assert!(built.builds_with(production));
    assert_eq!(built.project.read("calls"), b"ci  dev\n");
}

#[test]
fn a_build_that_a_signal_ends_keeps_its_packages() {
    let built = Built::with_packages();
    built.is_built_once();
    built.project.write("ui/build.sh", "kill -TERM $$");
    let stderr = built.run_with(|_| {}).failed(1, &["cannot build the UI"]).stderr;
    assert!(!stderr.contains("installing them again"), "{stderr}");
    assert_eq!(built.calls(), 1);
}

#[test]
fn a_change_of_the_installed_packages_installs_them_again() {
    let built = Built::with_packages();
    built.npm("echo all > node_modules/.package-lock.json");
    built.is_built_once();
    built.project.write("ui/node_modules/.package-lock.json", "some");
    built.is_built_once();
    assert_eq!(built.calls(), 2);
}

#[test]
fn a_build_that_fails_with_earlier_packages_installs_them_again_once() {
    let built = Built::with_packages();
    built.npm("touch node_modules/bundler");
    built.project.write("ui/build.sh", "[ -e node_modules/bundler ] && mkdir -p build && cp src/* build");
    built.is_built_once();
    std::fs::remove_file(built.project.path("ui/node_modules/bundler")).unwrap();
    built.project.write("ui/src/index.js", "two");
    let stderr = built.run_with(|_| {}).succeeded().stderr;
    assert!(stderr.contains("installing them again"), "{stderr}");
    assert_eq!(built.calls(), 2);

    built.project.write("ui/build.sh", "echo a mistake; exit 1");
    built.run_with(|_| {}).failed(1, &["installing them again", "cannot build the UI", "a mistake"]);
    assert_eq!(built.calls(), 3);
    let stderr = built.run_with(|_| {}).failed(1, &["cannot build the UI"]).stderr;
    assert!(!stderr.contains("installing them again"), "{stderr}");
    assert_eq!(built.calls(), 3, "the packages are not the cause");
}

#[test]
fn a_build_gets_the_authors_environment() {
    let built = Built::new();
    built.project.write("ui/build.sh", "mkdir -p build; echo \"$API [$CARGO_PKG_NAME]\" > build/environment");
    let set = |command: &mut Command| {
        command.env("API", "https://example.org").env("CARGO_PKG_NAME", "xtask");
    };
    assert!(built.builds_with(set));
    assert_eq!(built.project.read("ui/build/environment"), b"https://example.org []\n");
}

#[test]
fn the_lock_file_chooses_the_command_that_installs() {
    let built = Built::new();
    built.project.write("ui/package.json", "{}");
    built.project.write("ui/build.sh", "[ -e node_modules/yarn ] && mkdir -p build && cp src/* build");
    built
        .run_with(|_| {})
        .failed(1, &["cannot build the UI", "help: no packages were installed", "`install`"]);
    built.project.write("package.json", r#"{"workspaces": ["ui"]}"#);
    built.project.write("yarn.lock", "# yarn lockfile v1\n");
    program(
        built.tools.path(),
        "yarn",
        "#!/bin/sh\nmkdir -p node_modules && echo \"$*\" > node_modules/yarn\n",
    );
    built.is_built_once();
    assert_eq!(built.project.read("ui/node_modules/yarn"), b"install --frozen-lockfile --ignore-scripts\n");
}
