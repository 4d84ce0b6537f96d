//! `dist --push` and `--load` without an engine and a registry. Docker is a script here, whose answers the real one cannot
//! give on every machine. The end-to-end tests use the real one.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use tempfile::TempDir;

use crate::project::{Project, Ran, path_with, program};

/// A docker whose engine uses containerd's image store, with an empty registry. It records each call.
const DOCKER: &str = "
    'buildx version') echo 'github.com/docker/buildx v0.13.1' ;;
    'version '*) echo 26.1.5 ;;
    'info '*) echo '[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]' ;;
    'buildx inspect') printf 'Name:   default\\nDriver: docker\\n' ;;
    'buildx imagetools inspect '*) for last; do :; done; echo \"ERROR: $last: not found\" >&2; exit 1 ;;
    *) echo \"unknown: $*\" >&2; exit 1 ;;
";

/// A project on a machine with a fake docker.
struct Docked {
    project: Project,
    tools: TempDir,
}

impl Docked {
    /// `answers` are arms of a shell's `case`, which come before the default ones.
    fn new(answers: &str) -> Self {
        let (project, tools) = (Project::new(), tempfile::tempdir().unwrap());
        path_with(tools.path(), &["cargo", "rustc"]);
        let calls = tools.path().join("calls");
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{}'\ncase \"$*\" in {answers} {DOCKER} esac\n",
            calls.display()
        );
        program(tools.path(), "docker", &script);
        Self { project, tools }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.project.run_with(args, |command| {
            command.env("PATH", self.tools.path());
        })
    }

    /// Runs `dist --push` to a registry that answers every request with status 404 and this body. Asking it may compile
    /// `sixfold-fetch`, which needs the programs of this machine.
    fn push_to(&self, body: &'static str, flags: &[&str]) -> Ran {
        let image = format!("127.0.0.1:{}/example/tool", registry(body));
        let args = [&["dist", "--push", "--image", &image], flags].concat();
        self.project.run_with(&args, |command| {
            let path = std::env::var_os("PATH").unwrap();
            let paths = [self.tools.path().to_owned()].into_iter().chain(std::env::split_paths(&path));
            command.env("PATH", std::env::join_paths(paths).unwrap());
            command.env("DOCKER_CONFIG", self.tools.path().join("no-login"));
        })
    }

    /// The recorded calls of docker.
    fn calls(&self) -> String {
        std::fs::read_to_string(self.tools.path().join("calls")).unwrap_or_default()
    }

    fn assert_nothing_compiled(&self) {
        assert!(!self.project.path("target/x86_64-unknown-linux-musl").exists());
    }
}

#[test]
fn an_invalid_dockerfile_is_an_error_before_docker_or_cargo_runs() {
    let docked = Docked::new("");
    let refused = |words: &[&str]| {
        for flags in [["plan", "--push"], ["dist", "--push"], ["dist", "--load"], ["dist", "--engine=buildx"]]
        {
            docked.run(&flags).failed(1, words);
        }
    };
    docked.project.edit("Dockerfile", "ARG TARGETARCH", "ARG TARGETARCH=amd64");
    refused(&["Dockerfile:2", "TARGETARCH"]);
    docked.project.write("Dockerfile", "this is no Dockerfile\n");
    refused(&["Dockerfile:1"]);
    std::fs::remove_file(docked.project.path("Dockerfile")).unwrap();
    refused(&["cannot read the Dockerfile", "[project]/Dockerfile"]);
    docked.assert_nothing_compiled();
    assert_eq!(docked.calls(), "");
    docked.project.write("Dockerfile", "FROM scratch\nRUN cat <<EOF > /x\nhello\nEOF\n");
    docked.run(&["plan", "--push"]).succeeded();
}

#[test]
fn a_wrong_image_never_reaches_buildx() {
    let docked = Docked::new("");
    docked.project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    docked.project.edit("Dockerfile", "${TARGETARCH}/ /", "amd64/ /");
    let words = ["/linux/tool in linux/arm64: wrong-arch", "${TARGETARCH}"];
    docked.push_to(FREE, &[]).failed(1, &words);
    docked.run(&["dist", "--load"]).failed(1, &words);
    assert!(!docked.calls().contains("buildx build"), "{}", docked.calls());
    assert!(!docked.project.path("target/dist/rehearsal.oci.tar.partial").exists());
}

const RUNNING: &str = "printf 'Name: multi\\nDriver: docker-container\\nNodes:\\nStatus: running\\n'";
/// An engine that uses its own image store, which cannot hold several platforms.
const NO_STORE: &str = "'info '*) echo '[[\"Backing Filesystem\",\"extfs\"]]' ;;";
const BUILDERS: &str = "'buildx ls') printf 'NAME/NODE DRIVER/ENDPOINT\\nbroken docker-container\\nmulti docker-container\\ndefault* docker\\n' ;;";

fn several_platforms(answers: &[&str]) -> Docked {
    let docked = Docked::new(&answers.join("\n"));
    docked.project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    docked
}

/// The tag exists in the registry. The tool checks that after it has chosen a builder, so the run stops there.
const TAKEN: &str = "'buildx imagetools inspect '*) echo '{}' ;;";

#[test]
fn another_builder_is_used_if_the_current_one_cannot_build() {
    let broken = "'buildx inspect broken --bootstrap') echo 'no such image' >&2; exit 1 ;;";
    let multi = format!("'buildx inspect multi --bootstrap') {RUNNING} ;;");
    let docked = several_platforms(&[NO_STORE, BUILDERS, TAKEN, broken, &multi]);
    let words = ["builder broken does not start: no such image", "using the builder multi", "exists already"];
    docked.run(&["dist", "--push"]).failed(1, &words);
    assert!(docked.calls().contains("imagetools inspect --builder multi "), "{}", docked.calls());
    docked.assert_nothing_compiled();
}

#[test]
fn the_plan_shows_what_a_builder_cannot_do() {
    let unable = "the builder default cannot build several platforms or write an image to a file";
    let docked = several_platforms(&[
        NO_STORE,
        "'buildx inspect default') printf 'Name: default\nDriver: docker\n' ;;",
    ]);
    let note = |args: &[&str]| docked.run(args).succeeded().stderr;
    assert!(
        note(&["plan", "--push"]).contains(&format!("{unable}: the docker driver")),
        "{}",
        note(&["plan", "--push"])
    );
    assert!(note(&["plan", "--push"]).contains("`dist` uses another builder, or creates buildx-multi-arch"));
    assert!(note(&["plan", "--push", "--builder=default"]).contains("or leave out --builder"));
    docked.project.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    let one = ["plan", "--load", "--platform=linux/amd64"];
    assert!(note(&one).contains(&format!("verified only after it is loaded: {unable}")), "{}", note(&one));
    assert_eq!(
        note(&["plan", "--load", "--platform=linux/amd64", "--platform=linux/arm64"]).matches(unable).count(),
        1
    );
    assert_eq!(Docked::new("").run(&["plan", "--push"]).succeeded().stderr, "");
}

#[test]
fn a_builder_is_created_if_none_exists_and_must_start() {
    let none = "'buildx ls') printf 'NAME/NODE DRIVER/ENDPOINT\\ndefault* docker\\n' ;;
        'buildx create '*) echo buildx-multi-arch ;;";
    let boot = format!("'buildx inspect buildx-multi-arch --bootstrap') {RUNNING} ;;");
    let docked = several_platforms(&[NO_STORE, none, TAKEN, &boot]);
    docked.run(&["dist", "--push"]).failed(1, &["Creating", "exists already"]);
    assert!(docked.calls().contains("--builder buildx-multi-arch "), "{}", docked.calls());

    let boot =
        "'buildx inspect buildx-multi-arch --bootstrap') echo 'pull failed' >&2; exit 1 ;; 'buildx rm '*) ;;";
    let docked = several_platforms(&[NO_STORE, none, boot]);
    let words = ["does not start", "pull failed", "containerd image store"];
    docked.run(&["dist", "--push"]).failed(1, &words);
    assert!(docked.calls().contains("buildx rm buildx-multi-arch"), "{}", docked.calls());
    docked.assert_nothing_compiled();
}

#[test]
fn a_builder_named_by_a_flag_is_the_only_one_tried() {
    let named = "'buildx inspect multi') printf 'Name: multi\\nDriver: remote\\n' ;;
        'buildx inspect multi --bootstrap') printf 'Nodes:\\nError: no such host\\n' ;;
        'buildx inspect default') printf 'Name: default\\nDriver: docker\\n' ;;";
    let docked = several_platforms(&[NO_STORE, named]);
    let push = |name| docked.run(&["dist", "--push", "--builder", name]);
    push("multi").failed(1, &["builder multi does not start", "no such host", "leave out --builder"]);
    push("default").failed(1, &["builder default cannot build several platforms", "leave out --builder"]);
    push("other").failed(1, &["builder other cannot be used", "docker buildx ls"]);
    docked.run(&["dist", "--load"]).failed(1, &["containerd image store", "give one --platform"]);
    docked.assert_nothing_compiled();
}

#[test]
fn an_unreachable_registry_is_reported_before_a_push_that_overwrites() {
    let silent = "'buildx imagetools inspect '*) echo 'ERROR: dial tcp: refused' >&2; exit 1 ;;";
    let docked = Docked::new(&format!("{silent} 'buildx build '*) exit 1 ;;"));
    let push = ["dist", "--push", "--image", "reg.example/x/y"];
    let words =
        ["cannot find out", "`docker login reg.example`", "create it in the registry", "dial tcp: refused"];
    docked.run(&push).failed(1, &words);
    docked.assert_nothing_compiled();
    let said = docked.run(&[push.as_slice(), &["--overwrite"]].concat());
    let words =
        ["does not say whether reg.example/x/y:1.2.3 exists", "buildx did not push reg.example/x/y:1.2.3"];
    let said = said.failed(1, &words).stderr;
    assert!(said.find("does not say") < said.find("Compiling"), "{said}");
}

/// What a registry says about a tag that does not exist.
const FREE: &str = r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#;

/// The port of a server that answers every request with status 404 and this body until the tests end.
fn registry(body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\nConnection: close", body.len());
            let _ = write!(client, "{head}\r\n\r\n{body}");
        }
    });
    port
}

#[test]
fn a_tag_is_free_only_if_the_registry_says_so_in_its_own_words() {
    // In each case, buildx says "not found".
    for body in ["<!DOCTYPE html><title>Not Found</title>", "", r#"{"errors":[{"code":"DENIED"}]}"#] {
        let docked = Docked::new("");
        let words = ["cannot find out whether", "404 Not Found", "create it in the registry", "--overwrite"];
        docked.push_to(body, &[]).failed(1, &words);
        docked.assert_nothing_compiled();
    }
    let docked = Docked::new("'buildx build '*) exit 1 ;;");
    docked.push_to(FREE, &[]).failed(1, &["buildx did not push"]);
    docked.push_to("", &["--overwrite"]).failed(1, &["buildx did not push"]);
}

#[test]
fn a_pushed_image_is_read_back_by_its_digest() {
    let digest = format!("sha256:{}", "5".repeat(64));
    let pushes = format!(
        "'buildx build '*) echo '{{\"containerimage.digest\":\"{digest}\"}}' > target/dist/buildx.json.partial ;;
        'buildx imagetools create '*) echo 'layer: not found' >&2; exit 1 ;;"
    );
    let docked = Docked::new(&pushes);
    let words = ["is pushed, but was not read back", "layer: not found", "`cargo xtask inspect ", &digest];
    let said = docked.push_to(FREE, &[]).failed(1, &words).stderr;
    assert!(!said.contains("docker extension install"), "{said}");
    let calls = docked.calls();
    let copy = calls.lines().find(|line| line.contains("imagetools create")).unwrap();
    assert!(copy.ends_with(&format!("/example/tool@{digest}")), "{copy}");
}

#[test]
fn an_existing_tag_is_overwritten_only_with_the_flag() {
    let docked = Docked::new(&format!("{TAKEN} 'buildx build '*) exit 1 ;;"));
    docked.run(&["dist", "--push"]).failed(1, &["exists already", "--overwrite"]);
    docked.run(&["dist", "--push", "--overwrite"]).failed(1, &["buildx did not push", "`docker login`"]);
}

#[test]
fn an_engine_that_cannot_export_images_is_a_note() {
    let docked =
        Docked::new(&format!("{NO_STORE} 'buildx build '*) ;; 'save '*) echo 'no room' >&2; exit 1 ;;"));
    docked.project.edit("Dockerfile", "FROM scratch", "FROM scratch AS first\nFROM scratch");
    let said = docked.run(&["dist", "--load"]).succeeded().stderr;
    assert!(said.contains("loaded, but was not read back") && said.contains("no room"), "{said}");
    assert!(said.contains("the digest is unknown"), "{said}");
}

#[test]
fn inspect_without_buildx_says_what_to_install() {
    let docked = Docked::new("'buildx '*) echo 'unknown flag: --format' >&2; exit 1 ;;");
    let said = docked.run(&["inspect", "example/tool:1"]).failed(1, &["no buildx", "install"]).stderr;
    assert!(!said.contains("docker login"), "{said}");
    std::fs::remove_file(docked.tools.path().join("docker")).unwrap();
    docked.run(&["inspect", "example/tool:1"]).failed(1, &["cannot find docker", "install"]);
}

#[test]
fn a_password_in_a_reference_is_not_shown() {
    let docked = Docked::new("");
    for reference in [
        "https://me:s3cret@reg.example/x:1",
        "me:s3cret@reg.example/x",
        "https://me:s3cret@h/",
        "me:s3cret@x",
    ] {
        let inspect = docked.run(&["inspect", reference]).failed(1, &[]);
        let dist = docked.run(&["dist", "--image", reference]).failed(2, &["docker login"]);
        let push = docked.run(&["push", "x.tar", reference]).failed(2, &["docker login"]);
        let check = docked.run(&["check", "--published", reference]).failed(2, &["docker login"]);
        for said in [inspect.stderr, dist.stderr, push.stderr, check.stderr] {
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
    assert_eq!(docked.calls(), "");
}

#[test]
fn what_is_no_archive_is_an_error_with_help_that_quotes_nothing_of_the_file() {
    let project = Project::new();
    let key = format!("-----BEGIN KEY-----\n{}\n", "hunter2\n".repeat(200));
    project.write("cosign.key", &key);
    for (file, expected) in [
        ("cosign.key", "it is not a tar archive, or a damaged one"),
        ("missing.tar", "cannot read [project]/missing.tar"),
        ("tool", "is not a tar archive"),
    ] {
        let ran = project.run(&["push", file, "x/y:1"]).failed(1, &[expected, "\nhelp: "]);
        assert!(!ran.stderr.contains("KEY") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}
