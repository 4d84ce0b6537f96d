//! Prebuilt binaries, from a publisher's web server into all six cells.

use std::io::Write as _;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::image::read_archive;
use crate::process::{Finished, run};
use crate::publisher::{ARCHS, HOSTS, Publisher, binaries, path, sha256};
use crate::sandbox::Sandbox;

/// An extension with a prebuilt binary, nothing to compile, and a separate cache folder.
struct Extension {
    sandbox: Sandbox,
    cache: TempDir,
}

impl Extension {
    /// `table` is the configuration of kubectl.
    fn new(table: &str) -> Extension {
        let sandbox = Sandbox::hello();
        // Otherwise it comes from the package of the first binary.
        let package = "[workspace.package]\ndescription = \"Ships kubectl\"";
        sandbox.edit("Cargo.toml", "[workspace.package]", package);
        sandbox.edit("Cargo.toml", "binaries.hello]", &format!("binaries.kubectl]\n{table}"));
        for host in ["darwin", "windows", "linux"] {
            sandbox.edit("metadata.json", &format!("/{host}/hello"), &format!("/{host}/kubectl"));
        }
        Extension { sandbox, cache: tempfile::tempdir().unwrap() }
    }

    /// As in the documentation: version, address and the publisher's digests.
    fn of_kubectl(publisher: &Publisher, rest: &str) -> Extension {
        let url = format!("http://{}/v{{version}}/bin/{{os}}/{{arch}}/kubectl{{exe}}", publisher.address);
        Extension::new(&format!(
            "version = \"1.33.0\"\nurl = \"{url}\"\nchecksums = \"{url}.sha256\"\n{rest}"
        ))
    }

    /// The same, after `prebuilt update` has added the digests.
    fn updated(publisher: &Publisher, rest: &str) -> Extension {
        let extension = Extension::of_kubectl(publisher, rest);
        extension.run(&["prebuilt", "update"]).succeeded();
        extension
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(arguments);
        command.env("SIXFOLD_CACHE", self.cache.path()).env("NO_PROXY", "127.0.0.1");
        command
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        run(&mut self.command(arguments))
    }

    /// The lines of the table for kubectl, including its heading.
    fn table(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.sandbox.root.join("Cargo.toml")).unwrap();
        let start = text.find("[workspace.metadata.extension.binaries.kubectl]").unwrap();
        text[start..].trim_end().lines().map(str::to_owned).collect()
    }

    /// Asserts that `dist` fails with these words and leaves no archive.
    #[track_caller]
    fn dist_fails(&self, flags: &[&str], words: &[&str]) {
        self.run(&[&["dist"], flags].concat()).failed(1, words);
        assert!(!self.sandbox.archive().exists(), "an archive was left");
    }

    /// Removes the output, so that the next run has only the sources and the cache.
    fn clean(&self) {
        fs_err::remove_dir_all(self.sandbox.dist_folder()).unwrap();
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn five_lines_put_kubectl_into_all_six_cells() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let extension = Extension::of_kubectl(&publisher, "");
    extension.dist_fails(&[], &["kubectl has no sha256", "cargo xtask prebuilt update kubectl"]);
    extension.run(&["prebuilt", "update", "kubectl"]).succeeded();
    assert_eq!(extension.table().len(), 5, "{:?}", extension.table());

    let done = extension.run(&["dist"]).succeeded();
    assert!(done.stderr.contains("Verified 6 binaries, each native to its host"), "{}", done.stderr);
    let image = read_archive(&extension.sandbox.archive());
    for (os, arch) in HOSTS.into_iter().flat_map(|os| ARCHS.map(|arch| (os, arch))) {
        let exe = if os == "windows" { ".exe" } else { "" };
        let entry = &image[&format!("linux/{arch}")].entries[&format!("/{os}/kubectl{exe}")];
        assert_eq!(entry.mode, 0o755, "{os} {arch}");
        assert!(
            entry.content == publisher.get(&path("1.33.0", os, arch)),
            "{os} {arch} differs from the published file"
        );
    }

    let requests = publisher.requests();
    let listed = extension.run(&["prebuilt", "list"]).succeeded().stdout;
    assert_eq!(listed.matches(" cached ").count(), 6, "{listed}");
    for flags in [&["dist"][..], &["dist", "--offline"]] {
        extension.run(flags).succeeded();
        extension.clean();
        extension.run(flags).succeeded();
    }
    assert_eq!(publisher.requests(), requests, "something was downloaded again");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn one_changed_byte_stops_the_build_and_the_binary_is_named() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let extension = Extension::updated(&publisher, "");
    fs_err::remove_dir_all(extension.cache.path()).unwrap();
    publisher.change(&path("1.33.0", "linux", "arm64"), |bytes| bytes[5000] ^= 1);
    extension.dist_fails(&[], &["kubectl linux-arm64", "but `sha256` in the configuration is", "SHA-256"]);

    // A changed file in the cache is not used either. Offline that is an error; otherwise it is downloaded again.
    publisher.change(&path("1.33.0", "linux", "arm64"), |bytes| bytes[5000] ^= 1);
    extension.run(&["dist"]).succeeded();
    extension.clean();
    let digest = sha256(&publisher.get(&path("1.33.0", "darwin", "arm64")));
    let cached = extension.cache.path().join("prebuilt/sha256").join(digest);
    let mut bytes = fs_err::read(&cached).unwrap();
    bytes[5000] ^= 1;
    let mut permissions = fs_err::metadata(&cached).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    fs_err::set_permissions(&cached, permissions).unwrap();
    fs_err::write(&cached, bytes).unwrap();
    extension.dist_fails(&["--offline"], &["kubectl darwin-arm64"]);
    extension.run(&["dist"]).succeeded();
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_update_changes_only_version_and_digests() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let extension =
        Extension::updated(&publisher, "# ours\nhosts = [\"darwin\", \"windows\", \"linux\"]   # all\n");
    let before = extension.table();
    publisher.release("1.34.0");
    publisher.remove(&path("1.34.0", "windows", "arm64"));
    let update = ["prebuilt", "update", "kubectl", "--version", "1.34.0"];
    extension.run(&update).failed(1, &["kubectl windows-arm64", "404", "`skip` or `emulate`"]);
    assert_eq!(extension.table(), before);

    publisher.release("1.34.0");
    publisher.change(&path("1.34.0", "linux", "amd64"), |bytes| bytes.push(0));
    extension.run(&update).failed(1, &["kubectl linux-amd64", "the publisher's list says"]);
    assert_eq!(extension.table(), before);

    publisher.release("1.34.0");
    let shown = extension.run(&update).succeeded().stderr;
    assert!(shown.contains("-version = \"1.33.0\"") && shown.contains("+version = \"1.34.0\""), "{shown}");
    let after = extension.table();
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
    let changed: Vec<_> = changed.map(|(line, _)| line.split(' ').next().unwrap()).collect();
    assert_eq!((changed, before.len()), (vec!["version", "sha256"], after.len()));
    extension.run(&["dist"]).succeeded();
    extension.run(&["prebuilt", "update", "helm"]).failed(1, &["no prebuilt binary helm", "kubectl"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_binary_for_another_host_is_an_error() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let amd64 = |os| publisher.get(&path("1.33.0", os, "amd64"));
    publisher.put(&path("1.33.0", "linux", "arm64"), amd64("linux"));
    publisher.put(&path("1.33.0", "windows", "arm64"), amd64("windows"));
    publisher.put(&path("1.33.0", "darwin", "amd64"), b"not found".to_vec());
    let extension = Extension::updated(&publisher, "");
    let words = [
        "/linux/kubectl in linux/arm64: kubectl is for amd64",
        "/windows/kubectl.exe in linux/arm64: kubectl is for amd64",
        "emulate = [\"windows-arm64\"]",
        "/darwin/kubectl in linux/amd64: kubectl is ",
    ];
    extension.dist_fails(&[], &words);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn intended_emulation_and_skipped_cells_are_shown() {
    let publisher = Publisher::of_kubectl("1.33.0");
    publisher.remove(&path("1.33.0", "windows", "arm64"));
    publisher.remove(&path("1.33.0", "darwin", "amd64"));
    let excuses = "emulate = [\"windows-arm64\"]\nskip = [\"darwin-amd64\"]\n";
    let extension = Extension::updated(&publisher, excuses);
    let done = extension.run(&["dist"]).succeeded().stderr;
    for words in ["5 binaries, 1 of them emulated as configured", "kubectl is skipped for darwin-amd64"] {
        assert!(done.contains(words), "no {words:?} in: {done}");
    }
    let row = done.lines().find(|line| line.contains("linux/arm64") && line.contains("kubectl.exe")).unwrap();
    assert!(row.ends_with("emulated"), "{row}");
    let report = fs_err::read(extension.sandbox.dist_folder().join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let verdicts: Vec<_> =
        report["cells"].as_array().unwrap().iter().map(|cell| cell["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["native", "native", "emulated", "native", "native"]);

    let image = read_archive(&extension.sandbox.archive());
    let [amd64, arm64] = ["linux/amd64", "linux/arm64"].map(|platform| &image[platform].entries);
    assert!(amd64["/windows/kubectl.exe"] == arm64["/windows/kubectl.exe"]);
    assert!(!amd64.contains_key("/darwin/kubectl"));
    let lists = |text: &[u8]| String::from_utf8_lossy(text).contains("/darwin/kubectl");
    assert!(!lists(&amd64["/metadata.json"].content) && lists(&arm64["/metadata.json"].content));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn archives_are_unpacked_and_additional_files_are_shipped() {
    let publisher = Publisher::new();
    for (os, arch, binary) in binaries() {
        let exe = if *os == "windows" { ".exe" } else { "" };
        let files = [
            (format!("{os}-{arch}/tool{exe}"), &binary[..]),
            (format!("{os}-{arch}/share/helper{exe}"), &binary[..]),
            (format!("{os}-{arch}/README"), b"not wanted"),
        ];
        publisher.put(&format!("/tool-{os}-{arch}.tar.gz"), tarball(&files));
    }
    let table = format!(
        "url = \"http://{}/tool-{{os}}-{{arch}}.tar.gz\"\nmember = \"{{os}}-{{arch}}/tool{{exe}}\"\n\
         files = [\"{{os}}-{{arch}}/share/helper{{exe}}\"]\n",
        publisher.address
    );
    let extension = Extension::new(&table);
    for (os, exe) in [("darwin", ""), ("windows", ".exe"), ("linux", "")] {
        let listed = format!("\"/{os}/kubectl{exe}\" }}");
        extension.sandbox.edit(
            "metadata.json",
            &listed,
            &format!("{listed}, {{ \"path\": \"/{os}/helper{exe}\" }}"),
        );
    }
    extension.run(&["prebuilt", "update"]).succeeded();
    extension.run(&["dist"]).succeeded();
    let image = read_archive(&extension.sandbox.archive());
    for (os, arch, binary) in binaries() {
        let exe = if *os == "windows" { ".exe" } else { "" };
        let entries = &image[&format!("linux/{arch}")].entries;
        for name in ["kubectl", "helper"] {
            let entry = &entries[&format!("/{os}/{name}{exe}")];
            assert!(entry.mode == 0o755 && entry.content == *binary, "{name} for {os} {arch}");
        }
        assert!(!entries.contains_key(&format!("/{os}/README")));
    }
    extension.sandbox.edit("Cargo.toml", "/tool{exe}\"", "/toool{exe}\"");
    extension.run(&["dist"]).failed(1, &["kubectl darwin-amd64", "toool"]);
}

fn tarball(files: &[(String, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, *content).unwrap();
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap()
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn offline_lists_what_is_missing_in_the_cache() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let extension = Extension::updated(&publisher, "");
    fs_err::remove_dir_all(extension.cache.path()).unwrap();
    let requests = publisher.requests();
    extension.dist_fails(
        &["--offline"],
        &[
            "prebuilt binaries are missing in the cache",
            "kubectl darwin-amd64",
            "kubectl linux-arm64",
            "run the command once without --offline",
        ],
    );
    assert_eq!(publisher.requests(), requests);
}
