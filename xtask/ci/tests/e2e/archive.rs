//! `dist` to an archive: its contents, that both engines agree on them, and that they are reproducible.

use std::collections::BTreeMap;

use crate::image::{Variant, read_archive};
use crate::native::host_of;
use crate::sandbox::{COMMITTED, Sandbox};

const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];
const BINARIES: [(&str, &str); 3] =
    [("darwin", "/darwin/hello"), ("windows", "/windows/hello.exe"), ("linux", "/linux/hello")];

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_archive_contains_a_native_binary_for_each_host() {
    let sandbox = Sandbox::hello();
    let image = read_archive(&sandbox.dist(&[]));
    assert_eq!(image.keys().collect::<Vec<_>>(), PLATFORMS);
    for (platform, variant) in &image {
        let arch = platform.trim_start_matches("linux/");
        assert_eq!(variant.config["architecture"], arch);
        for (os, path) in BINARIES {
            let entry = &variant.entries[path];
            assert_eq!((entry.mode, host_of(&entry.content)), (0o755, (os, arch)), "{platform} {path}");
        }
        for (path, file) in [("/metadata.json", "metadata.json"), ("/ui/index.html", "ui/index.html")] {
            let entry = &variant.entries[path];
            assert_eq!(entry.mode, 0o644, "{path}");
            assert_eq!(entry.content, fs_err::read(sandbox.root.join(file)).unwrap(), "{path}");
        }
        for (path, entry) in &variant.entries {
            assert_eq!(entry.owner, (0, 0), "{path}");
            assert!(entry.modified <= COMMITTED, "{path}: {}", entry.modified);
        }
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_image_has_the_configured_labels() {
    let image = read_archive(&Sandbox::hello().dist(&[]));
    for variant in image.values() {
        let labels = &variant.config["config"]["Labels"];
        let text = "<p>Says \"hello\", 100 % $PLAIN, in 'quotes' and on\ntwo lines; Grüße.</p>";
        assert_eq!(labels["com.docker.extension.detailed-description"], text);
        assert_eq!(labels["org.opencontainers.image.title"], "Hello");
        assert_eq!(labels["org.opencontainers.image.vendor"], "Example");
        assert_eq!(labels["com.docker.desktop.extension.api.version"], ">= 0.3.4");
        let description = "The smallest extension that the end-to-end tests build";
        assert_eq!(labels["org.opencontainers.image.description"], description);
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn both_engines_write_the_same_image() {
    let sandbox = Sandbox::hello();
    let builtin = read_archive(&sandbox.dist(&["--engine", "builtin"]));
    let buildx = read_archive(&sandbox.dist(&["--engine", "buildx"]));
    assert_eq!(builtin.keys().collect::<Vec<_>>(), buildx.keys().collect::<Vec<_>>());
    for (platform, ours) in &builtin {
        let theirs = &buildx[platform];
        assert_eq!(files(ours), files(theirs), "{platform}");
        for field in ["config", "architecture", "os", "variant"] {
            assert_eq!(ours.config[field], theirs.config[field], "{platform}: {field}");
        }
        assert_eq!(ours.layers.len(), theirs.layers.len());
    }
}

/// What a user of the image can see of a path, except for times: whether it is a folder, its mode, owner and content.
type Visible<'a> = (bool, u32, (u64, u64), &'a [u8]);

fn files(variant: &Variant) -> BTreeMap<&str, Visible<'_>> {
    let visible = variant.entries.iter().map(|(path, entry)| {
        (path.as_str(), (entry.folder, entry.mode, entry.owner, entry.content.as_slice()))
    });
    visible.collect()
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn builds_in_two_folders_are_identical() {
    let [first, second] = [Sandbox::hello(), Sandbox::hello()];
    let [first, second] = [first.dist(&[]), second.dist(&[])].map(|path| fs_err::read(path).unwrap());
    assert!(first == second, "the archives differ");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn editing_the_ui_changes_one_layer_of_each_platform() {
    let sandbox = Sandbox::hello();
    let before = read_archive(&sandbox.dist(&[]));
    sandbox.edit("ui/index.html", "Hello", "Good day");
    let after = read_archive(&sandbox.dist(&[]));
    for platform in PLATFORMS {
        let [before, after] = [&before[platform], &after[platform]];
        assert_eq!(after.entries["/ui/index.html"].content, b"<!doctype html>\n<title>Good day</title>\n");
        let changed = after.layers.iter().filter(|layer| !before.layers.contains(layer)).count();
        assert_eq!((changed, after.layers.len()), (1, before.layers.len()), "{platform}");
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_single_platform_can_be_built_from_a_subfolder() {
    let sandbox = Sandbox::hello();
    let mut command = sandbox.command(&["dist", "--platform", "linux/arm64"]);
    crate::process::run(command.current_dir(sandbox.root.join("extension/src"))).succeeded();
    let image = read_archive(&sandbox.archive());
    assert_eq!(image.keys().collect::<Vec<_>>(), ["linux/arm64"]);
    assert_eq!(host_of(&image["linux/arm64"].entries["/darwin/hello"].content), ("darwin", "arm64"));
}
