//! `dist --only` on one machine and `dist --from` on another, each in a folder of its own.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use sixfold_model::digest::Digest;

use crate::project::{Project, Ran};

const ARCHIVE: &str = "target/dist/tool-1.2.3.oci.tar";
const CELLS: &str = "target/dist/cells-linux-amd64";
const BINARY: &str = "amd64/linux/tool";

/// A machine with a clone of a project that has a cell for Linux on each architecture.
fn machine() -> Project {
    let project = Project::new();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    project.write(".gitignore", "/target/\n");
    git(&project, &["init", "--quiet"]);
    project
}

fn git(project: &Project, args: &[&str]) {
    assert!(Command::new("git").args(args).current_dir(project.path("")).status().unwrap().success());
}

fn from(project: &Project, command: &str, folders: &[&Utf8Path]) -> Ran {
    let folders = folders.iter().flat_map(|folder| ["--from", folder.as_str()]);
    project.run(&[command].into_iter().chain(folders).collect::<Vec<_>>())
}

/// A folder as `--only` writes it, whose binary is a text: enough for what is checked before it is staged.
struct Folder {
    machine: Project,
    path: Utf8PathBuf,
}

impl Folder {
    fn new() -> Self {
        let machine = machine();
        let plan = machine.run(&["plan", "--only", "linux-amd64", "--format", "json"]).succeeded();
        let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
        let folder = Self { path: machine.path("cells"), machine };
        folder.machine.write(&format!("cells/{BINARY}"), "binary");
        let entry = json!({
            "path": BINARY,
            "target": "x86_64-unknown-linux-musl",
            "size": 6,
            "sha256": Digest::of(b"binary").hex(),
        });
        folder.write(&json!({ "format": 1, "plan": plan["digest"], "files": [entry] }));
        folder
    }

    fn manifest(&self) -> Value {
        serde_json::from_slice(&self.machine.read("cells/manifest.json")).unwrap()
    }

    fn write(&self, manifest: &Value) {
        self.machine.write("cells/manifest.json", &manifest.to_string());
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut manifest = self.manifest();
        change(&mut manifest);
        self.write(&manifest);
    }

    #[track_caller]
    fn is_rejected(&self, words: &str) {
        from(&self.machine, "plan", &[&self.path]).failed(1, &[words, "help: "]);
    }
}

#[test]
fn cells_of_two_machines_make_the_image_of_one() {
    let [one, first, second] = [machine(), machine(), machine()];
    one.run(&["dist"]).succeeded();
    let ran = first.run(&["dist", "--only", "linux-amd64"]).succeeded();
    assert_eq!(ran.stdout.trim(), format!("[project]/{CELLS}"));
    assert!(!first.path("target/dist/stage").exists() && !first.path(ARCHIVE).exists());

    let cells = first.path(CELLS);
    let plan = from(&second, "plan", &[&cells]).succeeded().stdout;
    assert!(plan.contains(&format!("from {cells}")), "{plan}");
    assert!(!plan.contains("--target x86_64-unknown-linux-musl"), "{plan}");
    from(&second, "dist", &[&cells]).succeeded();
    assert!(!second.path("target/x86_64-unknown-linux-musl").exists(), "it was built again");
    assert!(one.read(ARCHIVE) == second.read(ARCHIVE), "the archives differ");
}

#[test]
fn a_folder_in_the_repository_is_not_a_source() {
    let folder = Folder::new();
    let plan = from(&folder.machine, "plan", &[&folder.path]).succeeded().stdout;
    assert!(plan.contains("take 1 binaries from other machines"), "{plan}");
}

#[test]
fn other_sources_versions_and_profiles_are_another_plan() {
    let folder = Folder::new();
    let main = folder.machine.read("tool/src/main.rs");
    folder.machine.write("tool/src/main.rs", "fn main() {}\n");
    folder.is_rejected("is from another plan: sha256:");
    folder.machine.write("tool/src/main.rs", &String::from_utf8(main).unwrap());
    folder.machine.write("tool/src/new.rs", "");
    folder.is_rejected("is from another plan");
    std::fs::remove_file(folder.machine.path("tool/src/new.rs")).unwrap();
    let args = ["plan", "--profile", "dev", "--from", folder.path.as_str()];
    folder.machine.run(&args).failed(1, &["is from another plan"]);
    from(&folder.machine, "plan", &[&folder.path]).succeeded();
}

#[test]
fn the_index_of_the_author_stays_as_it_is() {
    let machine = machine();
    machine.run(&["plan", "--only", "linux"]).succeeded();
    assert!(!machine.path(".git/index").exists());
    let objects = machine.path(".git/objects").read_dir_utf8().unwrap();
    let names: Vec<_> = objects.map(|entry| entry.unwrap().file_name().to_owned()).collect();
    assert!(names.iter().all(|name| name == "info" || name == "pack"), "{names:?}");
}

#[test]
fn a_binary_that_differs_from_its_manifest_is_rejected() {
    let folder = Folder::new();
    let dist = || from(&folder.machine, "dist", &[&folder.path]);
    dist().failed(1, &["some files are not what their hosts need"]);
    folder.machine.write(&format!("cells/{BINARY}"), "BINARY");
    dist().failed(1, &["is not the file that the manifest in", "help: build the folder again"]);
    assert!(!folder.machine.path("target/x86_64-unknown-linux-musl").exists(), "it compiled first");
    folder.machine.write(&format!("cells/{BINARY}"), "longer than that");
    folder.is_rejected("has 16 bytes, but its manifest says 6");
    std::fs::remove_file(folder.path.join(BINARY)).unwrap();
    folder.is_rejected("lacks amd64/linux/tool, which its manifest names");
}

#[test]
fn files_that_the_manifest_does_not_name_are_rejected() {
    let folder = Folder::new();
    folder.machine.write("cells/amd64/linux/other", "");
    folder.is_rejected("has amd64/linux/other, which its manifest does not name");
}

#[test]
#[cfg(unix)]
fn a_symbolic_link_is_rejected() {
    let folder = Folder::new();
    let binary = folder.path.join(BINARY);
    std::fs::rename(&binary, folder.machine.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(folder.machine.path("elsewhere"), binary).unwrap();
    folder.is_rejected("amd64/linux/tool is neither a file nor a folder");
}

#[test]
fn a_cell_that_two_folders_have_is_rejected() {
    let folder = Folder::new();
    let twice = from(&folder.machine, "plan", &[&folder.path, &folder.path]);
    twice.failed(1, &["both have amd64/linux/tool", "help: leave out one"]);
    folder.change(|manifest| {
        let entry = manifest["files"][0].clone();
        manifest["files"].as_array_mut().unwrap().push(entry);
    });
    folder.is_rejected("both have amd64/linux/tool");
}

#[test]
fn a_cell_that_the_plan_does_not_have_is_rejected() {
    let folder = Folder::new();
    for path in ["amd64/darwin/tool", "../cells/amd64/linux/tool", "/etc/passwd", "amd64\\linux\\tool"] {
        folder.change(|manifest| manifest["files"][0]["path"] = path.into());
        folder.is_rejected("which the plan does not build");
    }
    folder.change(|manifest| {
        manifest["files"][0]["path"] = BINARY.into();
        manifest["files"][0]["target"] = "aarch64-unknown-linux-musl".into();
    });
    folder.is_rejected("which the plan does not build");
}

#[test]
fn a_manifest_that_is_broken_or_of_another_format_is_rejected() {
    let folder = Folder::new();
    let good = folder.manifest();
    folder.change(|manifest| manifest["more"] = 1.into());
    folder.is_rejected("unknown field `more`");
    folder.change(|manifest| manifest["format"] = 2.into());
    folder.is_rejected("it has format 2, not 1");
    folder.write(&good);
    folder.change(|manifest| manifest["plan"] = "sha256:x".into());
    folder.is_rejected("is not a digest");
    std::fs::write(folder.path.join("manifest.json"), b"{\"format\": \"\xff\"}").unwrap();
    folder.is_rejected("manifest.json");
    std::fs::write(folder.path.join("manifest.json"), vec![b' '; (1 << 20) + 1]).unwrap();
    folder.is_rejected("it is longer than 1048576 bytes");
    std::fs::remove_file(folder.path.join("manifest.json")).unwrap();
    folder.is_rejected("cannot read");
    std::fs::remove_dir_all(&folder.path).unwrap();
    folder.is_rejected("is not a folder");
}

#[test]
fn only_and_what_needs_the_whole_image_exclude_each_other() {
    for flags in ["--push", "--load", "--tag=1", "--engine=builtin", "--overwrite", "--sbom", "--from=x"] {
        machine().run(&["dist", "--only", "linux", flags]).failed(2, &["cannot be used with", "--only"]);
    }
    machine()
        .run(&["dist", "--only", "amd64"])
        .failed(2, &["use one of darwin, darwin-amd64, darwin-arm64,"]);
}

#[test]
fn every_machine_enables_the_features_of_all_binaries() {
    let machine = machine();
    machine.edit("Cargo.toml", "[\"tool\"]", "[\"tool\", \"other\"]");
    machine.edit(
        "Cargo.toml",
        "[workspace.metadata.extension.binaries.tool]",
        "[workspace.metadata.extension.binaries.other]\nhosts = [\"darwin\"]\n\n[workspace.metadata.extension.binaries.tool]",
    );
    machine.edit("metadata.json", r#""darwin": []"#, r#""darwin": [{"path": "/darwin/other"}]"#);
    machine.write(
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion.workspace = true\nedition = \"2024\"\n",
    );
    machine.write("other/src/main.rs", "fn main() {}\n");
    let plan = machine.run(&["plan", "--only", "linux", "--format", "json"]).succeeded();
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let paths: Vec<_> = plan["cells"].as_array().unwrap().iter().map(|cell| &cell["path"]).collect();
    assert_eq!(paths, ["/linux/tool", "/linux/tool"]);
    let args = plan["compile"]["args"].as_array().unwrap();
    assert!(args.contains(&"other".into()) && args.contains(&"tool".into()), "{args:?}");
    assert!(!args.contains(&"x86_64-apple-darwin".into()), "{args:?}");
}

#[test]
fn only_has_to_name_a_binary_that_is_built_from_source() {
    let words = ["--only darwin names no binary that is built from source", "help: "];
    machine().run(&["dist", "--only", "linux", "--only", "darwin"]).failed(1, &words);
}

#[test]
fn without_git_two_machines_cannot_be_compared() {
    let words = ["is not in a git repository", "help: run `git init`"];
    Project::new().run(&["plan", "--only", "linux"]).failed(1, &words);
}
