//! Tables of authors, valid and invalid.

use super::by_cell::CellName;
use super::*;
use crate::config;
use crate::matrix::{Platform, Target};
use crate::values::BinaryName;

const HEAD: &str = "[workspace.metadata.extension]\nimage = 'a/b'\n";
const NAME: &str = "[workspace.metadata.extension.binaries.kubectl]\n";
const KUBECTL: &str = r#"version = "1.33.0"
url = "https://dl.example/v{version}/bin/{os}/{arch}/kubectl{exe}"
"#;

fn read(table: &str) -> Prebuilt {
    let (config, _) = config::parse(&format!("{HEAD}{NAME}{table}")).unwrap();
    config.prebuilt().next().unwrap().1.clone()
}

fn error(table: &str) -> String {
    config::parse(&format!("{HEAD}{NAME}{table}")).unwrap_err().to_string()
}

fn target(cell: &str) -> Target {
    cell.parse::<CellName>().unwrap().0
}

fn given(prebuilt: &Prebuilt, cell: &str) -> Given {
    match prebuilt.supply(target(cell)) {
        Supply::Given(given) => given,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_address_serves_every_cell() {
    let kubectl = read(KUBECTL);
    let address = |cell| given(&kubectl, cell).address;
    assert_eq!(address("darwin-arm64"), "https://dl.example/v1.33.0/bin/darwin/arm64/kubectl");
    assert_eq!(address("windows-amd64"), "https://dl.example/v1.33.0/bin/windows/amd64/kubectl.exe");
}

#[test]
fn publishers_can_use_their_own_spelling() {
    let odd = read(
        r#"version = "14.1.1"
url = "https://dl.example/{version}/rg-{version}-{arch}-{os}.{ext}"
member = "rg-{version}-{arch}-{os}/rg{exe}"
arch = { amd64 = "x86_64", arm64 = "aarch64" }
os = { darwin = "apple-darwin", windows = "pc-windows-msvc", linux = "unknown-linux-musl", linux-arm64 = "unknown-linux-gnu" }
"#,
    );
    let get = |cell| {
        let given = given(&odd, cell);
        (given.address.rsplit('/').next().unwrap().to_owned(), given.member.unwrap())
    };
    assert_eq!(get("windows-amd64").0, "rg-14.1.1-x86_64-pc-windows-msvc.zip");
    assert_eq!(get("windows-amd64").1, "rg-14.1.1-x86_64-pc-windows-msvc/rg.exe");
    assert_eq!(get("linux-amd64").0, "rg-14.1.1-x86_64-unknown-linux-musl.tar.gz");
    assert_eq!(get("linux-arm64").0, "rg-14.1.1-aarch64-unknown-linux-gnu.tar.gz");
}

#[test]
fn a_cell_is_given_emulated_skipped_or_missing() {
    let table = format!("{KUBECTL}emulate = ['windows-arm64']\nskip = ['darwin-amd64']\n");
    let digest = "a".repeat(64);
    let kubectl = read(&format!("{table}sha256 = {{ windows-amd64 = '{digest}' }}\n"));
    let emulated = given(&kubectl, "windows-arm64");
    assert_eq!(emulated, given(&kubectl, "windows-amd64"));
    assert_eq!(emulated.sha256.unwrap().hex(), digest);
    assert_eq!(kubectl.supply(target("darwin-amd64")), Supply::Skipped);
    let lacking = kubectl.lacking(&Platform::ALL);
    let names = |cells: Vec<CellName>| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(lacking.digests), ["darwin-arm64", "linux-amd64", "linux-arm64"]);

    let partial = read("url = { linux = 'https://dl.example/{arch}', windows-amd64 = 'x/tool.exe' }\n");
    let lacking = partial.lacking(&Platform::ALL);
    let name = BinaryName::try_from("kubectl".to_owned()).unwrap();
    let table = ["binaries".to_owned(), name.to_string()];
    insta::assert_snapshot!(lacking.complaint(&name, &table).unwrap().to_string());
    let digests = Lacking { addresses: vec![], ..lacking };
    insta::assert_snapshot!(digests.complaint(&name, &table).unwrap().to_string());
    let help = digests.complaint(&name, &["backend".to_owned()]).unwrap().help;
    assert!(!help.contains("skip"), "{help}");
}

#[test]
fn files_are_copied_next_to_the_binary() {
    let helm = read(
        r#"url = "https://dl.example/{os}-{arch}.{ext}"
member = "{os}-{arch}/helm{exe}"
files = [
    "{os}-{arch}/helper{exe}",
    { member = "lib/x.dll", hosts = ["windows"] },
    { path = "scripts/{os}/start.sh", hosts = ["darwin", "linux"] },
]
"#,
    );
    let names = |cell| given(&helm, cell).files.into_iter().map(|file| file.name).collect::<Vec<_>>();
    assert_eq!(names("windows-arm64"), ["helper.exe", "x.dll"]);
    assert_eq!(names("darwin-arm64"), ["helper", "start.sh"]);
    assert_eq!(given(&helm, "darwin-arm64").files[1].path, "scripts/darwin/start.sh");
}

#[test]
fn a_wrong_value_is_shown_with_line_and_caret() {
    for (name, table) in [
        ("key", "url = 'https://dl.example/x'\nverson = '1'\n"),
        ("placeholder", "url = 'https://dl.example/{target}'\n"),
        ("cell", "url = 'https://dl.example/x'\nsha256 = { darwin-x86 = '' }\n"),
        ("digest", "url = 'https://dl.example/x'\nsha256 = { darwin-amd64 = 'abc' }\n"),
        ("selector", "url = { macos = 'https://dl.example/x' }\n"),
        ("scheme", "url = 'ftp://dl.example/x'\n"),
        ("file", "url = 'https://dl.example/x'\nmember = 'x'\nfiles = [{ member = 'a', path = 'b' }]\n"),
    ] {
        insta::assert_snapshot!(name, error(table));
    }
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    let digest = format!("sha256 = {{ windows-arm64 = '{}' }}\n", "a".repeat(64));
    for (table, expected) in [
        ("version = '1'\n".to_owned(), "`version` is for prebuilt binaries"),
        ("url = 'https://dl.example/{version}'\n".to_owned(), "`version` is not set"),
        (format!("{KUBECTL}skip = ['linux-arm64', 'linux-arm64']\n"), "names linux-arm64 twice"),
        (format!("{KUBECTL}hosts = ['linux']\nskip = ['darwin-arm64']\n"), "`hosts` does not contain darwin"),
        (format!("{KUBECTL}hosts = ['linux']\nskip = ['linux-arm64', 'linux-amd64']\n"), "names every cell"),
        (format!("{KUBECTL}skip = ['windows-arm64']\n{digest}"), "`sha256` has a value for it"),
        (format!("{KUBECTL}emulate = ['windows-arm64']\n{digest}"), "`sha256` has a value for it"),
        (format!("{KUBECTL}emulate = ['linux-arm64']\n"), "Linux does not emulate"),
        (format!("{KUBECTL}emulate = ['darwin-amd64']\n"), "they emulate amd64"),
        (format!("{KUBECTL}emulate = ['darwin-arm64']\nskip = ['darwin-amd64']\n"), "which is skipped"),
        (format!("{KUBECTL}files = ['helper']\n"), "`member` is not set"),
        (format!("{KUBECTL}files = [{{ path = 'x/Kubectl.EXE' }}]\n"), "named Kubectl.EXE on windows"),
        (format!("{KUBECTL}files = [{{ path = 'x/a b' }}]\n"), "`a b` is not a valid name for a file"),
        (
            format!(
                "{KUBECTL}[workspace.metadata.extension.binaries.other]\nurl = 'x'\nfiles = [{{ path = 'x/KUBECTL' }}]\n"
            ),
            "kubectl also has a file named KUBECTL on darwin",
        ),
    ] {
        let error = error(&table);
        assert!(error.contains(expected), "{expected}:\n{error}");
    }
}
