//! Base images as an extension takes them from Docker Hub, made of Debian's packages: no test pulls from the internet's
//! registries.
//!
//! apt resolves the packages with a state of its own, so it needs no rights and changes nothing on this machine. They are
//! kept for the next run.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use crate::process::run;
use crate::registry::docker;
use crate::sandbox::repository;

/// Where Debian's package golang-1.24-go has Go.
pub(crate) const GO: &str = "/usr/lib/go-1.24";
/// Where it has what is not compiled.
const SHARE: &str = "/usr/share/go-1.24";

/// `golang`, for this machine: a shell and Debian's Go. The tests that use it build for this machine's platform only.
pub(crate) fn golang() -> String {
    let text = format!(
        "FROM scratch\nCOPY --from=packages amd64 /\nCOPY --from=share src {SHARE}/src/\nCOPY --from=share pkg {SHARE}/pkg/\nCOPY --from=go . {GO}/\nWORKDIR /tmp\nENV PATH={GO}/bin:/bin\n"
    );
    let contexts = [format!("go={GO}"), format!("share={SHARE}")];
    build("golang", &["dash"], &["amd64"], &text, &contexts)
}

/// `python`, for both platforms.
pub(crate) fn python() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let text = "FROM scratch\nARG TARGETARCH\nCOPY --from=packages ${TARGETARCH} /\nENV PATH=/usr/bin\n";
        build("python", &["python3-minimal"], &["amd64", "arm64"], text, &[])
    })
}

/// Builds an image of these packages and pushes it. The Dockerfile finds the files of each architecture in the build context
/// `packages`.
fn build(name: &str, packages: &[&str], archs: &[&str], dockerfile: &str, contexts: &[String]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    let roots = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("bases").join(packages.join("-"));
    archs.iter().for_each(|arch| unpack(packages, arch, &roots));
    let image = format!("{}:1", repository(&format!("base-{name}")));
    let platforms: Vec<_> = archs.iter().map(|arch| format!("linux/{arch}")).collect();
    let mut arguments = vec!["buildx", "build", "--push", "--provenance=false", "--tag", &image];
    let platforms = format!("--platform={}", platforms.join(","));
    let contexts: Vec<_> = [format!("packages={roots}")]
        .iter()
        .chain(contexts)
        .map(|context| format!("--build-context={context}"))
        .collect();
    arguments.push(&platforms);
    arguments.extend(contexts.iter().map(String::as_str));
    arguments.push(folder.path().to_str().unwrap());
    docker(&arguments);
    image
}

/// Unpacks the packages and all that they depend on into `roots/ARCH`, unless an earlier run has done so.
fn unpack(packages: &[&str], arch: &str, roots: &Utf8Path) {
    let root = roots.join(arch);
    if root.exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = Utf8Path::from_path(folder.path()).unwrap();
    for name in ["lists/partial", "archives/partial", "root"] {
        fs_err::create_dir_all(state.join(name)).unwrap();
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        let options = [
            format!("APT::Architecture={arch}"),
            format!("APT::Architectures={arch}"),
            format!("Dir::State={state}"),
            format!("Dir::Cache={state}"),
            "Dir::State::status=/dev/null".to_owned(),
        ];
        apt.args(options.iter().flat_map(|option| ["--option", option])).args(arguments);
        run(&mut apt).succeeded();
    };
    apt(&["update"]);
    apt(&[&["install", "--yes", "--download-only", "--no-install-recommends"], packages].concat());
    let found: Vec<Utf8PathBuf> =
        state.join("archives").read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect();
    for package in found.iter().filter(|path| path.extension() == Some("deb")) {
        run(Command::new("dpkg-deb").arg("--extract").arg(package).arg(state.join("root"))).succeeded();
    }
    fs_err::create_dir_all(roots).unwrap();
    // A killed run leaves no half of it under its name.
    let partial = roots.join(format!("{arch}.partial"));
    let _ = fs_err::remove_dir_all(&partial);
    run(Command::new("cp").arg("--archive").arg(state.join("root")).arg(&partial)).succeeded();
    fs_err::rename(partial, root).unwrap();
}
