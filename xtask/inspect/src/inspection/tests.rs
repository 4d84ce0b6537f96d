use std::io::Write as _;

use super::fixtures::{Extension, METADATA, SYSTEM, programs};
use super::*;
use crate::report::Format;
use sixfold_judge::samples::{elf, fat, macho, pe, with_list};
use sixfold_model::finding::render::WIDTH;
use sixfold_model::matrix::Arch;

const AMD64: Platform = Platform(Arch::Amd64);
const ARM64: Platform = Platform(Arch::Arm64);

#[test]
fn a_correct_extension_has_no_findings() {
    let inspection = Extension::correct().inspect();
    assert_eq!(inspection.findings, []);
    assert_eq!(inspection.platforms, Platform::ALL);
    assert_eq!(inspection.cells.len(), 6);
    assert!(inspection.cells.iter().all(|cell| cell.verdict.as_str() == "native"), "{:?}", inspection.cells);
    assert!(inspection.render(Format::Text).unwrap().contains("No problems found."));
    assert!(
        inspection
            .render(Format::Markdown)
            .unwrap()
            .contains("| /windows/tool.exe | windows | linux/arm64 | pe arm64 | ✅ native |")
    );
}

/// A pattern of public extensions: the amd64 binaries are in both images.
#[test]
fn amd64_binaries_in_the_arm64_image_are_reported() {
    let extension = Extension::correct();
    for (path, bytes) in programs(Arch::Amd64) {
        extension.write(ARM64, path, &bytes, 0o755);
    }
    assert_eq!(extension.codes(), ["emulated", "wrong-arch"]);
    let json: serde_json::Value =
        serde_json::from_str(&extension.inspect().render(Format::Json).unwrap()).unwrap();
    let verdict = |path: &str| {
        let cells = json["cells"].as_array().unwrap();
        let cell = cells.iter().find(|cell| cell["path"] == path && cell["platform"] == "linux/arm64");
        cell.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("/darwin/tool"), "emulated");
    assert_eq!(verdict("/windows/tool.exe"), "emulated");
    assert_eq!(verdict("/linux/tool"), "wrong-arch");
    assert_eq!(json["problems"].as_array().unwrap().len(), 3);
    assert_eq!(json["problems"][0]["path"], "/linux/tool");
    assert_eq!(json["problems"][0]["platform"], "linux/arm64");
}

#[test]
fn the_number_of_crates_that_a_program_lists_is_reported() {
    let extension = Extension::correct();
    let json = r#"{"packages":[{"name":"a","version":"1.0.0","source":"local","root":true}]}"#;
    let mut list = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::fast());
    list.write_all(json.as_bytes()).unwrap();
    let list = list.finish().unwrap();
    for (path, program) in programs(Arch::Amd64) {
        extension.write(AMD64, path, &with_list(program, &list), 0o755);
    }
    let linux = elf(Arch::Arm64, None, &[]);
    extension.write(ARM64, "linux/tool", &with_list(linux, b"not a list"), 0o755);
    let inspection = extension.inspect();
    let text = inspection.render(Format::Text).unwrap();
    assert!(text.contains("\nlists one crate: "), "{text}");
    let text = text.replace('\n', " ");
    let broken = "its list of crates is not compressed with zlib, or is cut off: /linux/tool (arm64)";
    assert!(text.contains(broken), "{text}");
    let markdown = inspection.render(Format::Markdown).unwrap();
    assert!(markdown.contains("Crates:\n\n- its list of crates is not"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&inspection.render(Format::Json).unwrap()).unwrap();
    let cell = |path: &str, platform: &str| {
        let cells = json["cells"].as_array().unwrap();
        cells.iter().find(|cell| cell["path"] == path && cell["platform"] == platform).unwrap().clone()
    };
    assert_eq!(cell("/linux/tool", "linux/amd64")["crates"], 1);
    assert_eq!(cell("/windows/tool.exe", "linux/amd64")["crates"], 1);
    assert_eq!(cell("/windows/tool.exe", "linux/arm64").get("crates"), None);
    assert!(cell("/linux/tool", "linux/arm64")["crates_error"].as_str().unwrap().contains("zlib"));
}

/// `GOOS` without `GOARCH`: every binary is for the machine that built it.
#[test]
fn binaries_for_the_build_machine_are_reported() {
    let extension = Extension::correct();
    extension.write(AMD64, "linux/tool", &elf(Arch::Arm64, None, &[]), 0o755);
    extension.write(AMD64, "darwin/tool", &macho(Arch::Arm64, &[SYSTEM], true), 0o755);
    assert_eq!(extension.codes(), ["wrong-arch"]);
}

/// A pattern of public extensions: a universal binary, which is right for macOS in both images.
#[test]
fn a_universal_binary_is_native_on_every_mac() {
    let extension = Extension::correct();
    let both = fat(&[macho(Arch::Amd64, &[SYSTEM], false), macho(Arch::Arm64, &[SYSTEM], true)]);
    for platform in Platform::ALL {
        extension.write(platform, "darwin/tool", &both, 0o755);
    }
    assert_eq!(extension.codes(), [""; 0]);
}

/// A pattern of public extensions: both images have all binaries, and the UI chooses by name.
#[test]
fn names_that_contain_the_processor_are_reported() {
    let extension = Extension::correct();
    let listed = r#"{ "path": "/linux/tool-amd64" }, { "path": "/linux/tool-arm64" }"#;
    extension.metadata(&METADATA.replace(r#"{ "path": "/linux/tool" }"#, listed));
    for platform in Platform::ALL {
        fs_err::remove_file(extension.path(platform, "linux/tool")).unwrap();
        for arch in Arch::ALL {
            extension.write(platform, &format!("linux/tool-{arch}"), &elf(arch, None, &[]), 0o755);
        }
    }
    assert_eq!(extension.codes(), ["arch-by-name"]);
    fs_err::remove_file(extension.path(ARM64, "linux/tool-arm64")).unwrap();
    assert_eq!(extension.codes(), ["arch-by-name", "missing", "wrong-arch"]);
}

#[test]
fn a_windows_binary_needs_the_extension_exe() {
    let extension = Extension::correct();
    extension.metadata(&METADATA.replace("tool.exe", "tool"));
    for platform in Platform::ALL {
        fs_err::remove_file(extension.path(platform, "windows/tool.exe")).unwrap();
        extension.write(platform, "windows/tool", &pe(platform.arch(), &[]), 0o755);
    }
    assert_eq!(extension.codes(), ["exe-suffix"]);
}

/// A pattern of public extensions: everything is compiled, but only one architecture is listed.
#[test]
fn files_that_are_not_listed_are_reported() {
    let extension = Extension::correct();
    extension.write(ARM64, "darwin/arm64/tool", &macho(Arch::Arm64, &[SYSTEM], true), 0o755);
    assert_eq!(extension.codes(), ["unreachable"]);
}

#[test]
fn variants_in_sibling_directories_are_reported() {
    let extension = Extension::correct();
    extension.metadata(&METADATA.replace("/darwin/tool", "/tools/darwin-amd64/tool"));
    for platform in Platform::ALL {
        fs_err::remove_file(extension.path(platform, "darwin/tool")).unwrap();
        let both = fat(&[macho(Arch::Amd64, &[SYSTEM], false), macho(Arch::Arm64, &[SYSTEM], true)]);
        extension.write(platform, "tools/darwin-amd64/tool", &both, 0o755);
        extension.write(platform, "tools/server", &elf(platform.arch(), None, &[]), 0o755);
    }
    assert_eq!(extension.codes(), [""; 0]);
    extension.write(AMD64, "tools/darwin-arm64/tool", &macho(Arch::Arm64, &[SYSTEM], true), 0o755);
    let inspection = extension.inspect();
    assert_eq!(fixtures::codes(&inspection), ["unreachable"]);
    assert_eq!(inspection.findings[0].place.path.as_deref(), Some("/tools/darwin-arm64/tool"));
}

#[test]
fn short_names_of_processors_are_recognized() {
    let extension = Extension::correct();
    let listed = r#"{ "path": "/linux/tool-amd" }, { "path": "/linux/tool-arm" }"#;
    extension.metadata(&METADATA.replace(r#"{ "path": "/linux/tool" }"#, listed));
    for platform in Platform::ALL {
        fs_err::remove_file(extension.path(platform, "linux/tool")).unwrap();
        extension.write(platform, "linux/tool-amd", &elf(Arch::Amd64, None, &[]), 0o755);
        extension.write(platform, "linux/tool-arm", &elf(Arch::Arm64, None, &[]), 0o755);
    }
    assert_eq!(extension.codes(), ["arch-by-name"]);
}

/// Windows itself cannot even write these files.
#[cfg(unix)]
#[test]
fn names_that_hosts_cannot_store_are_reported() {
    let extension = Extension::correct();
    extension.write(AMD64, "backend/a:b", b"not copied to hosts", 0o644);
    assert_eq!(extension.codes(), [""; 0]);
    extension.write(AMD64, "ui/a:b.js", b"x", 0o644);
    extension.write(ARM64, "ui/aux/page.js", b"x", 0o644);
    let inspection = extension.inspect();
    let paths: Vec<_> = inspection.problems().filter_map(|finding| finding.place.path.as_deref()).collect();
    assert_eq!(fixtures::codes(&inspection), ["unportable-name"]);
    assert_eq!(paths, ["/ui/a:b.js", "/ui/aux/page.js"]);
}

/// A pattern of public extensions: the arm64 image has no files for Windows.
#[test]
fn a_missing_file_is_reported() {
    let extension = Extension::correct();
    fs_err::remove_file(extension.path(ARM64, "windows/tool.exe")).unwrap();
    let inspection = extension.inspect();
    assert_eq!(fixtures::codes(&inspection), ["missing"]);
    assert_eq!(inspection.findings[0].place.platform, Some(ARM64));
}

#[test]
fn a_missing_platform_is_reported() {
    let extension = Extension::correct();
    fs_err::remove_dir_all(extension.root.join("linux_arm64")).unwrap();
    assert_eq!(extension.codes(), ["platform-missing"]);
    let inspection = extension.inspect();
    assert_eq!(inspection.cells.len(), 3);
    assert_eq!(inspection.findings[0].place.platform, Some(ARM64));
    let ends_with = |inspection: &Inspection, end: &str| {
        let text = anstream::adapter::strip_str(&inspection.render(Format::Text).unwrap()).to_string();
        assert!(text.trim_end().ends_with(end), "{text}");
    };
    ends_with(&inspection, "\n1 problem found.");
    fs_err::remove_file(extension.path(AMD64, "icon.svg")).unwrap();
    ends_with(&extension.inspect(), "\n2 problems found.");
}

#[cfg(unix)]
#[test]
fn a_missing_x_bit_is_reported() {
    let extension = Extension::correct();
    extension.write(AMD64, "linux/tool", &elf(Arch::Amd64, None, &[]), 0o644);
    extension.write(AMD64, "windows/tool.exe", &pe(Arch::Amd64, &[]), 0o644);
    assert_eq!(extension.codes(), ["not-executable"]);
}

#[test]
fn unsigned_binaries_and_missing_libraries_are_reported() {
    let extension = Extension::correct();
    extension.write(
        ARM64,
        "darwin/tool",
        &macho(Arch::Arm64, &[SYSTEM, "/opt/homebrew/lib/libx.dylib"], false),
        0o755,
    );
    extension.write(AMD64, "windows/tool.exe", &pe(Arch::Amd64, &["libwinpthread-1.dll"]), 0o755);
    assert_eq!(extension.codes(), ["foreign-library", "unsigned"]);
}

#[test]
fn mistakes_in_metadata_are_reported() {
    for (from, to, expected) in [
        (r#""icon": "#, r#""$schema": "x", "icon": "#, &["metadata-unknown-key"][..]),
        (r#""icon": "#, r#""name": "x", "icon": "#, &["metadata-old-form"]),
        (
            r#""host": "#,
            r#""vm": { "image": "x", "composefile": "c.yaml" }, "host": "#,
            &["compose-missing", "metadata-vm"],
        ),
        (r#""icon.svg""#, r#""other.svg""#, &["icon-missing"]),
        (r#""index.html""#, r#""main.html""#, &["ui-missing"]),
        (
            r#"{ "path": "/darwin/tool" }"#,
            r#"{ "path": "../tool" }"#,
            &["host-path", "host-without-binary", "unreachable"],
        ),
        (
            r#""linux": [{ "path": "/linux/tool" }]"#,
            r#""linux": []"#,
            &["host-without-binary", "unreachable"],
        ),
        (
            r#"[{ "path": "/linux/tool" }]"#,
            r#"{ "path": "/linux/tool" }"#,
            &["host-without-binary", "metadata-old-form", "unreachable"],
        ),
        (
            r#"{ "path": "/linux/tool" }"#,
            r#"{ "path": "/linux/tool" }, { "path": "/ui/tool" }"#,
            &["base-name-collision", "missing"],
        ),
        ("\"title\"", "title", &["metadata-invalid"]),
    ] {
        let extension = Extension::correct();
        assert!(METADATA.contains(from), "{from}");
        extension.metadata(&METADATA.replace(from, to));
        assert_eq!(extension.codes(), expected, "{to}");
    }
    let extension = Extension::correct();
    let darwin_only = METADATA.replace(
        "\"windows\": [{ \"path\": \"/windows/tool.exe\" }],\n    \"linux\": [{ \"path\": \"/linux/tool\" }]",
        "\"windows\": [{ \"path\": \"/windows/tool.exe\" }]",
    );
    let darwin_only = darwin_only.replace("}],\n  }]", "}]\n  }]");
    extension.metadata(&darwin_only);
    assert_eq!(extension.codes(), ["host-without-binary", "unreachable"]);
    let notes: Vec<_> = extension.inspect().notes().map(|finding| finding.code().to_owned()).collect();
    assert!(notes.contains(&"host-key-missing".to_owned()), "{notes:?}");
}

#[test]
fn different_or_missing_metadata_is_reported() {
    let extension = Extension::correct();
    extension.write(ARM64, "metadata.json", METADATA.replace("Tool", "Other").as_bytes(), 0o644);
    assert_eq!(extension.codes(), ["metadata-differs"]);
    fs_err::remove_file(extension.path(ARM64, "metadata.json")).unwrap();
    assert_eq!(extension.codes(), ["metadata-differs", "metadata-missing"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_inside_the_root() {
    let extension = Extension::correct();
    let tool = extension.path(AMD64, "linux/tool");
    fs_err::rename(&tool, extension.path(AMD64, "linux/real")).unwrap();
    std::os::unix::fs::symlink("/linux/real", &tool).unwrap();
    std::os::unix::fs::symlink("index.html", extension.path(AMD64, "ui/link.html")).unwrap();
    assert_eq!(extension.codes(), ["ui-symlink"]);
    fs_err::remove_file(&tool).unwrap();
    std::os::unix::fs::symlink("../../../../../../bin/sh", &tool).unwrap();
    assert!(extension.codes().contains(&"missing"));
}

/// Even with long names.
#[test]
fn text_fits_into_80_columns() {
    let extension = Extension::correct();
    let long = format!("/darwin/{}/tool", "a-long-name".repeat(12));
    extension.metadata(&METADATA.replace("/darwin/tool", &long));
    let text = extension.inspect().render(Format::Text).unwrap();
    let text = anstream::adapter::strip_str(&text).to_string();
    for line in text.lines().skip(1).filter(|line| !line.contains(&long)) {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
}

#[test]
fn an_argument_that_is_not_an_image_is_an_error_with_help() {
    let temp = tempfile::tempdir().unwrap();
    let error = image(temp.path().to_str().unwrap()).unwrap_err().to_string();
    assert!(error.contains("linux_amd64/"), "{error}");
    let error = image("./nothing.tar").unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");
}

/// The answers of a desktop: `y`, `n` or `?` for macOS, Windows and Linux on amd64, then on arm64.
fn installs(inspection: &Inspection, desktop: desktops::Desktop) -> String {
    let of = inspection.desktops.iter().filter(|install| install.desktop == desktop);
    of.map(|install| match install.installs {
        Some(true) => 'y',
        Some(false) => 'n',
        None => '?',
    })
    .collect()
}

#[test]
fn each_desktop_has_its_own_requirements() {
    use desktops::Desktop::{Docker, Podman, Rancher};
    let extension = Extension::correct();
    let all = |extension: &Extension| {
        let inspection = extension.inspect();
        [Docker, Rancher, Podman].map(|desktop| installs(&inspection, desktop))
    };
    assert_eq!(all(&extension), ["yyyyyy"; 3]);
    extension.metadata(&METADATA.replace("\"icon\": \"icon.svg\",", ""));
    assert_eq!(all(&extension), ["yyyyyy", "nnnnnn", "yyyyyy"]);
    extension.metadata(&METADATA.replace("\"windows\": [{ \"path\": \"/windows/tool.exe\" }],", ""));
    assert_eq!(all(&extension), ["yyyyyy"; 3]);
    extension.metadata(METADATA);
    fs_err::remove_file(extension.path(ARM64, "linux/tool")).unwrap();
    assert_eq!(all(&extension), ["yyyyy?", "yyyyyn", "yyyyyn"]);
    assert_eq!(
        desktops::reasons(&extension.inspect().desktops),
        [
            "Docker Desktop on Linux arm64: its behaviour without /linux/tool is not documented",
            "Rancher Desktop on Linux arm64: it cannot copy /linux/tool",
            "Podman Desktop on Linux arm64: it cannot copy /linux/tool",
        ]
    );
    fs_err::remove_dir_all(extension.root.join("linux_arm64")).unwrap();
    assert_eq!(all(&extension), ["yyynnn"; 3]);
}

#[test]
fn duplicate_files_are_only_a_note() {
    let extension = Extension::correct();
    for name in ["a.bin", "b.bin"] {
        extension.write(AMD64, &format!("ui/{name}"), &vec![7; 70_000], 0o644);
    }
    extension.write(AMD64, "ui/c.bin", &vec![8; 70_000], 0o644);
    let inspection = extension.inspect();
    assert_eq!(inspection.problems().count(), 0);
    let notes: Vec<_> = inspection.notes().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "/ui/a.bin in linux/amd64: has the same content (70.0 kB) as /ui/b.bin; help: ship it only once [shipped-twice]"
        ]
    );
}

/// Only their size counts: they are sparse.
#[cfg(target_os = "linux")]
#[test]
fn huge_files_are_not_read() {
    let extension = Extension::correct();
    let huge = |path: &str| {
        extension.write(AMD64, path, b"", 0o755);
        fs_err::OpenOptions::new()
            .write(true)
            .open(extension.path(AMD64, path))
            .unwrap()
            .set_len(20 << 30)
            .unwrap();
    };
    huge("ui/a.bin");
    huge("ui/b.bin");
    assert_eq!(extension.inspect().notes().count(), 0);
    huge("linux/tool");
    let error = format!("{:#}", image(extension.root.as_str()).unwrap_err());
    assert!(error.contains("`tool` has 21.47 GB, more than any program"), "{error}");
}

#[test]
fn huge_keys_are_cut_in_every_format() {
    let extension = Extension::correct();
    let key = "k".repeat(900_000);
    extension.metadata(&METADATA.replace("\"icon\":", &format!("\"{key}\": 1, \"icon\":")));
    let inspection = extension.inspect();
    assert!(inspection.problems().any(|finding| finding.code() == "metadata-unknown-key"));
    for format in [Format::Text, Format::Markdown, Format::Json] {
        let report = inspection.render(format).unwrap();
        assert!(report.len() < 20_000, "{}", report.len());
    }
}

#[test]
fn an_icon_that_not_every_desktop_shows_is_a_note() {
    for (name, content, expected) in [
        ("icon.svg", &b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], 0),
        ("icon.png", b"\x89PNG\r\n", 2),
        ("icon.svg", b"\x89PNG\r\n", 2),
        ("icon", b"<svg/>", 2),
    ] {
        let extension = Extension::correct();
        extension.metadata(&METADATA.replace("icon.svg", name));
        for platform in [AMD64, ARM64] {
            extension.write(platform, name, content, 0o644);
        }
        let inspection = extension.inspect();
        assert_eq!(
            inspection.notes().filter(|finding| finding.code() == "icon-not-svg").count(),
            expected,
            "{name}"
        );
        assert_eq!(inspection.problems().count(), 0);
    }
}
