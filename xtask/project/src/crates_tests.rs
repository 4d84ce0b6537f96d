use camino::Utf8Path;

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::{Arch, HostOs, Target};

use super::crates::{Crate, Kind, checksums, roots};
use super::workspace;

const APP: &str = r#"
[package]
name = "app"
version = "1.2.3"
edition = "2024"
license = "MIT"

[workspace]

[features]
extra = ["dep:optional"]

[dependencies]
library = { path = "library" }
macros = { path = "macros" }
optional = { path = "optional", optional = true }

[target.'cfg(windows)'.dependencies]
windows-only = { path = "windows-only" }

[build-dependencies]
builder = { path = "builder" }

[dev-dependencies]
tester = { path = "tester" }
"#;

/// A project whose crates are all folders. `macros` and `builder` need `shared`, and so does `library` on macOS.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shared = "[dependencies]\nshared = { path = \"../shared\" }\n";
    let on_macos = "[target.'cfg(target_os = \"macos\")'.dependencies]\nshared = { path = \"../shared\" }\n";
    let packages = [
        ("library", on_macos.to_owned()),
        ("macros", format!("{shared}[lib]\nproc-macro = true\n")),
        ("builder", shared.to_owned()),
        ("shared", String::new()),
        ("optional", String::new()),
        ("windows-only", String::new()),
        ("tester", String::new()),
    ];
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("Cargo.toml", APP);
    write("src/main.rs", "fn main() {}");
    for (name, rest) in packages {
        let package =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}");
        write(&format!("{name}/Cargo.toml"), &package);
        write(&format!("{name}/src/lib.rs"), "");
    }
    folder
}

fn listed(os: HostOs, features: &[&str]) -> Vec<Crate> {
    let folder = project();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let workspace = workspace::read(root, Lookup::default()).unwrap();
    let features = features.iter().map(|feature| (*feature).to_owned()).collect();
    let roots = roots(&workspace, [("app".to_owned(), "app".to_owned(), features)]);
    roots[0].crates(Target { os, arch: Arch::Arm64 }, Lookup { locked: true, offline: true }).unwrap()
}

fn names(crates: &[Crate], kind: Kind) -> Vec<&str> {
    crates.iter().filter(|it| it.kind == kind).map(|it| it.name.as_str()).collect()
}

#[test]
fn the_crates_of_a_target_are_those_that_apply_to_it() {
    let linux = listed(HostOs::Linux, &[]);
    assert_eq!(names(&linux, Kind::Runtime), ["app", "library"]);
    assert_eq!(names(&linux, Kind::Build), ["builder", "macros", "shared"]);
    assert_eq!(names(&listed(HostOs::Windows, &[]), Kind::Runtime), ["app", "library", "windows-only"]);
}

#[test]
fn a_crate_of_a_feature_is_listed_where_the_feature_is_enabled() {
    let with = listed(HostOs::Linux, &["extra"]);
    assert_eq!(names(&with, Kind::Runtime), ["app", "library", "optional"]);
}

#[test]
fn a_crate_that_the_program_and_its_build_need_is_part_of_the_program() {
    let macos = listed(HostOs::Darwin, &[]);
    assert_eq!(names(&macos, Kind::Runtime), ["app", "library", "shared"]);
    assert_eq!(names(&macos, Kind::Build), ["builder", "macros"]);
}

#[test]
fn each_crate_names_its_dependencies_by_position() {
    let linux = listed(HostOs::Linux, &[]);
    let of = |name: &str| linux.iter().find(|it| it.name == name).unwrap();
    let named = |it: &Crate| it.dependencies.iter().map(|at| linux[*at].name.clone()).collect::<Vec<_>>();
    // Not `tester`, which only tests need.
    assert_eq!(named(of("app")), ["builder", "library", "macros"]);
    assert_eq!(named(of("macros")), ["shared"]);
    assert!(of("app").is_root && !of("library").is_root);
    let app = of("app");
    assert_eq!((app.version.to_string().as_str(), app.license.as_deref()), ("1.2.3", Some("MIT")));
    assert_eq!((&app.source, &app.checksum), (&None, &None));
}

#[test]
fn the_checksum_of_a_package_is_found_by_name_version_and_source() {
    let lock = "version = 4\n[[package]]\nname = 'a'\nversion = '1.0.0'\nsource = 'registry+https://x'\n\
                checksum = 'ab'\n[[package]]\nname = 'b'\nversion = '2.0.0'\n";
    let all = checksums(lock).unwrap();
    let key = ("a".to_owned(), "1.0.0".to_owned(), Some("registry+https://x".to_owned()));
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [(key, "ab".to_owned())]);
    assert!(checksums("package = 1").is_err());
}
