//! `install` and `uninstall` with a fake of the desktops' command lines that records its calls. These tests run neither
//! desktop: see docs/install.md.

mod desktop;

use desktop::Desktops;

#[test]
fn the_extension_is_built_for_the_engine_loaded_and_installed() {
    let desktops = Desktops::new(&["docker"]);
    let ran = desktops.run(&["install"]).succeeded();
    assert_eq!(ran.stdout, "");
    insta::assert_snapshot!(desktops.calls());
    assert_eq!(desktops.read("built"), "example/tool:1.2.3-dev.N for linux/amd64 on \n");
    assert!(desktops.read("docker.installed").starts_with("example/tool:1.2.3-dev."));
    assert!(ran.stderr.contains("Installed example/tool:1.2.3-dev."), "{}", ran.stderr);
}

#[test]
fn a_second_install_updates_and_removes_the_previous_image() {
    let desktops = Desktops::new(&["docker"]);
    desktops.write("docker.installed", "example/tool:1.2.3");
    desktops.write("images", "1.2.3\n1.2.3-dev.5\n");
    let ran = desktops.run(&["install"]).succeeded();
    insta::assert_snapshot!(desktops.calls());
    assert_eq!(desktops.read("images"), "1.2.3\n1.2.3-dev.N\n", "the published image and the new one remain");
    assert!(!desktops.read_exactly("images").contains("dev.5\n"));
    assert!(ran.stderr.contains("Removed the image example/tool:1.2.3-dev.5"), "{}", ran.stderr);
}

#[test]
fn what_a_command_builds_and_what_the_project_has_is_installed() {
    let desktops = Desktops::new(&["docker"]);
    let project = &desktops.project;
    let tables = "[workspace.metadata.extension.binaries.tool]\npath = \"out/tool\"\n\
                  build = \"rustc --target x86_64-unknown-linux-musl -C linker=rust-lld -C strip=symbols -o out/tool main.rs\"\n\
                  hosts = [\"linux\"]\n[[workspace.metadata.extension.files]]\nfrom = \"run.sh\"\n";
    project.edit("Cargo.toml", "[workspace.metadata.extension.binaries.tool]\n", tables);
    project.edit("metadata.json", "/linux/tool\"}", "/linux/tool\"}, {\"path\": \"/linux/run.sh\"}");
    project.write("main.rs", "fn main() {}\n");
    project.write("run.sh", "#!/bin/sh\n");
    project.write("out/README", "");
    let ran = desktops.run(&["install"]).succeeded();
    assert!(ran.stderr.contains("Built tool") && !ran.stderr.contains("Compiling"), "{}", ran.stderr);
    for name in ["tool", "run.sh"] {
        assert!(project.path("target/dist/stage/amd64/linux").join(name).is_file(), "{name}");
    }
}

#[test]
fn nothing_is_signed_for_ones_own_machine() {
    let desktops = Desktops::new(&["docker"]);
    let project = &desktops.project;
    let sign =
        "hosts = [\"windows\"]\n[workspace.metadata.extension.sign]\nwindows = \"no-such-tool {file}\"\n";
    project.edit("Cargo.toml", "hosts = [\"linux\"]\n", sign);
    project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
    project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
    project.run(&["dist"]).failed(1, &["no-such-tool was not found"]);
    desktops.run(&["install"]).succeeded();
}

#[test]
fn the_platform_is_that_of_the_engine() {
    let desktops = Desktops::new(&["docker"]);
    desktops.write("platform", "linux/arm64");
    desktops.run(&["install"]).succeeded();
    assert_eq!(desktops.read("built"), "example/tool:1.2.3-dev.N for linux/arm64 on \n");
    assert!(desktops.project.path("target/dist/stage/arm64/linux/tool").is_file());
    assert!(!desktops.project.path("target/dist/stage/amd64").exists());
}

#[test]
fn the_image_is_loaded_into_the_desktops_own_engine() {
    let desktops = Desktops::new(&["docker"]);
    desktops.write("context-desktop-linux", "unix:///desktop.sock\n");
    let ran = desktops.run_with(&["install"], |command| {
        command.env("DOCKER_HOST", "unix:///other.sock");
    });
    assert!(ran.succeeded().stderr.contains("unix:///desktop.sock"));
    assert_eq!(desktops.read("built"), "example/tool:1.2.3-dev.N for linux/amd64 on unix:///desktop.sock\n");
}

#[test]
fn the_ui_can_come_from_a_dev_server_and_again_from_the_image() {
    let desktops = Desktops::with_ui(&["docker"]);
    desktops.run(&["install", "--ui-source"]).succeeded();
    desktops.run(&["install", "--ui-source", "http://localhost:5173"]).succeeded();
    desktops.project.edit("Cargo.toml", "dir = \"ui\"", "dir = \"ui\"\ndev-url = \"http://localhost:4000\"");
    desktops.run(&["install", "--ui-source"]).succeeded();
    desktops.run(&["install"]).succeeded();
    let calls = desktops.calls();
    let dev: Vec<_> = calls.lines().filter(|call| call.contains(" dev ")).collect();
    assert_eq!(
        dev,
        [
            "docker extension dev ui-source example/tool http://localhost:3000",
            "docker extension dev ui-source example/tool http://localhost:5173",
            "docker extension dev ui-source example/tool http://localhost:4000",
            "docker extension dev reset example/tool",
        ]
    );
}

#[test]
fn uninstall_removes_the_extension_and_its_images() {
    let desktops = Desktops::new(&["docker"]);
    desktops.run(&["install"]).succeeded();
    desktops.forget_calls();
    let ran = desktops.run(&["uninstall"]).succeeded();
    insta::assert_snapshot!(desktops.calls());
    assert_eq!(desktops.read("images"), "");
    assert!(ran.stderr.contains("Uninstalled example/tool from Docker Desktop"), "{}", ran.stderr);
    let again = desktops.run(&["uninstall"]).succeeded();
    assert!(again.stderr.contains("Docker Desktop does not have example/tool"), "{}", again.stderr);
}

#[test]
fn rancher_desktop_with_moby_uses_images_of_docker() {
    let desktops = Desktops::new(&["docker", "rdctl"]);
    desktops.write("no-plugin", "");
    desktops.write("context-rancher-desktop", "unix:///rancher.sock");
    let ran = desktops.run(&["install"]).succeeded();
    insta::assert_snapshot!(desktops.calls());
    assert!(desktops.read("built").ends_with("on unix:///rancher.sock\n"));
    assert!(desktops.read("rancher.installed").starts_with("example/tool:1.2.3-dev."));
    assert!(ran.stderr.contains("in Rancher Desktop, in "), "{}", ran.stderr);
    desktops.run(&["uninstall"]).succeeded();
    assert!(desktops.calls().contains("rdctl extension uninstall example/tool:1.2.3-dev.N"));
    assert!(!desktops.path("rancher.installed").exists());
}

#[test]
fn rancher_desktop_removes_an_extension_of_a_registry_with_a_port() {
    let desktops = Desktops::new(&["docker", "rdctl"]);
    desktops.write("no-plugin", "");
    desktops.write("rancher.installed", "localhost:5000/x/tool:1.0.0");
    desktops.write("rancher.files", "localhost:5000/x/tool:1.0.0\n");
    let image = ["uninstall", "--image", "localhost:5000/x/tool"];
    let ran = desktops.run(&image).succeeded();
    assert!(ran.stderr.contains("Uninstalled localhost:5000/x/tool from Rancher Desktop"), "{}", ran.stderr);
    assert!(!desktops.path("rancher.installed").exists(), "it is gone");
    desktops.run(&image).succeeded();
    desktops.write("rancher.installed", "example/tool:1.0.0");
    desktops.write("stuck", "");
    desktops
        .run(&["uninstall"])
        .failed(1, &["still lists example/tool", "help: remove it in Rancher Desktop"]);
}

#[test]
fn rancher_desktop_keeps_no_files_of_the_previous_version() {
    let desktops = Desktops::new(&["docker", "rdctl"]);
    desktops.write("no-plugin", "");
    desktops.write("rancher.installed", "example/tool:1.0.0");
    desktops.write("rancher.files", "example/tool:1.0.0\n");
    desktops.run(&["install"]).succeeded();
    assert_eq!(desktops.read("rancher.files"), "example/tool:1.2.3-dev.N\n");
}

#[test]
fn a_refusal_of_rancher_desktop_is_shown() {
    for (reason, words) in
        [("denied", "is not an allowed extension"), ("invalid", "has invalid extension metadata")]
    {
        let desktops = Desktops::new(&["docker", "rdctl"]);
        desktops.write("no-plugin", "");
        desktops.write(reason, "");
        desktops.run(&["install"]).failed(1, &[words, "Rancher Desktop refused the extension"]);
    }
}

#[test]
fn rancher_desktop_with_containerd_gets_an_archive_in_its_namespace() {
    let desktops = Desktops::new(&["rdctl", "nerdctl"]);
    desktops.write("settings", r#"{"containerEngine": {"name": "containerd"}}"#);
    desktops.run(&["install"]).succeeded();
    insta::assert_snapshot!(desktops.calls());
    assert!(desktops.read_exactly("loaded").trim().parse::<u64>().unwrap() > 1000, "an archive was loaded");
    assert!(!desktops.project.path("target/dist/install.oci.tar").exists());
}

#[test]
fn a_note_says_which_of_two_running_desktops_is_used() {
    let desktops = Desktops::new(&["docker", "rdctl"]);
    let ran = desktops.run(&["install"]).succeeded();
    assert!(ran.stderr.contains("using Docker Desktop; Rancher Desktop is running too"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--desktop rancher"), "{}", ran.stderr);
    desktops.run(&["install", "--desktop", "rancher"]).succeeded();
    assert!(desktops.read("rancher.installed").contains("-dev."));
}

/// Asserts that the run fails with these words and builds nothing.
fn refused(desktops: &Desktops, args: &[&str], words: &[&str]) {
    desktops.run(args).failed(1, words);
    desktops.project.assert_nothing_done();
}

#[test]
fn missing_desktop_tools_are_errors_before_compiling() {
    refused(
        &Desktops::new(&[]),
        &["install"],
        &["install Docker Desktop", "install Rancher Desktop", "Podman Desktop", "dist --push"],
    );
    let desktops = Desktops::new(&["docker"]);
    desktops.write("no-plugin", "");
    refused(&desktops, &["install", "--desktop", "docker"], &["has no command `extension`"]);
    refused(&desktops, &["install", "--desktop", "rancher"], &["rdctl was not found"]);
    refused(&desktops, &["uninstall"], &["no desktop found"]);

    let desktops = Desktops::new(&["docker"]);
    desktops.write("docker-asleep", "");
    refused(&desktops, &["install"], &["Docker Desktop does not respond", "help: start it", "backend.sock"]);

    let desktops = Desktops::new(&["rdctl"]);
    desktops.write("rancher-asleep", "");
    refused(&desktops, &["install"], &["Rancher Desktop does not respond", "rdctl start"]);

    let desktops = Desktops::new(&["docker"]);
    desktops.write("no-engine", "");
    refused(&desktops, &["install"], &["engine does not respond", "Cannot connect"]);
    std::fs::remove_file(desktops.path("no-engine")).unwrap();
    desktops.write("platform", "windows/amd64");
    refused(&desktops, &["install"], &["windows/amd64", "switch the desktop to Linux containers"]);

    let desktops = Desktops::new(&["rdctl"]);
    desktops.write("settings", r#"{"containerEngine": {"name": "containerd"}}"#);
    refused(&desktops, &["install"], &["nerdctl", "container-engine.name moby"]);
}

#[test]
fn a_setting_that_forbids_local_extensions_is_an_error() {
    let desktops = Desktops::new(&["docker"]);
    desktops.write_settings(r#"{"OnlyMarketplaceExtensions": true}"#);
    refused(&desktops, &["install"], &["settings-store.json", "Allow only extensions distributed through"]);
    desktops.write_settings(r#"{"OnlyMarketplaceExtensions": false, "ExtensionsEnabled": false}"#);
    refused(&desktops, &["install"], &["turn on `Enable Docker Extensions`"]);
}

#[test]
fn a_dev_server_needs_a_ui_and_docker_desktop() {
    refused(&Desktops::new(&["docker"]), &["install", "--ui-source"], &["--ui-source needs a UI"]);
    refused(&Desktops::with_ui(&["rdctl"]), &["install", "--ui-source"], &["Rancher Desktop cannot"]);
    Desktops::new(&["docker"])
        .run(&["install", "--ui-source", "http://example.org:80"])
        .failed(2, &["this machine"]);
    Desktops::new(&["docker"]).run(&["install", "--desktop", "podman"]).failed(2, &["docker", "rancher"]);
}

#[test]
fn a_refusal_of_the_desktop_names_the_settings_to_change() {
    let desktops = Desktops::new(&["docker"]);
    desktops.write("refuse", "");
    desktops.run(&["install"]).failed(
        1,
        &["has been modified", "Docker Desktop refused", "Allow only extensions distributed through"],
    );
    desktops.run(&["uninstall"]).succeeded();
    assert_eq!(desktops.read("images"), "", "the refused image is removed");
}
