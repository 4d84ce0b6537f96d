//! `init` on the command line. What it creates is built by an end-to-end test.

use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use walkdir::WalkDir;

use crate::project::{Ran, tool};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const ANSWERS: [&str; 8] =
    ["--bin", "my-tool", "--image", "you/my-tool", "--title", "My \"Tool\" <b>", "--vendor", "Me'); DROP"];

/// A folder for projects.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.0.path()).unwrap().join(name)
    }

    /// Runs `init new` with these flags, without a network.
    fn init(&self, flags: &[&str]) -> Ran {
        let mut command = tool();
        command
            .args(["init", "new", "--tool", &format!("path:{ROOT}")])
            .args(flags)
            .current_dir(self.0.path());
        command.env("CARGO_NET_OFFLINE", "true").stdin(Stdio::null());
        for (name, value) in [("NAME", "t"), ("EMAIL", "t@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The same, with valid answers.
    fn init_with(&self, flags: &[&str]) -> Ran {
        self.init(&[&ANSWERS[..], flags].concat())
    }

    fn read(&self, name: &str) -> String {
        let path = self.path("new").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The paths of all files of the project.
    fn files(&self) -> Vec<String> {
        let root = self.path("new");
        let files =
            WalkDir::new(&root).into_iter().map(|entry| entry.unwrap()).filter(|it| it.file_type().is_file());
        let name = |path: &Utf8Path| path.strip_prefix(&root).unwrap().as_str().replace('\\', "/");
        let names = files.map(|entry| name(Utf8Path::from_path(entry.path()).unwrap()));
        names.filter(|name| !name.starts_with(".git/")).collect()
    }

    /// Asserts that nothing was created.
    #[track_caller]
    fn assert_empty(&self) {
        let left: Vec<_> = std::fs::read_dir(self.0.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.path("new")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn a_new_project_is_small_valid_and_committed() {
    let place = Place::new();
    place.init_with(&[]).succeeded();
    let files = place.files();
    assert!(files.len() <= 80, "{files:#?}");
    let xtask: Vec<_> = files.iter().filter(|file| file.starts_with("xtask/")).collect();
    assert_eq!(xtask.len(), 2, "{xtask:?}");
    let [bin, image, title, _] = sample();
    for file in &files {
        let text = place.read(file);
        for word in [&*bin, &image, &title, "example.org"] {
            assert!(!text.contains(word), "{file} has {word}");
        }
    }
    assert_eq!(place.git(&["status", "--porcelain"]), "");
    assert_eq!(place.git(&["log", "--format=%s"]), "Begin the extension\n");
    assert!(files.iter().any(|file| file == "Cargo.lock"));
    let title: serde_json::Value = serde_json::from_str(&place.read("metadata.json")).unwrap();
    assert_eq!(title["ui"]["dashboard-tab"]["title"], ANSWERS[5]);
    let cargo: toml::Table = place.read("Cargo.toml").parse().unwrap();
    let labels = &cargo["workspace"]["metadata"]["extension"]["labels"];
    assert_eq!((labels["title"].as_str(), labels["vendor"].as_str()), (Some(ANSWERS[5]), Some(ANSWERS[7])));
    assert!(place.read("ui/index.html").contains("<title>My &#34;Tool&#34; &#60;b&#62;</title>"));
}

#[test]
fn check_has_only_notes_about_a_new_project() {
    for flags in [&["react"][..], &["plain"], &["none"], &["react", "--backend"], &["none", "--backend"]] {
        let ui = flags.join(" ");
        let place = Place::new();
        place.init_with(&[&["--no-git", "--ui"], flags].concat()).succeeded();
        let mut check = tool();
        let output = check.arg("check").current_dir(place.path("new")).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let problems: Vec<_> =
            stdout.lines().filter(|line| !line.starts_with(' ') && line.contains('[')).collect();
        assert_eq!(problems, ["note[package-field]"; 2], "{ui}: {stdout}");
        assert!(stdout.contains("`license`") && stdout.contains("`repository`"), "{stdout}");
        assert_eq!(output.status.code(), Some(0), "{stdout}");
        assert!(!place.path("new/.git").exists());
    }
}

#[test]
fn workflows_are_for_the_chosen_service_and_use_the_lock_file() {
    for (ci, expected) in [
        ("github", &[".github/workflows/ci.yml", ".github/workflows/release.yml"][..]),
        ("gitlab", &[".gitlab-ci.yml"]),
        ("none", &[]),
    ] {
        let place = Place::new();
        place.init_with(&["--ci", ci, "--no-git"]).succeeded();
        let files = place.files();
        let workflows: Vec<_> = files.iter().filter(|file| file.ends_with(".yml")).collect();
        assert_eq!(workflows.len(), expected.len(), "{workflows:?}");
        for file in expected {
            let text = place.read(file);
            assert!(
                text.contains("cargo --locked xtask check") && !text.contains("run: cargo xtask"),
                "{text}"
            );
            let used = text.lines().filter(|line| line.contains("uses: ") || line.contains("image: "));
            let is_pinned = |line: &str| {
                let digest =
                    line.split(['@', ' ']).find(|word| word.len() == 40 || word.starts_with("sha256:"));
                digest
                    .is_some_and(|it| it.trim_start_matches("sha256:").bytes().all(|c| c.is_ascii_hexdigit()))
            };
            used.for_each(|line| assert!(is_pinned(line), "{line}"));
            let has_notes = text.contains(r#"inspect "$image" --format markdown > target/notes.md"#);
            assert_eq!(has_notes, !file.ends_with("/ci.yml"), "{file}");
            assert_eq!(text.matches("\npermissions: {}\n").count(), usize::from(ci == "github"));
        }
    }
}

#[test]
fn without_a_terminal_every_missing_flag_is_named() {
    let place = Place::new();
    let ran = place.init(&["--bin", "a"]).failed(2, &["--image, --title, --vendor required"]);
    assert!(!ran.stderr.contains("--bin,"), "{}", ran.stderr);
    place.assert_empty();
}

#[test]
fn hostile_answers_are_refused() {
    let place = Place::new();
    for (flag, value) in [
        ("--bin", "a\"]\nx"),
        ("--bin", "../a"),
        ("--bin", "test"),
        ("--image", "You/X"),
        ("--image", "me:s3cret@h/x"),
        ("--title", "a\nb"),
        ("--title", "An Extension"),
        ("--vendor", "\u{1b}[2J"),
        ("--ui", "vue"),
        ("--ci", "make"),
    ] {
        let kept = ANSWERS.chunks(2).filter(|pair| pair[0] != flag).flatten().copied();
        let ran = place.init(&kept.chain([flag, value]).collect::<Vec<_>>()).failed(2, &[]);
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
        place.assert_empty();
    }
}

#[test]
fn existing_files_are_never_overwritten() {
    let place = Place::new();
    std::fs::create_dir(place.path("new")).unwrap();
    std::fs::write(place.path("new/README.md"), "mine").unwrap();
    place.init_with(&[]).failed(1, &["is not an empty folder", "help: name a new folder"]);
    assert_eq!(place.files(), ["README.md"]);
    assert_eq!(place.read("README.md"), "mine");
    std::fs::remove_file(place.path("new/README.md")).unwrap();
    place.init_with(&["--no-git"]).succeeded();
    let file = Place::new();
    std::fs::write(file.path("new"), "mine").unwrap();
    file.init_with(&[]).failed(1, &["is not an empty folder"]);
    assert_eq!(std::fs::read_to_string(file.path("new")).unwrap(), "mine");
}

#[test]
fn a_tool_that_cargo_cannot_get_is_an_error_and_leaves_nothing() {
    let place = Place::new();
    let missing = format!("git:file://{}#v1", place.path("nowhere"));
    let mut command = tool();
    command.args(["init", "new", "--tool", &missing]).args(ANSWERS).current_dir(place.path(""));
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("cargo cannot get sixfold = ") && stderr.contains("\nhelp: pass another source"),
        "{stderr}"
    );
    place.assert_empty();
}

/// The sample's binary, image, title and vendor.
fn sample() -> [String; 4] {
    let manifest = std::fs::read_to_string(Utf8Path::new(ROOT).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let extension = &manifest["workspace"]["metadata"]["extension"];
    let bin = extension["binaries"].as_table().unwrap().keys().next().unwrap().clone();
    let labels = &extension["labels"];
    let [image, title, vendor] = [&extension["image"], &labels["title"], &labels["vendor"]]
        .map(|value| value.as_str().unwrap().to_owned());
    [bin, image, title, vendor]
}

/// What the sample has of its own, in place of the file that `init` writes.
const OF_SAMPLE: [&str; 11] = [
    // About the template and the tool, not about an extension.
    "README.md",
    // What the sample does, and how it looks.
    "CHANGELOG.md",
    "extension/src/main.rs",
    "icon.svg",
    "ui/src/App.test.tsx",
    "ui/src/App.tsx",
    "extension/backend/Cargo.toml",
    "extension/backend/src/main.rs",
    "extension/backend/src/server.rs",
    // Tests of the tool, which need more than an extension does, and no release of the sample.
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
];

/// Lines that `init` writes and this repository does not have: what they begin with, and why.
const NOT_HERE: [(&str, &str); 5] = [
    ("# Without it, `check` asks", "the sample has the labels of the marketplace"),
    ("marketplace = false", "the same"),
    ("description = \"", "the sample describes what it does"),
    ("sixfold = ", "here, the tool is a folder"),
    ("default-members = [", "the sample has a package for both of its programs"),
];

/// This repository is a project as `init` creates it, with more in it: each line of a new project is here, in the same order.
#[test]
fn this_repository_is_what_init_creates_and_the_sample_and_the_tool() {
    let root = Utf8Path::new(ROOT);
    let here =
        |file: &str| std::fs::read_to_string(root.join(file)).unwrap_or_default().replace("\r\n", "\n");
    let [bin, image, title, vendor] = sample();
    let place = Place::new();
    let answers =
        ["--bin", &bin, "--image", &image, "--title", &title, "--vendor", &vendor, "--backend", "--no-git"];
    place.init(&answers).succeeded();
    let mut differences = vec![];
    for file in
        place.files().iter().filter(|file| *file != "Cargo.lock" && !OF_SAMPLE.contains(&file.as_str()))
    {
        let text = here(file);
        let mut lines = text.lines();
        for line in place.read(file).lines() {
            let is_permitted = NOT_HERE.iter().any(|(begin, _)| line.starts_with(begin));
            if !is_permitted && !lines.any(|it| it == line) {
                differences.push(format!("{file}: {line}"));
                break;
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{}\nhelp: make the change here and in xtask/tool/template/, or permit the difference in this test",
        differences.join("\n")
    );
    for file in OF_SAMPLE.iter().filter(|file| !file.ends_with("release.yml")) {
        assert!(root.join(file).is_file(), "{file} is not in this repository: take it off the list");
    }
}
