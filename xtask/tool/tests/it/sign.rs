//! Commands that sign, and what they may do wrong. The end-to-end tests sign with real tools.

use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::project::{Project, Ran, program, wait_until};

const SIGN: &str = "\n[workspace.metadata.extension.sign]\ntimeout = 60\n\
    windows = './sign --password {secret-file:SIGN_PASSWORD} {file} {out}'\n";
const SECRET: &str = "correct horse";

/// A project with a binary for Windows, which this script signs. `$2` is the file of the secret, `$3` the binary, `$4` the output.
struct Signed {
    project: Project,
    cache: TempDir,
}

impl Signed {
    fn by(script: &str) -> Self {
        let project = Project::new();
        project.edit("Cargo.toml", "hosts = [\"linux\"]\n", &format!("hosts = [\"windows\"]\n{SIGN}"));
        project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
        project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
        let signed = Self { project, cache: tempfile::tempdir().unwrap() };
        signed.script(script);
        signed
    }

    fn script(&self, script: &str) {
        program(self.project.path("").as_std_path(), "sign", &format!("#!/bin/sh\n{script}\n"));
    }

    fn connect<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("SIXFOLD_CACHE", self.cache.path()).env("SIGN_PASSWORD", SECRET)
    }

    fn dist(&self) -> Ran {
        self.project.run_with(&["dist"], |command| {
            self.connect(command);
        })
    }

    /// The files with secrets.
    fn secrets(&self) -> Vec<std::path::PathBuf> {
        let files = walkdir::WalkDir::new(self.cache.path()).into_iter().filter_map(Result::ok);
        let secrets = files.filter(|file| file.file_name() == "SIGN_PASSWORD");
        secrets.map(|file| file.path().to_owned()).collect()
    }

    /// Asserts that the run fails with these words in one sentence with help, makes no archive, and leaves and prints no secret.
    #[track_caller]
    fn fails(&self, words: &[&str]) -> Ran {
        let ran = self.dist().failed(1, &[words, &["\nhelp: "]].concat());
        assert!(!self.project.path("target/dist/tool-1.2.3.oci.tar").exists());
        assert!(!ran.stderr.contains("horse"), "{}", ran.stderr);
        assert_eq!(self.secrets(), [""; 0].map(std::path::PathBuf::from));
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
        ran
    }
}

#[test]
fn the_plan_says_what_is_signed_and_how() {
    let signed = Signed::by("");
    let text = signed.project.run(&["plan"]).succeeded().stdout;
    let step =
        "sign the binaries for windows (1): ./sign --password {secret-file:SIGN_PASSWORD} {file} {out}";
    assert!(text.contains(step), "{text}");
    let json: Value =
        serde_json::from_str(&signed.project.run(&["plan", "--format", "json"]).succeeded().stdout).unwrap();
    assert_eq!(json["cells"][0]["sign"], true);
    let command = "./sign --password {secret-file:SIGN_PASSWORD} {file} {out}";
    assert_eq!(json["sign"], serde_json::json!({ "windows": command }));
}

#[test]
fn doctor_names_what_signing_lacks() {
    let signed = Signed::by("");
    let doctor = |secret: &str| {
        let ran = signed.project.run_with(&["doctor"], |command| {
            command.env("SIGN_PASSWORD", secret);
        });
        ran.stderr
    };
    assert!(doctor(SECRET).contains("ok sign windows: "));
    assert!(doctor("").contains("SIGN_PASSWORD is not set, so `dist` cannot sign for windows"));
    signed.project.edit("Cargo.toml", "'./sign", "'./no-such-tool");
    let missing = doctor(SECRET);
    assert!(missing.contains("./no-such-tool was not found, so `dist` cannot sign for windows"), "{missing}");
}

#[test]
fn a_third_party_binary_is_signed_only_if_it_is_named() {
    let signed = Signed::by("");
    let project = &signed.project;
    let digest = "0".repeat(64);
    let table = format!(
        "\n[workspace.metadata.extension.binaries.other]\nhosts = [\"windows\"]\nurl = \"https://example.org/other.exe\"\n\
         sha256 = {{ windows-amd64 = \"{digest}\" }}\n[workspace.metadata.extension.sign]\n"
    );
    project.edit("Cargo.toml", "\n[workspace.metadata.extension.sign]\n", &table);
    project.edit("metadata.json", "tool.exe\"}", "tool.exe\"}, {\"path\": \"/windows/other.exe\"}");
    let is_signed = || {
        let plan = project.run(&["plan", "--format", "json"]).succeeded().stdout;
        let plan: Value = serde_json::from_str(&plan).unwrap();
        let cell = |name: &str| {
            let cells = plan["cells"].as_array().unwrap().iter();
            cells.clone().find(|cell| cell["binary"] == name).unwrap()["sign"] == true
        };
        [cell("tool"), cell("other")]
    };
    assert_eq!(is_signed(), [true, false]);
    project.edit("Cargo.toml", "timeout = 60", "third-party = [\"other\"]");
    assert_eq!(is_signed(), [true, true]);
}

#[test]
fn a_missing_program_or_secret_is_an_error_before_anything_is_built() {
    let signed = Signed::by("");
    for value in ["", " "] {
        let ran = signed.project.run_with(&["dist"], |command| {
            command.env("SIGN_PASSWORD", value);
        });
        ran.failed(1, &["the environment variable SIGN_PASSWORD is empty\nhelp: set it"]);
    }
    let ran = signed.project.run_with(&["dist"], |command| {
        command.env_remove("SIGN_PASSWORD");
    });
    ran.failed(1, &["the environment variable SIGN_PASSWORD is not set\nhelp: set it"]);
    signed.project.edit("Cargo.toml", "'./sign", "'./Dockerfile");
    signed.fails(&[
        "cannot sign the binaries for windows: ./Dockerfile is not an executable file\nhelp: make it",
    ]);
    signed.project.edit("Cargo.toml", "'./Dockerfile", "'./no-such-tool");
    signed.fails(&["cannot sign the binaries for windows: ./no-such-tool was not found"]);
    signed.project.assert_nothing_done();
}

#[test]
fn a_command_that_does_not_sign_is_an_error() {
    let signed = Signed::by("true");
    signed.fails(&["cannot sign /windows/tool.exe in linux/amd64: `./sign` left no file at {out}"]);
    signed.script("cp $3 $4");
    signed.fails(&["/windows/tool.exe in linux/amd64 is not signed: `./sign` did not change it"]);
    signed.script("cp $3 $4; echo >> $4");
    signed.fails(&["is not signed: it has no signature"]);
    signed.script("echo text > $4");
    signed.fails(&["is not signed: it is not a program for this host any more"]);
    signed.script("ln -s $3 $4");
    signed.fails(&["left no file at {out}"]);
}

#[test]
fn a_command_that_fails_and_prints_megabytes_and_secrets_shows_a_little_and_no_secret() {
    let signed = Signed::by(
        "head -c 50000000 /dev/zero | tr '\\0' x; echo; cat $2; echo; echo wrong password >&2; exit 3",
    );
    let ran = signed.fails(&[
        "wrong password",
        "[secret]",
        "`./sign` ended with exit status: 3; its output is above",
    ]);
    assert!(ran.stderr.len() < 10_000, "{} bytes", ran.stderr.len());
}

#[test]
fn a_command_that_hangs_is_ended() {
    let signed = Signed::by("sleep 300");
    signed.project.edit("Cargo.toml", "timeout = 60", "timeout = 1");
    signed.fails(&["cannot sign /windows/tool.exe in linux/amd64: `./sign` did not end within 1 seconds"]);
}

#[test]
fn the_file_that_cargo_has_built_stays_as_it_is() {
    let signed = Signed::by("exit 1");
    signed.fails(&["ended with exit status: 1"]);
    let built = || signed.project.read("target/x86_64-pc-windows-gnullvm/release/tool.exe");
    let before = built();
    signed.script("echo >> $3; exit 1");
    signed.fails(&["ended with exit status: 1"]);
    assert!(before == built());
}

#[test]
fn an_interrupt_removes_the_secrets_that_only_the_user_could_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let signed = Signed::by("touch started; sleep 300");
    let mut command = signed.project.command(&["dist"]);
    let tool = signed.connect(&mut command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = signed.project.path("started");
    wait_until("the command that signs", || started.exists());
    let secrets = signed.secrets();
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(std::fs::read_to_string(&secrets[0]).unwrap(), SECRET);
    kill(Pid::from_raw(tool.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let output = tool.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(signed.secrets().len(), 0);
    assert!(!String::from_utf8(output.stderr).unwrap().contains("horse"));
}

const IMAGE: &str =
    "\n[workspace.metadata.extension.sign]\nimage = './sign --key {secret-file:SIGN_KEY} {image}'\n";

#[test]
fn the_plan_says_how_a_pushed_image_is_signed() {
    let project = Project::new();
    project.edit("Cargo.toml", "hosts = [\"linux\"]\n", &format!("hosts = [\"linux\"]\n{IMAGE}"));
    let plan = |flags: &[&str]| project.run(&[&["plan"], flags].concat()).succeeded().stdout;
    let text = plan(&["--push"]);
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words}: {text}"));
    let step = at(
        "sign the image, and find its signature in the registry: ./sign --key {secret-file:SIGN_KEY} {image}",
    );
    assert!(at("push the image by its digest") < step && step < at("set the tags"), "{text}");
    let json: Value = serde_json::from_str(&plan(&["--push", "--format", "json"])).unwrap();
    assert_eq!(json["sign"], serde_json::json!({ "image": "./sign --key {secret-file:SIGN_KEY} {image}" }));
    assert!(!plan(&[]).contains("sign the image"), "an archive is not signed");
}

#[test]
fn a_program_or_a_secret_that_signs_the_image_is_missed_before_anything_is_compiled() {
    let project = Project::new();
    project.edit("Cargo.toml", "hosts = [\"linux\"]\n", &format!("hosts = [\"linux\"]\n{IMAGE}"));
    let push = || {
        project.run_with(&["dist", "--push"], |command| {
            command.env_remove("SIGN_KEY");
        })
    };
    let ran = push()
        .failed(1, &["cannot sign the image: ./sign was not found", "help: install it, or change `image`"]);
    assert!(!ran.stderr.contains("Compiling"), "{}", ran.stderr);
    let missed = "note sign image: ./sign was not found, so `dist` cannot sign the image";
    assert!(project.run(&["doctor"]).succeeded().stderr.contains(missed));
    program(project.path("").as_std_path(), "sign", "#!/bin/sh\n");
    let ran = push().failed(1, &["the environment variable SIGN_KEY is not set", "\nhelp: "]);
    assert!(!ran.stderr.contains("Compiling"), "{}", ran.stderr);
    let missed = "SIGN_KEY is not set, so `dist` cannot sign the image";
    assert!(project.run(&["doctor"]).succeeded().stderr.contains(missed));
}

#[test]
fn only_registries_are_asked_for_signatures() {
    let project = Project::new();
    project
        .run(&["inspect", "--signatures", "."])
        .failed(1, &[". is not in a registry", "\nhelp: leave out"]);
}
