//! `adopt`, from an extension that existed before to a verified archive. Each fixture has the files that it had then, and none of
//! Sixfold's.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::bases::{self, GO};
use crate::image::{Variant, read_archive};
use crate::native::host_of;
use crate::process::{Finished, run};
use crate::publisher::{ARCHS, HOSTS, Publisher, path};
use crate::sandbox::{Sandbox, git};

/// Runs the tool with Go and pnpm on the PATH.
fn xtask(sandbox: &Sandbox, arguments: &[&str]) -> Finished {
    let path = std::env::var_os("PATH").unwrap();
    let own = [Utf8PathBuf::from(GO).join("bin"), pnpm().to_owned()];
    let paths = own.into_iter().map(Into::into).chain(std::env::split_paths(&path));
    run(sandbox.command(arguments).env("PATH", std::env::join_paths(paths).unwrap()))
}

/// The folder of pnpm, which npm installs once.
fn pnpm() -> &'static Utf8Path {
    static FOLDER: OnceLock<Utf8PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let prefix = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("pnpm");
        let bin = prefix.join("node_modules/.bin");
        if !bin.join("pnpm").is_file() {
            let mut npm = Command::new("npm");
            run(npm.args(["install", "--no-audit", "--prefix", prefix.as_str(), "pnpm@10.24.0"])).succeeded();
        }
        bin
    })
}

/// Adopts the extension, which changes nothing before `--write`. Returns the report.
#[track_caller]
fn adopt(sandbox: &Sandbox) -> Value {
    let report = xtask(sandbox, &["adopt", "--format", "json"]).succeeded().stdout;
    assert_eq!(git(&sandbox.root, &["status", "--porcelain"]), "");
    xtask(sandbox, &["adopt", "--write"]).succeeded();
    let report: Value = serde_json::from_str(&report).unwrap();
    let needed = report["missing"].as_array().unwrap().iter().filter(|missing| missing["is_needed"] == true);
    assert_eq!(needed.count(), 0, "{report}");
    report
}

/// Builds the archive, after `check` has nothing to say, and before `inspect` has nothing to say.
#[track_caller]
fn archive(sandbox: &Sandbox) -> BTreeMap<String, Variant> {
    assert_eq!(xtask(sandbox, &["check"]).succeeded().stdout, "No problems found.\n");
    let path = xtask(sandbox, &["dist"]).succeeded().stdout;
    let path = path.strip_suffix('\n').unwrap();
    xtask(sandbox, &["inspect", path]).succeeded();
    let images = read_archive(Utf8Path::new(path));
    assert_eq!(images.len(), 2);
    for image in images.values() {
        let labels = &image.config["config"]["Labels"];
        assert_eq!(labels["org.opencontainers.image.title"], "Adopted");
        assert_eq!(labels["org.opencontainers.image.version"], "1.0.0");
        assert_eq!(labels["com.docker.extension.detailed-description"], "Shows what <b>its files</b> can do");
    }
    images
}

#[track_caller]
fn assert_native(images: &BTreeMap<String, Variant>, name: &str) {
    for (os, arch) in HOSTS.into_iter().flat_map(|os| ARCHS.map(|arch| (os, arch))) {
        let exe = if os == "windows" { ".exe" } else { "" };
        let entry = &images[&format!("linux/{arch}")].entries[&format!("/{os}/{name}{exe}")];
        assert_eq!((host_of(&entry.content), entry.mode & 0o777), ((os, arch), 0o755), "{name}");
    }
}

fn text<'a>(images: &'a BTreeMap<String, Variant>, path: &str) -> &'a str {
    std::str::from_utf8(&images["linux/arm64"].entries[path].content).unwrap()
}

#[test]
#[ignore = "needs a registry for base images, and npm: run cargo ci"]
fn an_extension_with_go_and_download_stages_is_adopted() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let sandbox = Sandbox::to_adopt("downloads", |root| {
        let dockerfile = fs_err::read_to_string(root.join("Dockerfile")).unwrap();
        let address = format!("http://{}", publisher.address);
        fs_err::write(root.join("Dockerfile"), dockerfile.replace("https://dl.k8s.io/release", &address))
            .unwrap();
    });
    let report = adopt(&sandbox);
    let shown =
        |what: &str| report["found"].as_array().unwrap().iter().find(|found| found["what"] == what).cloned();
    assert_eq!(shown("image").unwrap()["from"], "Makefile:1:1");
    assert_eq!(shown("tool").unwrap()["from"], "Dockerfile:7:5");
    xtask(&sandbox, &["prebuilt", "update"]).succeeded();
    let images = archive(&sandbox);
    assert_native(&images, "tool");
    assert_native(&images, "kubectl");
    let shipped = &images["linux/arm64"].entries["/darwin/kubectl"].content;
    assert!(*shipped == publisher.get(&path("1.33.0", "darwin", "arm64")));
    assert!(text(&images, "/ui/index.html").contains("Hello"));
}

#[test]
#[ignore = "needs npm: run cargo ci"]
fn an_extension_with_scripts_only_is_adopted_without_cargo() {
    let sandbox = Sandbox::to_adopt("scripts", |_| {});
    adopt(&sandbox);
    let images = archive(&sandbox);
    for (path, from) in
        [("/darwin/run.sh", "run.sh"), ("/linux/run.sh", "run.sh"), ("/windows/run.cmd", "run.cmd")]
    {
        let original = fs_err::read(sandbox.root.join("host").join(from)).unwrap();
        assert_eq!(images["linux/amd64"].entries[path].content, original);
    }
    // The installed program needs nothing but itself.
    let mut alone = sandbox.command(&["dist"]);
    run(alone.env("PATH", "").env_remove("CARGO").env("SOURCE_DATE_EPOCH", "1700000000")).succeeded();
    let plan = xtask(&sandbox, &["plan", "--format", "json"]).succeeded().stdout;
    assert_eq!(serde_json::from_str::<Value>(&plan).unwrap()["rustc"], Value::Null);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_extension_with_a_go_backend_and_no_host_binary_is_adopted() {
    let golang = bases::golang();
    let sandbox = Sandbox::to_adopt("go-backend", |root| {
        let dockerfile = fs_err::read_to_string(root.join("Dockerfile")).unwrap();
        fs_err::write(root.join("Dockerfile"), dockerfile.replace("golang:1.24", &golang)).unwrap();
    });
    adopt(&sandbox);
    let images = archive(&sandbox);
    for arch in ARCHS {
        let image = &images[&format!("linux/{arch}")];
        assert_eq!(host_of(&image.entries["/backend"].content), ("linux", arch));
        assert_eq!(image.config["config"]["Entrypoint"], serde_json::json!(["/backend"]));
    }
    assert!(text(&images, "/docker-compose.yaml").contains("${DESKTOP_PLUGIN_IMAGE}"));
    assert!(text(&images, "/client/index.html").contains("Hello"));
}

#[test]
#[ignore = "needs npm, which installs pnpm: run cargo ci"]
fn an_extension_in_a_monorepo_of_pnpm_is_adopted() {
    let sandbox = Sandbox::to_adopt("pnpm", |_| {});
    adopt(&sandbox);
    let config = fs_err::read_to_string(sandbox.root.join("extension.toml")).unwrap();
    assert!(
        config.contains("dir = \"packages/ui\"\nbuild = \"pnpm run build\"\noutput = \"dist\"\n"),
        "{config}"
    );
    // Another package of the monorepo is in it.
    assert!(text(&archive(&sandbox), "/ui/index.html").contains("Built with a package of the monorepo"));
}

#[test]
#[ignore = "compiles for six targets: run cargo ci"]
fn an_extension_in_a_rust_workspace_is_adopted() {
    let sandbox = Sandbox::to_adopt("rust", |_| {});
    adopt(&sandbox);
    assert!(!sandbox.root.join("extension.toml").exists());
    assert_native(&archive(&sandbox), "tool");
}
