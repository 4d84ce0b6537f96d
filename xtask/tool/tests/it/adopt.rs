//! `adopt`: what it finds, what it refuses, and that nothing is lost.

use std::process::Command;

use camino::Utf8PathBuf;
use serde_json::Value;
use tempfile::TempDir;

use crate::project::{Ran, tool};

const DOCKERFILE: &str = "FROM alpine\nARG VENDOR\nLABEL org.opencontainers.image.title=\"Old\" org.opencontainers.image.vendor=$VENDOR\n\
                          COPY metadata.json icon.svg ./\nCOPY run.sh /linux/run.sh\nCOPY run.sh /darwin/run.sh\n";
const METADATA: &str = r#"{"icon": "icon.svg", "host": {"binaries": [{"darwin": [{"path": "/darwin/run.sh"}], "linux": [{"path": "/linux/run.sh"}]}]}}"#;

/// An extension that was never built with Sixfold, in a git repository.
struct Old(TempDir);

impl Old {
    fn new() -> Self {
        let old = Self(tempfile::tempdir().unwrap());
        old.write("Dockerfile", DOCKERFILE);
        old.write("metadata.json", METADATA);
        old.write("Makefile", "IMAGE = you/old\nTAG = 2.0.0\nall:\n\tdocker build -t $(IMAGE):$(TAG) .\n");
        old.write("icon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        old.write("run.sh", "#!/bin/sh\n");
        old.git(&["init", "--quiet"]);
        old.commit();
        old
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "Old"]);
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").args(args).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.0.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = tool();
        let output =
            command.args(args).current_dir(self.0.path()).env_remove("CARGO_TARGET_DIR").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts that `adopt` fails with these words, and writes nothing.
    #[track_caller]
    fn fails(&self, args: &[&str], words: &[&str]) {
        let before = self.git(&["status", "--porcelain"]);
        self.run(&[&["adopt"], args].concat()).failed(1, words);
        assert_eq!(self.git(&["status", "--porcelain"]), before);
    }
}

#[test]
fn it_shows_where_values_are_from_and_writes_only_when_asked() {
    let old = Old::new();
    let shown = old.run(&["adopt"]).succeeded();
    assert!(shown.stderr.contains("nothing was written"), "{}", shown.stderr);
    assert_eq!(old.git(&["status", "--porcelain"]), "");
    insta::assert_snapshot!(shown.stdout);
    let json = old.run(&["adopt", "--format", "json", "--write"]).succeeded().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["configuration"], "extension.toml");
    assert_eq!(json["found"][0]["from"], "Dockerfile:3:7");
    assert_eq!(old.git(&["status", "--porcelain"]), " M Dockerfile\n?? .gitignore\n?? extension.toml\n");
    old.run(&["plan"]).succeeded();
}

#[test]
fn an_extension_that_is_adopted_is_not_adopted_again() {
    let old = Old::new();
    old.run(&["adopt", "--write"]).succeeded();
    old.fails(&[], &["already configured by", "extension.toml", "help: edit that file"]);
}

#[test]
fn of_several_images_none_is_chosen() {
    let old = Old::new();
    old.write("Makefile", "all:\n\tdocker build -t you/one:1 .\n\tdocker build -t you/two:1 .\n");
    let ran = old.run(&["adopt"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("you/one (Makefile:2:1), you/two (Makefile:3:1)"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("+image ="), "{}", ran.stdout);
    let chosen = old.run(&["adopt", "--image", "you/two"]).succeeded().stdout;
    assert!(chosen.contains("+image = \"you/two\""), "{chosen}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let old = Old::new();
    old.write("Dockerfile", b"FROM alpine\n\xff\xfe\0\n");
    old.fails(&[], &["Dockerfile is not UTF-8", "help: "]);
    old.write("Dockerfile", "FROM alpine\nCPOY a b\n");
    old.fails(&[], &["Dockerfile:2:1", "help: "]);
    old.write("Dockerfile", DOCKERFILE);
    old.write("metadata.json", "{\"icon\": \"icon.svg\",}");
    old.fails(&[], &["metadata.json", "line 1, column", "help: "]);
    std::fs::remove_file(old.path("metadata.json")).unwrap();
    old.fails(&[], &["has no metadata.json", "help: run `cargo xtask adopt` in the folder"]);
    old.write("metadata.json", METADATA);
    old.write("Makefile", b"\xff");
    let ran = old.run(&["adopt", "--image", "a/b"]).succeeded();
    assert!(
        ran.stdout.contains("Makefile: was not read:") && ran.stdout.contains("is not UTF-8"),
        "{}",
        ran.stdout
    );
}

#[cfg(unix)]
#[test]
fn links_out_of_the_repository_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (old, outside) = (Old::new(), tempfile::tempdir().unwrap());
    let replace = |name: &str| {
        std::fs::rename(old.path(name), outside.path().join(name)).unwrap();
        symlink(outside.path().join(name), old.path(name)).unwrap();
    };
    replace("Makefile");
    let ran = old.run(&["adopt", "--image", "a/b"]).succeeded();
    assert!(ran.stdout.contains("Makefile is a link to"), "{}", ran.stdout);
    replace("run.sh");
    let ran = old.run(&["adopt", "--image", "a/b"]);
    assert!(ran.code == Some(1) && ran.stdout.contains("run.sh is a link to"), "{}", ran.stdout);
    replace("Dockerfile");
    old.fails(&["--image", "a/b"], &["Dockerfile is a link to", "outside of the repository", "help: "]);
}

#[test]
fn what_git_could_not_restore_is_not_overwritten() {
    let old = Old::new();
    old.write("Dockerfile", format!("{DOCKERFILE}# edited\n"));
    old.fails(&["--write"], &["not committed", " M Dockerfile", "help: commit them first"]);
    old.run(&["adopt", "--write", "--force"]).succeeded();
    assert_eq!(old.read("Dockerfile.before-adopt"), format!("{DOCKERFILE}# edited\n"));
    assert!(old.read("Dockerfile").contains("COPY common/ /"));

    let elsewhere = Old::new();
    std::fs::remove_dir_all(elsewhere.path(".git")).unwrap();
    elsewhere.run(&["adopt", "--write"]).failed(1, &["not in a git repository", "help: run `git init`"]);
    assert!(!elsewhere.path("extension.toml").exists());
    elsewhere.write("Dockerfile.before-adopt", "");
    elsewhere.run(&["adopt", "--write", "--force"]).failed(1, &["Dockerfile.before-adopt exists already"]);
    assert_eq!(elsewhere.read("Dockerfile"), DOCKERFILE);
}

#[test]
fn files_at_other_places_are_named_as_the_project_has_them() {
    let old = Old::new();
    std::fs::create_dir(old.path("art")).unwrap();
    std::fs::rename(old.path("icon.svg"), old.path("art/icon.svg")).unwrap();
    old.write("Dockerfile", DOCKERFILE.replace("metadata.json icon.svg ./", "metadata.json art/icon.svg ./"));
    old.commit();
    old.run(&["adopt", "--write"]).succeeded();
    assert_eq!(old.read("metadata.json"), METADATA.replace("\"icon.svg\"", "\"art/icon.svg\""));
    old.run(&["plan"]).succeeded();
}

#[test]
fn what_cannot_be_determined_is_named_with_its_place() {
    let old = Old::new();
    let made = "COPY dist/tool /linux/run.sh\nRUN cc -o /darwin/run.sh x.c\n";
    old.write("Dockerfile", format!("FROM alpine\nCOPY metadata.json icon.svg /\n{made}"));
    old.commit();
    let ran = old.run(&["adopt", "--write"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for words in [
        "is copied from dist/tool (Dockerfile:3:1)",
        "is made by `cc -o /darwin/run.sh x.c` (Dockerfile:4:5)",
    ] {
        assert!(ran.stdout.contains(words), "{words} is missing in:\n{}", ran.stdout);
    }
    // What makes these files stays.
    assert!(old.read("Dockerfile").contains("COPY dist/tool /linux/run.sh\n"), "{}", old.read("Dockerfile"));
}
