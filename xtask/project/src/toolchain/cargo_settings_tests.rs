//! Each test reads settings from its own files and environment.

use camino::Utf8Path;

use super::cargo_settings::CargoSettings;
use super::linker_choice::{Linked, Linker};
use sixfold_model::matrix::{Arch, HostOs, Target};

const DARWIN: Target = Target { os: HostOs::Darwin, arch: Arch::Arm64 };
const LINUX: Target = Target { os: HostOs::Linux, arch: Arch::Amd64 };

fn settings(config: &str, environment: &[(&str, &str)]) -> (tempfile::TempDir, CargoSettings) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".cargo")).unwrap();
    std::fs::write(folder.path().join(".cargo/config.toml"), config).unwrap();
    let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let settings = CargoSettings::with(root, environment.collect()).unwrap();
    (folder, settings)
}

fn error(config: &str, environment: &[(&str, &str)], target: Target) -> String {
    let (_folder, settings) = settings(config, environment);
    let linked =
        Linked::choose(target, settings.linker(target).unwrap().map(|set| (Linker::Native, set.value)), None);
    settings.check(&linked).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_linker_is_found_with_its_origin() {
    let config = "[target.aarch64-apple-darwin]\nlinker = \"/opt/osxcross/cc\"";
    let (_folder, settings) = settings(config, &[("CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER", "mold")]);
    let darwin = settings.linker(DARWIN).unwrap().unwrap();
    assert_eq!(
        (darwin.value.as_str(), darwin.origin.replace('\\', "/").as_str()),
        ("/opt/osxcross/cc", ".cargo/config.toml")
    );
    let linux = settings.linker(LINUX).unwrap().unwrap();
    assert_eq!(
        (linux.value.as_str(), linux.origin.as_str()),
        ("mold", "CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER")
    );
    assert_eq!(settings.linker(Target { arch: Arch::Arm64, ..LINUX }).unwrap(), None);
}

#[test]
fn flags_that_cargo_would_ignore_are_passed_on() {
    let build = "[build]\nrustflags = [\"--cfg\", \"a\"]";
    let ignored =
        |config, environment: &[(&str, &str)]| settings(config, environment).1.ignored_flags(LINUX).unwrap();
    assert_eq!(ignored(build, &[]), ["--cfg", "a"]);
    assert_eq!(ignored(build, &[("RUSTFLAGS", "--cfg b")]), ["--cfg", "b"]);
    assert_eq!(
        ignored(build, &[("RUSTFLAGS", "x"), ("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}c d")]),
        ["--cfg", "c d"]
    );
    let target = "[target.x86_64-unknown-linux-musl]\nrustflags = [\"--cfg\", \"t\"]";
    assert!(ignored(&format!("{build}\n{target}"), &[]).is_empty(), "cargo joins those of a target itself");
}

#[test]
fn a_flag_that_breaks_a_binary_is_an_error_with_its_origin() {
    let text = error("", &[("RUSTFLAGS", "-C linker=clang")], LINUX);
    assert!(text.contains("`-Clinker=clang`, set by RUSTFLAGS"), "{text}");
    let config = "[build]\nrustflags = [\"-Ctarget-cpu=native\"]";
    let text = error(config, &[], DARWIN).replace('\\', "/");
    assert!(text.contains("`-Ctarget-cpu=native`, set by .cargo/config.toml"), "{text}");
    let config =
        "[target.'cfg(target_env = \"musl\")']\nrustflags = [\"-C\", \"target-feature=-crt-static\"]";
    let text = error(config, &[], LINUX).replace('\\', "/");
    assert!(text.contains("-crt-static`, set by") && text.contains("static"), "{text}");
    assert_eq!(error(config, &[], DARWIN), "");
    let native =
        "[target.x86_64-unknown-linux-musl]\nlinker = \"clang\"\nrustflags = [\"-Clinker-flavor=gcc\"]";
    assert_eq!(error(native, &[], LINUX), "");
}

#[test]
fn a_macos_that_rust_does_not_support_is_an_error() {
    let version = |text: &str| {
        let (_folder, settings) = settings("", &[("MACOSX_DEPLOYMENT_TARGET", text)]);
        settings.macos_deployment_target().map(str::to_owned).map_err(|error| error.to_string())
    };
    assert_eq!(version("").unwrap(), "11.0");
    assert_eq!(version("12.3.1").unwrap(), "12.3.1");
    assert!(version("10.15").unwrap_err().contains("MACOSX_DEPLOYMENT_TARGET=10.15 is older"));
    assert!(version("11.x").unwrap_err().contains("is not a version of macOS"));
}

#[test]
fn the_c_compiler_of_the_author_is_found() {
    let config = "[env]\nCC_aarch64_apple_darwin = \"oa64-clang\"";
    let (_folder, settings) =
        settings(config, &[("CC_x86_64_unknown_linux_musl", "musl-gcc"), ("CC", "clang")]);
    assert_eq!(settings.c_compiler(LINUX).unwrap(), "CC_x86_64_unknown_linux_musl=musl-gcc");
    assert!(settings.c_compiler(DARWIN).unwrap().starts_with("CC_aarch64_apple_darwin in "));
    assert_eq!(settings.c_compiler(Target { arch: Arch::Amd64, ..DARWIN }), None);
}
