//! New projects, made by `init` and built with the tool from a git repository, and from a registry of packages.

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::image::read_archive;
use crate::process::{Finished, run};
use crate::sandbox::{Sandbox, WORKSPACE, git, xtask};

const ANSWERS: [&str; 8] =
    ["--bin", "my-tool", "--image", "you/my-tool", "--title", "My Tool", "--vendor", "Me"];

/// A folder for new projects, with cache folders of its own. What is compiled is kept for the next run, and so is zig.
struct Place {
    folder: TempDir,
    target: Utf8PathBuf,
    /// Another test that builds in the same folder would replace the program while it runs.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

impl Place {
    fn new(target: &str) -> Self {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::Builder::new().prefix("sixfold-e2e-").tempdir().unwrap();
        let home = std::env::var("CARGO_HOME")
            .map_or_else(|_| std::env::home_dir().unwrap().join(".cargo"), Into::into);
        // Checkouts of this test's repositories do not belong there.
        std::fs::create_dir(folder.path().join("cargo")).unwrap();
        // The same downloads, with the same locks and records.
        for name in ["registry", ".package-cache", ".package-cache-mutate", ".global-cache"] {
            std::os::unix::fs::symlink(home.join(name), folder.path().join("cargo").join(name)).unwrap();
        }
        link_cache(&folder.path().join("cache"));
        Self { folder, target: Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(target), _turn }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    /// A program that is run in a folder of this place.
    fn command(&self, folder: &str, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.path(folder)).env("CARGO_HOME", self.path("cargo"));
        command.env("CARGO_TARGET_DIR", &self.target).env("SIXFOLD_CACHE", self.path("cache"));
        // What cargo sets for this test would describe another project.
        command.env_remove("CARGO_MANIFEST_DIR");
        for (name, value) in [("NAME", "e2e"), ("EMAIL", "e2e@example.org")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command
    }

    /// cargo in the project `new`.
    fn cargo(&self, args: &[&str]) -> Finished {
        run(&mut self.command("new", env!("CARGO"), args))
    }

    fn init(&self, tool: &str, flags: &[&str]) {
        let args = [&["init", "new", "--tool", tool], &ANSWERS[..], flags].concat();
        run(&mut self.command("", xtask(), &args)).succeeded();
    }

    /// Asserts that the project builds an archive, which is returned, and that `check` finds only notes.
    fn assert_builds(&self) -> Utf8PathBuf {
        let archive = self.cargo(&["xtask", "dist"]).succeeded().stdout.trim().into();
        let checked = self.cargo(&["xtask", "check"]).succeeded().stdout;
        assert!(checked.contains("No problems found. (2 notes)"), "{checked}");
        archive
    }

    /// Has the tool build the program for downloads, which then finds no server.
    fn assert_companion_is_built(&self, folder: &str) {
        let manifest = self.path("new/Cargo.toml");
        let text = fs_err::read_to_string(&manifest).unwrap();
        let table = "\n[workspace.metadata.extension.binaries.jq]\nversion = \"1\"\nurl = \"http://127.0.0.1:9/{os}/{arch}\"\n";
        fs_err::write(&manifest, text.clone() + table).unwrap();
        self.cargo(&["xtask", "prebuilt", "update"]).failed(1, &["127.0.0.1:9"]);
        fs_err::write(&manifest, text).unwrap();
        assert!(!self.programs(folder).is_empty(), "no program in {folder}");
    }

    /// The programs for downloads in a folder of the cache.
    fn programs(&self, folder: &str) -> Vec<std::path::PathBuf> {
        let files = walkdir::WalkDir::new(self.path(folder)).into_iter().filter_map(Result::ok);
        let is_program = |path: &std::path::Path| {
            let parent = path.parent().and_then(|parent| parent.file_name());
            path.ends_with("sixfold-fetch") && parent.is_some_and(|name| name == "debug" || name == "bin")
        };
        files.map(walkdir::DirEntry::into_path).filter(|path| is_program(path)).collect()
    }
}

/// Makes a cache folder with links to what the usual one has, but for the programs that these tests build.
fn link_cache(cache: &std::path::Path) {
    std::fs::create_dir(cache).unwrap();
    let usual = sixfold_base::cache::dir().unwrap();
    for entry in usual.read_dir_utf8().into_iter().flatten().flatten() {
        let is_shared = !["companions", "scratch"].contains(&entry.file_name())
            && entry.path().extension() != Some("lock");
        if is_shared {
            std::os::unix::fs::symlink(entry.path(), cache.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
#[ignore = "needs npm and what cargo has downloaded: run cargo ci"]
fn a_new_project_is_built_with_the_tool_from_a_git_repository() {
    let place = Place::new("init");
    let remote = Sandbox::this_repository();
    git(&remote.root, &["tag", "sixfold-v0.1.0"]);
    let tool = format!("git:file://{}#sixfold-v0.1.0", remote.root);
    place.init(&tool, &[]);
    let image = read_archive(&place.assert_builds());
    for variant in image.values() {
        let ui = String::from_utf8_lossy(&variant.entries["/ui/index.html"].content);
        assert!(ui.contains("<title>My Tool</title>"), "{ui}");
        assert!(variant.entries.contains_key("/darwin/my-tool"));
    }
    // The lock file has not changed since the first commit.
    assert_eq!(git(&place.path("new"), &["status", "--porcelain"]), "");
    place.cargo(&["--locked", "xtask", "dist", "--locked"]).succeeded();

    let tests = place.cargo(&["test"]).succeeded();
    assert!(tests.stdout.contains("the_greeting_names_the_machine ... ok"), "{}", tests.stdout);
    assert_eq!(tests.stdout.matches("\nrunning ").count(), 1, "{}", tests.stdout);
    let npm = run(&mut place.command("new/ui", "npm", &["test"]));
    npm.succeeded();

    place.assert_companion_is_built("cache/companions");
    place.programs("cache/companions").iter().for_each(|program| fs_err::remove_file(program).unwrap());
    place.assert_companion_is_built("cache/companions");
    assert_eq!(place.programs("target"), Vec::<std::path::PathBuf>::new());

    // A project made from this one has the same tool.
    let args = [&["xtask", "init", "../other", "--ui", "plain", "--backend"], &ANSWERS[..]].concat();
    place.cargo(&args).succeeded();
    let [manifest, other] = ["new", "other"]
        .map(|name| fs_err::read_to_string(place.path(name).join("xtask/Cargo.toml")).unwrap());
    assert_eq!(manifest, other);
    let other = |args: &[&str]| run(&mut place.command("other", env!("CARGO"), args)).succeeded().stdout;
    let image = read_archive(other(&["xtask", "dist"]).trim().into());
    for path in ["/ui/main.js", "/docker-compose.yaml", "/backend"] {
        assert!(image["linux/arm64"].entries.contains_key(path), "{path}");
    }
    let checked = other(&["xtask", "check"]);
    assert!(checked.contains("No problems found. (2 notes)"), "{checked}");
    assert_eq!(other(&["test"]).matches("\nrunning ").count(), 2);
}

#[test]
#[ignore = "needs what cargo has downloaded: run cargo ci"]
fn a_new_project_is_built_with_the_tool_from_packages() {
    let place = Place::new("init-packages");
    let registry = place.path("registry");
    let vendor = ["vendor", "--quiet", "--versioned-dirs", "--locked", registry.as_str()];
    run(place.command("", env!("CARGO"), &vendor).current_dir(WORKSPACE)).succeeded();
    let packed = place.path("packed");
    let mut package =
        place.command("", env!("CARGO"), &["package", "--no-verify", "--allow-dirty", "--quiet"]);
    package.args(["--target-dir", packed.as_str()]).args(published()).current_dir(WORKSPACE);
    run(&mut package).succeeded();
    for package in packed.join("package").read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()) {
        if package.extension() == Some("crate") {
            unpack(&package, &registry);
        }
    }
    let config = format!(
        "[source.crates-io]\nreplace-with = \"packed\"\n[source.packed]\ndirectory = \"{registry}\"\n[net]\noffline = true\n"
    );
    fs_err::write(place.path("cargo/config.toml"), config).unwrap();
    place.init("0.1.0", &["--ui", "none"]);
    assert!(place.assert_builds().is_file());
    place.assert_companion_is_built("cache/companions/0.1.0/bin");
}

/// The flags that choose the packages that are published.
fn published() -> Vec<String> {
    let mut metadata = cargo_metadata::MetadataCommand::new();
    let workspace = metadata.current_dir(WORKSPACE).no_deps().exec().unwrap();
    let published = workspace.packages.into_iter().filter(|package| package.publish.is_none());
    published.map(|package| format!("--package={}", package.name)).collect()
}

/// Unpacks a package into a directory that is a source of packages, as `cargo vendor` does.
fn unpack(package: &Utf8Path, registry: &Utf8Path) {
    let bytes = fs_err::read(package).unwrap();
    tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..])).unpack(registry).unwrap();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let checksums = format!("{{\"files\":{{}},\"package\":\"{digest}\"}}");
    fs_err::write(registry.join(package.file_stem().unwrap()).join(".cargo-checksum.json"), checksums)
        .unwrap();
}

#[test]
#[ignore = "needs what cargo has downloaded: run cargo ci"]
fn an_upgrade_goes_from_one_tag_to_the_next() {
    let place = Place::new("init");
    let remote = Sandbox::this_repository();
    git(&remote.root, &["tag", "sixfold-v0.1.0"]);
    place.init(&format!("git:file://{}#sixfold-v0.1.0", remote.root), &["--ui", "none"]);
    let current = place.cargo(&["xtask", "upgrade"]).succeeded();
    assert!(current.stderr.contains("sixfold 0.1.0 is up to date"), "{}", current.stderr);

    // The next version, in which a key has another name.
    remote.edit(
        "xtask/tool/CHANGELOG.md",
        "## 0.1.0",
        "## 0.2.0\n\n- `marketplace` is now `published`.\n\n## 0.1.0",
    );
    remote.edit(
        "xtask/model/src/config.rs",
        "pub marketplace: bool,",
        "#[serde(rename = \"published\")]\n    pub marketplace: bool,",
    );
    remote.edit(
        "xtask/tool/src/upgrade.rs",
        "(&[&str], &str)] = &[]",
        "(&[&str], &str)] = &[(&[\"marketplace\"], \"published\")]",
    );
    git(&remote.root, &["commit", "--quiet", "--all", "-m", "2"]);
    git(&remote.root, &["tag", "sixfold-v0.2.0"]);

    place.cargo(&["xtask", "upgrade", "--to", "0.3.0"]).failed(1, &["there is no version 0.3.0", "0.2.0"]);
    let done = place.cargo(&["xtask", "upgrade"]).succeeded();
    for words in [
        "sixfold from 0.1.0 to 0.2.0",
        "## 0.2.0\n\n- `marketplace` is now `published`.",
        "Renamed `marketplace` to `published`",
        "To undo this, run `git restore Cargo.toml Cargo.lock xtask/Cargo.toml`",
    ] {
        assert!(done.stderr.contains(words), "{words}: {}", done.stderr);
    }
    assert!(!done.stderr.contains("First version"), "{}", done.stderr);
    assert!(done.stderr.contains("No problems found. (2 notes)"), "{}", done.stderr);
    let read = |file: &str| fs_err::read_to_string(place.path("new").join(file)).unwrap();
    assert!(
        read("xtask/Cargo.toml").contains("tag = \"sixfold-v0.2.0\"")
            && read("Cargo.toml").contains("published = false")
    );
    assert!(read("Cargo.lock").contains("?tag=sixfold-v0.2.0#"));

    // What could not be undone is refused, and the way back works.
    place
        .cargo(&["xtask", "upgrade", "--to", "0.1.0"])
        .failed(1, &["not committed", "help: commit them first"]);
    git(&place.path("new"), &["restore", "Cargo.toml", "Cargo.lock", "xtask/Cargo.toml"]);
    assert_eq!(git(&place.path("new"), &["status", "--porcelain"]), "");

    // Without the repository it says so, and not that all is well.
    fs_err::rename(remote.root.join(".git"), remote.root.join("away")).unwrap();
    place.cargo(&["xtask", "upgrade"]).failed(1, &["cannot look for a newer version", "help: go online"]);
    assert_eq!(git(&place.path("new"), &["status", "--porcelain"]), "");
}

#[test]
#[ignore = "needs what cargo has downloaded: run cargo ci"]
fn an_upgrade_without_cargo_toml_replaces_the_installed_program() {
    let place = Place::new("init");
    let remote = Sandbox::this_repository();
    git(&remote.root, &["tag", "sixfold-v0.1.0"]);
    let url = format!("file://{}", remote.root.as_str().replace(' ', "%20"));
    let installed = place.path("installed");
    let quick = |command: &mut Command| run(command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"));
    let install = ["install", "--locked", "--root", installed.as_str(), "--git", &url];
    let install = [&install[..], &["--tag", "sixfold-v0.1.0", "sixfold"]].concat();
    quick(&mut place.command("", env!("CARGO"), &install)).succeeded();
    let program = installed.join("bin/sixfold");
    let pin = |version: &str| format!("sixfold = {{ git = \"{url}\", tag = \"sixfold-v{version}\" }}");
    let project = place.path("project");
    fs_err::create_dir(&project).unwrap();
    fs_err::write(project.join("Dockerfile"), "FROM scratch\nCOPY common/ /\n").unwrap();
    fs_err::write(project.join("metadata.json"), "{ \"icon\": \"icon.svg\" }\n").unwrap();
    fs_err::write(project.join("icon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n").unwrap();
    let fields = "image = \"you/it\"\nversion = \"1.0.0\"\nmarketplace = false\n";
    fs_err::write(project.join("extension.toml"), format!("{}\n{fields}", pin("0.1.0"))).unwrap();
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "-m", "1"]);

    remote.edit("xtask/tool/CHANGELOG.md", "## 0.1.0", "## 0.2.0\n\n- New.\n\n## 0.1.0");
    for entry in remote.root.join("xtask").read_dir_utf8().unwrap().map(|entry| entry.unwrap()) {
        let manifest = entry.path().join("Cargo.toml");
        if let Ok(text) = fs_err::read_to_string(&manifest) {
            fs_err::write(&manifest, text.replace("version = \"0.1.0\"", "version = \"0.2.0\"")).unwrap();
        }
    }
    run(place
        .command("", env!("CARGO"), &["metadata", "--offline", "--format-version=1"])
        .current_dir(&remote.root))
    .succeeded();
    git(&remote.root, &["commit", "--quiet", "--all", "-m", "2"]);
    git(&remote.root, &["tag", "sixfold-v0.2.0"]);

    let own = |args: &[&str]| quick(&mut place.command("project", program.as_str(), args));
    own(&["plan"]).succeeded();
    let done = own(&["upgrade"]);
    for words in ["sixfold from 0.1.0 to 0.2.0", "## 0.2.0\n\n- New.", "git restore extension.toml`"] {
        assert!(done.stderr.contains(words), "{words}: {}", done.stderr);
    }
    let changed = fs_err::read_to_string(project.join("extension.toml")).unwrap();
    assert_eq!(changed, format!("{}\n{fields}", pin("0.2.0")));
    assert_eq!(own(&["--version"]).succeeded().stdout, "sixfold 0.2.0\n");
    own(&["plan"]).succeeded();
    // The program of another version does nothing in this project.
    fs_err::write(project.join("extension.toml"), format!("{}\n{fields}new-key = 1\n", pin("0.1.0")))
        .unwrap();
    own(&["plan"])
        .failed(1, &["is for version 0.1.0 of sixfold, and this program is version 0.2.0", "help: "]);
}

#[test]
#[ignore = "needs what cargo has downloaded: run cargo ci"]
fn an_unchanged_clone_becomes_what_init_creates() {
    let place = Place::new("init");
    let clone = Sandbox::this_repository();
    git(&clone.root, &["tag", "sixfold-v0.1.0"]);
    let tool = format!("path:{WORKSPACE}");
    place.init(&tool, &["--no-git"]);
    let here = |flags: &[&str]| {
        let args = [&["init", "--here", "--tool", &tool], flags].concat();
        run(place.command("", xtask(), &args).current_dir(&clone.root))
    };
    here(&ANSWERS).failed(1, &["  docs/ (", "  xtask/ (", "help: pass `--yes`"]);
    here(&["--yes"]).failed(2, &["--bin, --image, --title, --vendor required"]);
    fs_err::write(clone.root.join("notes.txt"), "mine").unwrap();
    here(&[&ANSWERS[..], &["--yes"]].concat()).failed(1, &["?? notes.txt", "help: commit them first"]);
    git(&clone.root, &["add", "notes.txt"]);
    git(&clone.root, &["commit", "--quiet", "-m", "Note"]);

    let done = here(&[&ANSWERS[..], &["--yes"]].concat()).succeeded();
    assert!(done.stderr.contains("are kept:\n  notes.txt\n"), "{}", done.stderr);
    fs_err::remove_file(clone.root.join("notes.txt")).unwrap();
    assert_eq!(contents(&clone.root), contents(&place.path("new")));
    git(&clone.root, &["stash", "--quiet", "--include-untracked"]);
    assert!(clone.root.join("xtask/tool/Cargo.toml").is_file());
    assert!(clone.root.join("notes.txt").is_file());
}

#[test]
#[ignore = "needs npm and what cargo has downloaded: run cargo ci"]
fn a_clone_whose_example_was_changed_keeps_it() {
    let place = Place::new("init");
    let clone = Sandbox::this_repository();
    clone.edit("icon.svg", "<svg", "<svg id=\"mine\"");
    git(&clone.root, &["commit", "--quiet", "--all", "-m", "Mine"]);
    let args = ["init", "--here", "--yes", "--tool", &format!("path:{WORKSPACE}")];
    let done = run(place.command("", xtask(), &args).current_dir(&clone.root)).succeeded();
    assert!(done.stderr.contains("are kept:\n  icon.svg\n"), "{}", done.stderr);
    let listed: Vec<_> = contents(&clone.root).into_keys().collect();
    assert_eq!(listed.iter().filter(|path| path.starts_with("xtask/")).count(), 2, "{listed:?}");
    assert!(!listed.iter().any(|path| path.starts_with("docs/") || path.starts_with(".ci/")), "{listed:?}");
    assert_eq!(
        git(&clone.root, &["diff", "--name-only", "HEAD", "--", "extension", "ui", "metadata.json"]),
        ""
    );
    assert!(fs_err::read_to_string(clone.root.join("icon.svg")).unwrap().contains("id=\"mine\""));
    let built =
        run(place.command("", env!("CARGO"), &["xtask", "dist"]).current_dir(&clone.root)).succeeded();
    assert!(read_archive(built.stdout.trim().into()).contains_key("linux/arm64"));
    assert!(!built.stderr.contains("warning"), "{}", built.stderr);
}

/// The files of a project and what they contain, but for git's own and what is ignored.
fn contents(root: &Utf8Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        (name, fs_err::read(entry.path()).unwrap())
    });
    let is_own = |name: &str| [".git/", "target/", "ui/node_modules/"].iter().any(|it| name.starts_with(it));
    files.filter(|(name, _)| !is_own(name)).collect()
}
