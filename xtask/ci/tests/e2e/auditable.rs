//! Programs that list their crates, built through the real cargo-auditable, and read by the library that `cargo audit` uses.

use std::process::Command;

use camino::Utf8PathBuf;

use crate::process::run;
use crate::sandbox::Sandbox;
use crate::wine::Wine;

/// The programs in the stage.
fn programs(sandbox: &Sandbox, paths: &[&str]) -> Vec<Utf8PathBuf> {
    let stage = sandbox.dist_folder().join("stage");
    let of = |path: &&str| ["amd64", "arm64"].map(|arch| stage.join(arch).join(path));
    paths.iter().flat_map(of).collect()
}

/// The names and versions that a program lists.
fn listed(program: &Utf8PathBuf) -> Vec<String> {
    let info = auditable_info::audit_info_from_file(program.as_std_path(), Default::default()).unwrap();
    info.packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect()
}

#[track_caller]
fn prints(command: &mut Command, words: &str) {
    let output = run(command).succeeded().stdout;
    assert!(output.contains(words), "{output}");
}

/// All six targets are linked by rust-lld.
#[test]
#[ignore = "needs wine and cargo-auditable: run cargo ci"]
fn every_program_lists_its_crates_whatever_the_profile_removes() {
    let build = || {
        let sandbox = Sandbox::hello();
        sandbox.make_auditable("extension");
        let manifest = fs_err::read_to_string(sandbox.root.join("Cargo.toml")).unwrap();
        let profile = "[profile.release]\nstrip = true\nlto = \"fat\"\npanic = \"abort\"\n";
        fs_err::write(sandbox.root.join("Cargo.toml"), format!("{manifest}\n{profile}")).unwrap();
        run(&mut sandbox.auditable(&["dist"])).succeeded();
        sandbox
    };
    let [sandbox, other] = [build(), build()];
    let programs = programs(&sandbox, &["darwin/hello", "windows/hello.exe", "linux/hello"]);
    assert_eq!(programs.len(), 6);
    for program in &programs {
        assert_eq!(listed(program), ["dep 3.2.1", "hello 0.1.0"], "{program}");
    }
    prints(&mut Command::new(&programs[4]), "hello from linux x86_64");
    prints(Wine::new().command().arg(&programs[2]), "hello from windows x86_64");
    let [first, second] = [&sandbox, &other].map(|sandbox| fs_err::read(sandbox.archive()).unwrap());
    assert!(first == second, "the archives of two directories differ");
    let report = sandbox.xtask(&["inspect", sandbox.archive().as_str()]).stdout;
    assert!(report.contains("lists 2 crates: /darwin/hello, /linux/hello, /windows/hello.exe"), "{report}");
}

/// zig compiles C for both systems, and links for Windows.
#[test]
#[ignore = "needs zig, wine and cargo-auditable: run cargo ci"]
fn programs_with_c_code_list_their_crates() {
    let sandbox = Sandbox::fixture("headers");
    sandbox.make_auditable("uses");
    run(&mut sandbox.auditable(&["dist"])).succeeded();
    let programs = programs(&sandbox, &["darwin/uses", "windows/uses.exe"]);
    for program in &programs {
        let listed = listed(program);
        assert!(
            listed.contains(&"cc 1.11.3".to_owned()) && listed.contains(&"dep 3.2.1".to_owned()),
            "{listed:?}"
        );
    }
    run(Wine::new().command().arg(&programs[2])).succeeded();
}

/// Cargo lists build dependencies for the target, but compiles those for this machine. So it does not link the program again if
/// one for the target has changed.
#[test]
#[ignore = "needs cargo-auditable: run cargo ci"]
fn a_program_that_lists_another_version_is_not_shipped() {
    let sandbox = Sandbox::hello();
    sandbox.make_auditable("extension");
    let only_windows = "[target.'cfg(windows)'.build-dependencies]";
    sandbox.edit("extension/Cargo.toml", "[dependencies]", only_windows);
    fs_err::write(sandbox.root.join("extension/build.rs"), "fn main() {}").unwrap();
    run(&mut sandbox.auditable(&["dist"])).succeeded();
    let archive = fs_err::read(sandbox.archive()).unwrap();
    sandbox.edit("dep/Cargo.toml", "3.2.1", "3.2.2");
    let words = [
        "/windows/hello.exe in linux/amd64",
        "dep 3.2.2 not listed; dep 3.2.1 only listed",
        "\nhelp: run `cargo clean`",
    ];
    run(&mut sandbox.auditable(&["dist"])).failed(1, &words);
    assert!(fs_err::read(sandbox.archive()).unwrap() == archive);
    fs_err::remove_dir_all(sandbox.root.join("target")).unwrap();
    run(&mut sandbox.auditable(&["dist"])).succeeded();
}

#[test]
#[ignore = "needs cargo-auditable: run cargo ci"]
fn a_dockerfile_that_replaces_a_program_by_one_without_a_list_is_an_error() {
    let sandbox = Sandbox::hello();
    sandbox.dist(&[]);
    let folder = sandbox.dist_folder().with_file_name("x86_64-unknown-linux-musl");
    fs_err::copy(folder.join("release/hello"), sandbox.root.join("other")).unwrap();
    sandbox.make_auditable("extension");
    sandbox.edit("Cargo.toml", "image = ", "context = \".\"\nimage = ");
    let copy = "COPY --from=stage common/ /\nCOPY --from=stage --chmod=0755 ${TARGETARCH}/ /\n";
    let dockerfile = format!("FROM scratch\nARG TARGETARCH\n{copy}COPY --chmod=0755 other /linux/hello\n");
    fs_err::write(sandbox.root.join("Dockerfile"), dockerfile).unwrap();
    let words = [
        "/linux/hello in linux/amd64: has no readable list of its crates any more",
        "\nhelp: check the Dockerfile",
    ];
    run(&mut sandbox.auditable(&["dist", "--platform", "linux/amd64"])).failed(1, &words);
}
