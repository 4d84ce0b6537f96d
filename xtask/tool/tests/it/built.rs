//! Host binaries that a command of the author builds, and files that ship as they are.

use serde_json::Value;

#[cfg(unix)]
use crate::project::program;
use crate::project::{Project, Ran};

const TABLE: &str = "\n[workspace.metadata.extension.binaries.tool]\n\
    path = \"out/{arch}/tool\"\nhosts = [\"linux\"]\n\
    build = \"rustc --crate-name tool --target {arch}-unknown-linux-musl -C linker=rust-lld -C strip=symbols \
             --remap-path-prefix src=src -o out/{arch}/tool src/main.rs\"\n\
    env = { GREETING = \"hello from {arch}\" }\n\
    arch = { amd64 = \"x86_64\", arm64 = \"aarch64\" }\n";

/// An extension without a bin of cargo, whose binary for Linux is built by calling rustc.
fn project() -> Project {
    let project = Project::new();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    project.edit(
        "Cargo.toml",
        "\n[workspace.metadata.extension.binaries.tool]\nhosts = [\"linux\"]\n",
        TABLE,
    );
    project.write("src/main.rs", "fn main() { println!(env!(\"GREETING\")) }\n");
    project.write("out/x86_64/README", "");
    project.write("out/aarch64/README", "");
    project
}

fn cells(ran: &Ran) -> Vec<(String, String, String)> {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let text = |cell: &Value, key: &str| cell[key].as_str().unwrap().to_owned();
    let cells = json["cells"].as_array().unwrap().iter();
    cells.map(|cell| (text(cell, "platform"), text(cell, "path"), text(cell, "source"))).collect()
}

#[test]
fn a_command_builds_the_binary_of_each_platform() {
    let project = project();
    let plan = project.run(&["plan", "--format", "json"]).succeeded();
    let source = |platform: &str| (platform.to_owned(), "/linux/tool".to_owned(), "command".to_owned());
    assert_eq!(cells(&plan), ["linux/amd64", "linux/arm64"].map(source));
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["commands"][1]["env"]["GREETING"], "hello from aarch64");

    let ran = project.run(&["dist"]).succeeded();
    assert_eq!(ran.stderr.matches("Built tool").count(), 2, "{}", ran.stderr);
    let shipped = project.path("target/dist/stage/amd64/linux/tool");
    let output = std::process::Command::new(shipped).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "hello from x86_64\n");
    assert!(project.run(&["dist"]).succeeded().stderr.contains("Built tool"), "its inputs are not known");
}

#[test]
fn a_command_with_unchanged_inputs_is_skipped() {
    let project = project();
    project.edit("Cargo.toml", "arch = {", "inputs = [\"src\"]\narch = {");
    let builds = || project.run(&["dist"]).succeeded().stderr.matches("Built tool").count();
    assert_eq!([builds(), builds()], [2, 0]);
    project.edit("src/main.rs", "fn main", "// changed\nfn main");
    assert_eq!(builds(), 2, "an input has changed");
    std::fs::write(project.path("out/aarch64/tool"), "changed").unwrap();
    assert_eq!(builds(), 1, "an output has changed");
    project.edit("Cargo.toml", "hello from", "greetings from");
    assert_eq!(builds(), 2, "a variable has changed");
    let ran = project.run_with(&["dist"], |command| {
        command.env("RUSTFLAGS_OF_MINE", "-O");
    });
    assert_eq!(ran.succeeded().stderr.matches("Built tool").count(), 2, "the environment has changed");
}

#[test]
#[cfg(unix)]
fn a_command_runs_again_with_another_compiler() {
    let (project, tools) = (project(), tempfile::tempdir().unwrap());
    project.edit("Cargo.toml", "arch = {", "inputs = [\"src\"]\narch = {");
    project.edit("Cargo.toml", "rustc --crate-name", "my-compiler --crate-name");
    let rustc = which::which("rustc").unwrap();
    let builds = |version: &str| {
        program(
            tools.path(),
            "my-compiler",
            &format!("#!/bin/sh\n# {version}\nexec {} \"$@\"\n", rustc.display()),
        );
        let ran = project.run_with(&["dist"], |command| {
            let path = std::env::var_os("PATH").unwrap();
            let paths = std::iter::once(tools.path().to_owned()).chain(std::env::split_paths(&path));
            command.env("PATH", std::env::join_paths(paths).unwrap());
        });
        ran.succeeded().stderr.matches("Built tool").count()
    };
    assert_eq!([builds("1"), builds("1"), builds("2")], [2, 0, 2]);
}

#[test]
fn a_command_that_fails_or_writes_nothing_is_an_error() {
    let project = project();
    project.write("src/main.rs", "fn main() { missing() }\n");
    let ran = project.run(&["dist"]).failed(1, &["cannot build tool", "its output is above", "\nhelp: "]);
    assert!(ran.stderr.contains("cannot find function `missing`"), "{}", ran.stderr);

    project.edit("Cargo.toml", "rustc --crate-name tool", "rustc --version --crate-name tool");
    project.run(&["dist"]).failed(1, &["did not write [project]/out/x86_64/tool", "\nhelp: correct `path`"]);

    project.edit("Cargo.toml", "rustc --version", "no-such-compiler");
    let ran = project.run(&["dist"]).failed(1, &["no-such-compiler was not found", "\nhelp: install it"]);
    assert!(!ran.stderr.contains("Building"), "a missing program is found first: {}", ran.stderr);
}

#[test]
fn a_command_that_builds_for_the_wrong_host_is_an_error() {
    let project = project();
    project.edit("Cargo.toml", "arm64 = \"aarch64\"", "arm64 = \"x86_64\"");
    project.run(&["dist"]).failed(1, &["/linux/tool", "linux/arm64", "is for amd64"]);
}

/// Scripts and data for each host, without any binary.
fn scripts() -> Project {
    let project = Project::new();
    project.edit(
        "Cargo.toml",
        "[workspace.metadata.extension.binaries.tool]\nhosts = [\"linux\"]\n",
        "[[workspace.metadata.extension.files]]\nfrom = \"scripts/run.sh\"\nhosts = [\"darwin\", \"linux\"]\n\
         [[workspace.metadata.extension.files]]\nfrom = \"scripts/run.cmd\"\nhosts = [\"windows\"]\n\
         [[workspace.metadata.extension.files]]\nfrom = \"data\"\nhosts = [\"linux\"]\n",
    );
    project.write("scripts/run.sh", "#!/bin/sh\necho hello\n");
    project.write("scripts/run.cmd", "@echo hello\r\n");
    project.write("data/NOTICE", "data without an extension\n");
    project.write(
        "metadata.json",
        r#"{"icon": "icon.svg", "host": {"binaries": [{"darwin": [{"path": "/darwin/run.sh"}], "windows": [{"path": "/windows/run.cmd"}], "linux": [{"path": "/linux/NOTICE"}, {"path": "/linux/run.sh"}]}]}}"#,
    );
    project
}

#[test]
fn scripts_and_data_ship_without_a_binary() {
    let project = scripts();
    assert_agrees(&project);
    project.run(&["dist"]).succeeded();
    let stage = project.path("target/dist/stage/amd64");
    for (file, mode) in [("darwin/run.sh", 0o755), ("windows/run.cmd", 0o755), ("linux/NOTICE", 0o644)] {
        let metadata = std::fs::metadata(stage.join(file)).unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, mode, "{file}");
        assert!(metadata.is_file() && mode > 0);
    }
}

#[test]
fn an_extension_without_rust_needs_no_package() {
    let project = scripts();
    project.edit("Cargo.toml", "members = [\"tool\"]\n", "");
    std::fs::remove_dir_all(project.path("tool")).unwrap();
    assert_agrees(&project);
    let folder = project.path("scripts");
    project
        .run_with(&["dist"], |command| {
            command.current_dir(folder);
        })
        .succeeded();
    assert!(project.path("target/dist/stage/amd64/linux/run.sh").is_file());
    project.edit("Cargo.toml", "[workspace]", "[workspace]\nmembers = [\"none\"]");
    project.run(&["plan"]).failed(1, &["cargo cannot read this workspace"]);
}

#[test]
fn a_file_may_have_the_name_of_a_binary_for_other_hosts() {
    let project = project();
    project.edit("Cargo.toml", "hello from {arch}", "hello from {os}, {arch}");
    let files = "[[workspace.metadata.extension.files]]\nfrom = \"scripts/tool\"\nhosts = [\"darwin\"]\n";
    let table = "\n[workspace.metadata.extension.binaries.tool]";
    project.edit("Cargo.toml", table, &format!("\n{files}{table}"));
    project.write("scripts/tool", "#!/bin/sh\n");
    project.edit("metadata.json", "\"darwin\": []", "\"darwin\": [{\"path\": \"/darwin/tool\"}]");
    let plan = project.run(&["plan", "--format", "json"]).succeeded();
    let sources: Vec<_> = cells(&plan).into_iter().map(|(_, path, source)| (path, source)).collect();
    let expected = [
        ("/linux/tool", "command"),
        ("/linux/tool", "command"),
        ("/darwin/tool", "file"),
        ("/darwin/tool", "file"),
    ];
    assert_eq!(sources, expected.map(|(path, source)| (path.to_owned(), source.to_owned())));
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["commands"].as_array().unwrap().len(), 2, "nothing is built for darwin");
}

#[test]
fn a_fix_lists_the_files_of_the_project() {
    let project = scripts();
    let listed = project.read("metadata.json");
    project.edit("metadata.json", "{\"path\": \"/darwin/run.sh\"}", "");
    project.run(&["plan"]).failed(1, &["+ /darwin/run.sh  (darwin) is built, but not listed"]);
    project.run(&["check", "--fix"]);
    let fixed: Value = serde_json::from_slice(&project.read("metadata.json")).unwrap();
    assert_eq!(fixed, serde_json::from_slice::<Value>(&listed).unwrap());
}

#[test]
fn a_fix_keeps_what_the_project_has() {
    let project = scripts();
    project.edit("Cargo.toml", "from = \"scripts/run.sh\"", "from = \"scripts/other.sh\"");
    project.write("scripts/other.sh", "#!/bin/sh\n");
    project.edit("Dockerfile", "ARG TARGETARCH", "COPY scripts/run.sh /darwin/run.sh\nARG TARGETARCH");
    let ran = project.run(&["check", "--fix"]);
    assert!(ran.stdout.contains("name the file in [[workspace.metadata.extension.files]]"), "{}", ran.stdout);
    let text = String::from_utf8(project.read("metadata.json")).unwrap();
    assert!(text.contains("/darwin/run.sh"), "the Dockerfile copies it: {text}");
    assert!(!text.contains("/linux/run.sh"), "nothing provides it: {text}");
}

#[test]
fn a_missing_file_is_an_error_in_check_and_plan() {
    let project = scripts();
    std::fs::remove_file(project.path("scripts/run.sh")).unwrap();
    let message = "`files` names scripts/run.sh, which does not exist";
    project.run(&["plan"]).failed(1, &[message, "help: add it"]);
    let check = project.run(&["check"]).stdout;
    assert!(check.contains("error[files]") && check.contains(message), "{check}");
}

/// Asserts that `check` sees no difference between metadata.json, the Dockerfile and what is built.
#[track_caller]
fn assert_agrees(project: &Project) {
    let check = project.run(&["check"]).stdout;
    assert!(
        !check.contains("[files]") && !check.contains("[binary-") && !check.contains("Dockerfile:"),
        "{check}"
    );
}

#[test]
fn a_binary_may_have_another_path_in_the_image() {
    let project = Project::new();
    project.edit(
        "Cargo.toml",
        "hosts = [\"linux\"]",
        "hosts = [\"linux\"]\nimage-path = \"/host/{os}/my-tool{exe}\"",
    );
    project.edit("metadata.json", "/linux/tool", "/host/linux/my-tool");
    assert_agrees(&project);
    project.run(&["dist"]).succeeded();
    assert!(project.path("target/dist/stage/amd64/host/linux/my-tool").is_file());
}

#[test]
fn icon_compose_file_and_ui_may_be_wherever_metadata_says() {
    let project = Project::with_ui();
    project.edit(
        "metadata.json",
        "\"icon\": \"icon.svg\",",
        "\"icon\": \"art/logo.svg\", \"vm\": {\"composefile\": \"deploy/compose.yaml\"},\n\
         \"ui\": {\"dashboard-tab\": {\"title\": \"T\", \"root\": \"/web/app\", \"src\": \"page.mir\"}},",
    );
    project.write("art/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    project.write("deploy/compose.yaml", "services: {}\n");
    project.edit(
        "Dockerfile",
        "COPY common/ /",
        "COPY common/art /art\nCOPY common/deploy /deploy\nCOPY common/ui /web/app",
    );
    assert_agrees(&project);
    project.run(&["dist"]).succeeded();
    project.edit("Dockerfile", "COPY common/deploy /deploy\n", "");
    project.run(&["dist"]).failed(1, &["/deploy/compose.yaml"]);
}
