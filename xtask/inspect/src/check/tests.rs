//! Whole directories: a correct one, and one for each mistake in the sources of published extensions.

use camino::Utf8PathBuf;
use tempfile::TempDir;

use super::Folder;
use super::report::Report;
use crate::report::Format;
use sixfold_judge::samples::elf;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::Arch;

/// A third-party extension: committed binaries for each architecture, no Cargo.toml.
struct Fixture(TempDir);

const METADATA: &str = r#"{
  "icon": "icon.svg",
  "ui": { "dashboard-tab": { "title": "Tool", "root": "/ui", "src": "index.html" } },
  "host": {
    "binaries": [
      {
        "darwin": [{ "path": "/darwin/tool" }],
        "windows": [{ "path": "/windows/tool.cmd" }],
        "linux": [{ "path": "/linux/tool" }]
      }
    ]
  }
}
"#;

const DOCKERFILE: &str = r#"FROM scratch
ARG TARGETARCH
LABEL org.opencontainers.image.title="Tool" \
      org.opencontainers.image.description="Does it" \
      org.opencontainers.image.vendor="Example" \
      com.docker.desktop.extension.api.version=">= 0.3.4" \
      com.docker.desktop.extension.icon="https://example.org/icon.svg" \
      com.docker.extension.screenshots='[{"alt": "it", "url": "https://example.org/a.png"}]' \
      com.docker.extension.detailed-description="<p>It <b>does</b> it.</p>" \
      com.docker.extension.publisher-url="https://example.org" \
      com.docker.extension.changelog="<p>first</p>" \
      com.docker.extension.categories="utility-tools"
COPY metadata.json icon.svg /
COPY ui /ui
COPY --chmod=0755 dist/${TARGETARCH}/ /
"#;

impl Fixture {
    fn new() -> Self {
        let fixture = Self(tempfile::tempdir().unwrap());
        fixture.write("metadata.json", METADATA);
        fixture.write("Dockerfile", DOCKERFILE);
        fixture.write("icon.svg", "<svg/>");
        fixture.write("ui/index.html", "<html></html>");
        for arch in ["amd64", "arm64"] {
            fixture.write(&format!("dist/{arch}/darwin/tool"), "#!/bin/sh\n");
            fixture.write(&format!("dist/{arch}/linux/tool"), "#!/bin/sh\n");
            fixture.write(&format!("dist/{arch}/windows/tool.cmd"), "@echo off\r\n");
        }
        fixture
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.0.path().to_owned()).unwrap()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.root().join(name)).unwrap();
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, text.replace(from, to));
    }

    fn findings(&self) -> Vec<Finding> {
        Folder::read(&self.root()).unwrap().check().into_iter().map(|fixed| fixed.finding).collect()
    }

    fn codes(&self) -> Vec<String> {
        let mut codes: Vec<_> = self.findings().iter().map(|finding| finding.code().to_owned()).collect();
        codes.sort();
        codes.dedup();
        codes
    }
}

/// The codes for the correct directory after one change of a file.
fn changed(name: &str, from: &str, to: &str) -> Vec<String> {
    let fixture = Fixture::new();
    fixture.edit(name, from, to);
    fixture.codes()
}

#[test]
fn a_correct_directory_has_no_findings() {
    assert_eq!(Fixture::new().findings(), []);
}

#[test]
fn each_mistake_in_metadata_has_its_code() {
    for (from, to, expected) in [
        (r#""icon": "icon.svg","#, r#""icon": "icon.svg", "name": "tool","#, "metadata-old-form"),
        (r#""icon": "icon.svg","#, r#""icon": "icon.svg", "$schema": "x","#, "metadata-unknown-key"),
        (r#""icon": "icon.svg","#, r#""icon": "icon.svg", "icon": "icon.svg","#, "metadata-duplicate-key"),
        (r#""icon": "icon.svg""#, r#""icon": "logo.svg""#, "icon-missing"),
        (r#""src": "index.html""#, r#""src": "main.html""#, "ui-missing"),
        (r#""host": {"#, r#""vm": { "image": "x", "composefile": "icon.svg" }, "host": {"#, "metadata-vm"),
        (r#""host": {"#, r#""vm": { "composefile": "compose.yaml" }, "host": {"#, "compose-missing"),
        (r#""path": "/linux/tool""#, r#""path": "linux/tool""#, "host-path"),
        (r#""path": "/linux/tool""#, r#""path": "/linux/../tool""#, "host-path"),
        (r#""path": "/linux/tool""#, r#""path": "/linux/""#, "directory-listed"),
        (r#""path": "/linux/tool""#, r#""path": "/windows/tool.cmd""#, "host-file-name"),
        // A path that is in no image.
        (r#""path": "/darwin/tool""#, r#""path": "/mac/tool""#, "path-not-copied"),
        (
            r#"[{ "path": "/darwin/tool" }]"#,
            r#"[{ "path": "/darwin/tool" }, { "path": "/linux/tool" }]"#,
            "base-name-collision",
        ),
    ] {
        let codes = changed("metadata.json", from, to);
        assert!(codes.contains(&expected.to_owned()), "{to}: {codes:?}");
    }
    assert_eq!(
        changed(
            "metadata.json",
            "        \"linux\": [{ \"path\": \"/linux/tool\" }]",
            "        \"linux\": []"
        ),
        ["host-without-binary"]
    );
}

#[test]
fn each_mistake_in_the_dockerfile_has_its_code() {
    for (from, to, expected) in [
        ("ARG TARGETARCH\n", "ARG TARGETARCH=amd64\n", "arg-default"),
        ("ARG TARGETARCH\n", "", "arg-undeclared"),
        // Hard-coded amd64, as in the SDK's sample and four other extensions.
        (
            "COPY --chmod=0755 dist/${TARGETARCH}/ /",
            "RUN curl -o /linux/tool https://x.example/linux/amd64/tool",
            "arch-fixed",
        ),
        ("FROM scratch\n", "FROM --platform=linux/amd64 scratch\n", "platform-fixed"),
        ("COPY ui /ui", "COPY uii /ui", "copy-missing"),
        ("COPY metadata.json icon.svg /", "COPY icon.svg /", "path-not-copied"),
        ("COPY ui /ui", "COPI ui /ui", "dockerfile-invalid"),
        ("<p>It <b>does</b> it.</p>", "<a href=\"https://example.org\">it</a>", "label-quotes"),
        ("<p>It <b>does</b> it.</p>", "<p>It <b>does it.</p>", "label-html"),
        ("\">= 0.3.4\"", "0.3.4", "label-api-version"),
        ("=\"utility-tools\"", "=\"utility\"", "label-categories"),
        ("title=\"Tool\"", "title=\"Tool extension\"", "label-title"),
        ("<p>It <b>does</b> it.</p>", "<script>does(it)</script>", "label-script"),
        ("vendor=\"Example\"", "vendor=\"\"", "label-missing"),
    ] {
        let codes = changed("Dockerfile", from, to);
        assert!(codes.contains(&expected.to_owned()), "{to}: {codes:?}");
    }
}

#[test]
fn characters_in_the_title_matter_only_with_host_binaries() {
    let fixture = Fixture::new();
    fixture.edit("Dockerfile", "title=\"Tool\"", "title=\"Tool & more\"");
    assert!(fixture.codes().contains(&"title-characters".to_owned()), "{:?}", fixture.codes());
    fixture.write("metadata.json", r#"{ "vm": { "image": "example/backend" } }"#);
    assert!(!fixture.codes().contains(&"title-characters".to_owned()), "{:?}", fixture.codes());
}

#[test]
fn a_binary_for_one_architecture_in_both_images_is_an_error() {
    let fixture = Fixture::new();
    fixture.write("dist/amd64/linux/tool", elf(Arch::Amd64, None, &[]));
    fixture.edit("Dockerfile", "dist/${TARGETARCH}/", "dist/amd64/");
    assert_eq!(fixture.codes(), ["wrong-arch"]);
}

#[test]
fn scripts_need_no_architecture() {
    let fixture = Fixture::new();
    fixture.edit("Dockerfile", "ARG TARGETARCH\n", "");
    fixture.edit("Dockerfile", "dist/${TARGETARCH}/", "dist/scripts/");
    for (name, script) in
        [("darwin/tool", "#!/bin/sh\n"), ("linux/tool", "#!/bin/sh\n"), ("windows/tool.cmd", "@echo off\n")]
    {
        fixture.write(&format!("dist/scripts/{name}"), script);
    }
    assert_eq!(fixture.codes(), [""; 0]);
    fixture.write("dist/scripts/linux/tool", elf(Arch::Amd64, None, &[]));
    assert_eq!(fixture.codes(), ["wrong-arch"]);
}

#[test]
fn stages_that_build_are_checked() {
    let stage = |run: &str| {
        format!("FROM --platform=$BUILDPLATFORM golang:1.24 AS build\nRUN {run} -o /out/tool\nFROM scratch\n")
    };
    for (run, expected) in
        [("GOOS=darwin GOARCH=amd64 go build", "arch-fixed"), ("GOOS=darwin go build", "goarch-missing")]
    {
        let fixture = Fixture::new();
        fixture.edit("Dockerfile", "FROM scratch\n", &stage(run));
        fixture.write(
            "Dockerfile",
            fs_err::read_to_string(fixture.root().join("Dockerfile")).unwrap()
                + "COPY --from=build /out/tool /darwin/tool\n",
        );
        let codes = fixture.codes();
        assert!(codes.contains(&expected.to_owned()), "{run}: {codes:?}");
    }
}

#[test]
fn a_missing_label_is_reported_at_the_last_stage() {
    let fixture = Fixture::new();
    fixture.write(
        "Dockerfile",
        "FROM scratch\nARG TARGETARCH\nCOPY metadata.json icon.svg /\nCOPY ui /ui\nCOPY dist/$TARGETARCH /\n",
    );
    let findings = fixture.findings();
    assert_eq!(findings.len(), 10);
    assert!(
        findings.iter().all(|finding| finding.code() == "label-missing" && finding.place.line == Some(1))
    );
    // A value that is set during the build may not be missing.
    let codes = changed("Dockerfile", "title=\"Tool\"", "title=\"$TITLE\"");
    assert_eq!(codes, [""; 0]);
}

#[test]
fn committed_binaries_are_opened() {
    let fixture = Fixture::new();
    fixture.write("dist/arm64/linux/tool", elf(Arch::Amd64, None, &[]));
    let findings = fixture.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].code(), findings[0].place.line), ("wrong-arch", Some(9)));
    assert!(findings[0].message.contains("dist/arm64/linux/tool"), "{findings:?}");
}

#[test]
fn what_the_ignore_file_keeps_out_cannot_be_copied() {
    let fixture = Fixture::new();
    fixture.write(
        ".dockerignore",
        "*\n!ui\n!dist/*/linux\n!dist/*/windows\n!metadata.json\ndist/arm64/windows\n",
    );
    let codes = |fixture: &Fixture| -> Vec<_> {
        let findings = fixture.findings();
        findings.iter().map(|it| format!("{} {}", it.place.line.unwrap(), it.code())).collect()
    };
    // The icon, the files for macOS, and the one for Windows on Arm.
    assert_eq!(codes(&fixture), ["13 copy-missing", "7 path-not-copied", "8 path-not-copied"]);
    fixture.write("Dockerfile.dockerignore", "node_modules\n");
    assert_eq!(codes(&fixture), [""; 0]);
}

#[test]
fn metadata_is_the_file_that_the_dockerfile_copies() {
    let fixture = Fixture::new();
    fixture.write("metadata.json", "{}");
    fixture.write("extension/metadata.json", METADATA.replace("/linux/tool", "/linux/typo"));
    fixture.edit("Dockerfile", "COPY metadata.json icon.svg /", "COPY extension/metadata.json icon.svg /");
    let findings = fixture.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].place.path.as_deref(), Some("extension/metadata.json"));
}

#[test]
fn an_image_that_starts_nothing_is_reported() {
    let with = |vm: &str, service: &str, dockerfile: &str| {
        let fixture = Fixture::new();
        fixture.edit("metadata.json", r#""host": {"#, &format!(r#""vm": {{ {vm} }}, "host": {{"#));
        fixture.edit("Dockerfile", "COPY metadata.json", "COPY compose.yaml metadata.json");
        fixture
            .write("compose.yaml", format!("services:\n  a:\n    image: $DESKTOP_PLUGIN_IMAGE\n{service}"));
        let text = fs_err::read_to_string(fixture.root().join("Dockerfile")).unwrap();
        fixture.write("Dockerfile", format!("{}{dockerfile}", text.replace("FROM scratch\n", FROM)));
        fixture.findings().iter().map(|it| format!("{} {}", it.place, it.code())).collect::<Vec<_>>()
    };
    const FROM: &str = "FROM scratch AS base\nFROM base\n";
    let (file, image) = (r#""composefile": "compose.yaml""#, r#""image": "${DESKTOP_PLUGIN_IMAGE}""#);
    for vm in [file, image] {
        assert_eq!(with(vm, "", ""), ["Dockerfile:2:1 vm-no-program"]);
        assert_eq!(with(vm, "", "ENTRYPOINT [\"/a\"]\n"), [""; 0]);
        assert_eq!(with(vm, "", "CMD /a\n"), [""; 0]);
    }
    assert_eq!(with(file, "    command: /a\n", ""), [""; 0]);
    assert_eq!(with(file, "    entrypoint: []\n", ""), ["Dockerfile:2:1 vm-no-program"]);
    assert_eq!(with(r#""image": "x""#, "", ""), [""; 0]);
    assert_eq!(with(image, "", "FROM python:3.13\n").iter().filter(|it| it.contains("vm-")).count(), 0);
}

#[test]
fn a_compose_file_that_builds_is_reported() {
    let fixture = Fixture::new();
    fixture.edit("metadata.json", r#""host": {"#, r#""vm": { "composefile": "compose.yaml" }, "host": {"#);
    fixture.edit("Dockerfile", "COPY metadata.json", "COPY compose.yaml metadata.json");
    fixture.write("compose.yaml", "services:\n  backend:\n    image: x:1\n");
    assert_eq!(fixture.findings(), []);
    fixture.write("compose.yaml", "services:\n  backend:\n    build: .\n");
    assert_eq!(fixture.findings()[0].to_string().split(": ").next(), Some("compose.yaml:3:5"));
}

#[test]
fn fixing_changes_only_what_has_one_right_answer() {
    let fixture = Fixture::new();
    fixture.edit("metadata.json", "  \"icon\"", "  \"name\": \"tool\",\n  \"icon\"");
    fixture.edit("metadata.json", ",\n        \"linux\": [{ \"path\": \"/linux/tool\" }]", "");
    fixture.edit("metadata.json", "\"/darwin/tool\"", "\"darwin/tool\"");
    fixture.edit("Dockerfile", "ARG TARGETARCH", "ARG TARGETARCH=arm64");
    let mut folder = Folder::read(&fixture.root()).unwrap();
    let fixed = folder.fix();
    assert_eq!(
        fixed.iter().map(|file| file.source.name.as_str()).collect::<Vec<_>>(),
        ["metadata.json", "Dockerfile"]
    );
    fixed.iter().for_each(|file| file.write(&fixture.root()).unwrap());
    let read = |name: &str| std::fs::read_to_string(fixture.root().join(name)).unwrap();
    assert_eq!(read("metadata.json"), METADATA.replace("[{ \"path\": \"/linux/tool\" }]", "[]"));
    assert_eq!(read("Dockerfile"), DOCKERFILE);
    assert_eq!(fixture.codes(), ["host-without-binary"]);
    assert!(folder.fix().is_empty());
}

#[test]
fn only_metadata_json_loses_its_byte_order_mark() {
    let fixture = Fixture::new();
    fixture.write("metadata.json", format!("\u{feff}{METADATA}"));
    fixture.write("Dockerfile", format!("\u{feff}{DOCKERFILE}"));
    let fixed = Folder::read(&fixture.root()).unwrap().fix();
    let names: Vec<_> = fixed.iter().map(|file| file.source.name.as_str()).collect();
    assert_eq!(names, ["metadata.json"]);
    fixed[0].write(&fixture.root()).unwrap();
    assert_eq!(std::fs::read_to_string(fixture.root().join("metadata.json")).unwrap(), METADATA);
}

#[test]
fn the_report_has_three_formats() {
    let fixture = Fixture::new();
    fixture.edit("Dockerfile", "ARG TARGETARCH", "ARG TARGETARCH=arm64");
    let report = Report { folder: "x", findings: fixture.findings(), fixed: vec![] };
    assert_eq!(report.problems().count(), 1);
    let text = anstream::adapter::strip_str(&report.render(Format::Text).unwrap()).to_string();
    assert!(
        text.starts_with("error[arg-default]\n  Dockerfile:2:5\n") && text.ends_with("1 problem found.\n"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report.render(Format::Json).unwrap()).unwrap();
    assert_eq!(
        (&json["problems"][0]["code"], &json["problems"][0]["line"]),
        (&"arg-default".into(), &2.into())
    );
    assert!(report.render(Format::Markdown).unwrap().contains("`arg-default` `Dockerfile:2:5`"));
    assert_eq!(Severity::Error, report.findings[0].severity);
}

#[test]
fn a_huge_dockerfile_is_checked_in_time() {
    let mut text = String::from("FROM a AS s0\n");
    for stage in 1..100 {
        text += &format!("FROM s{} AS s{stage}\n", stage - 1);
        text += &"RUN curl amd64 $TARGETARCH\nCOPY a$B b\n".repeat(4);
    }
    let files: Vec<_> = (0..5000).map(|number| format!("{{\"path\": \"/x/{number}\"}}")).collect();
    let metadata = format!("{{\"host\": {{\"binaries\": [{{\"linux\": [{}]}}]}}}}", files.join(","));
    let start = std::time::Instant::now();
    Folder::of("no/such/folder".into(), &metadata, &text).check();
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn crafted_commands_are_checked_in_time() {
    let double = "A=$A$A; ".repeat(200);
    let runs = format!("RUN A=aaaa; {double} curl -o /darwin/tool $A\n")
        + &format!("RUN make {}\n", "x".repeat(3000)).repeat(500);
    let env = "ENV A=$A$A$A\n".repeat(300);
    let pipes = format!("RUN {} > /linux/tool\n", vec!["cat x"; 3000].join(" | "));
    let loops = format!("RUN {} make {}\n", "for i in 1 2 3 4 5 6 7 8 9; do ".repeat(9), "; done".repeat(9));
    let archives =
        "RUN tar -xf /a.tar -C /x && tar -cf /a.tar /x/y /x/z\n".repeat(150) + "RUN cp /x/y /darwin/tool\n";
    for text in [runs, env, pipes, loops, archives] {
        let start = std::time::Instant::now();
        Folder::of("no/such/folder".into(), METADATA, &format!("FROM --platform=$BUILDPLATFORM golang AS b\nENV A=aaaaaaaa\n{text}FROM alpine\nCOPY --from=b / /\n{text}")).check();
        assert!(start.elapsed().as_secs() < 20, "{:?} {}", start.elapsed(), text.get(..40).unwrap());
    }
}

#[test]
fn many_files_and_commands_are_checked_in_time() {
    let files: Vec<_> = (0..5000).map(|number| format!("{{\"path\": \"/x/{number}\"}}")).collect();
    let metadata = format!("{{\"host\": {{\"binaries\": [{{\"linux\": [{}]}}]}}}}", files.join(","));
    let long = format!("RUN make {}\n", "x".repeat(4000)).repeat(800);
    let many = format!("RUN {}\n", "make x; ".repeat(50)).repeat(98);
    for commands in [long, many] {
        let start = std::time::Instant::now();
        Folder::of("no/such/folder".into(), &metadata, &format!("FROM golang\n{commands}")).check();
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}

#[test]
fn stages_on_top_of_each_other_are_checked_in_time() {
    let mut text =
        String::from("FROM golang AS s0\n") + &format!("RUN {}\n", "make x; ".repeat(300)).repeat(800);
    for stage in 1..99 {
        text += &format!("FROM s{} AS s{stage}\n", stage - 1);
    }
    let start = std::time::Instant::now();
    Folder::of("no/such/folder".into(), METADATA, &text).check();
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_dockerfile_can_be_checked(text in "((FROM|COPY|ARG|LABEL|RUN|ENV|WORKDIR|ADD) |scratch|a=\"|'|\\$TARGETARCH|--from=|\\[|\\\\|\n|<<E|/x| |ä){0,30}") {
        let fixture = Fixture::new();
        fixture.write("Dockerfile", format!("FROM scratch\n{text}"));
        fixture.findings();
    }
}
