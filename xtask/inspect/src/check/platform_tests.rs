//! Whole Dockerfiles: those that give both images the same program, and those that work although they look like it.

use super::Folder;
use sixfold_model::finding::Severity;

const METADATA: &str = r#"{"icon": "icon.svg", "vm": {"image": "x"}, "host": {"binaries": [{
"darwin": [{"path": "/darwin/tool"}], "windows": [], "linux": [{"path": "/linux/tool"}]}]}}"#;
const GO: &str = "FROM --platform=$BUILDPLATFORM golang:1.24 AS build\nWORKDIR /src\nCOPY . .\n";
const LAST: &str = "FROM alpine:3.22\nCOPY metadata.json icon.svg /\n";

/// Errors and warnings about platforms and copies: `line code`, of metadata.json with an `m` before the line.
fn problems(metadata: &str, dockerfile: &str) -> Vec<String> {
    let found = Folder::of("no/such/folder".into(), metadata, dockerfile).check();
    let of_labels = |code: &str| code.starts_with("label") || code.starts_with("host-");
    let findings = found.into_iter().map(|fixed| fixed.finding);
    let findings = findings.filter(|it| it.severity > Severity::Note && !of_labels(it.code()));
    findings
        .map(|it| {
            let file = if it.place.path.as_deref() == Some("metadata.json") { "m" } else { "" };
            format!("{file}{} {}", it.place.line.unwrap_or_default(), it.code())
        })
        .collect()
}

fn of(dockerfile: &str) -> Vec<String> {
    problems(METADATA, dockerfile)
}

#[test]
fn a_download_for_one_architecture_is_an_error() {
    for (run, expected) in [
        (
            "RUN curl -fLo /darwin/tool https://x.example/darwin/arm64/tool && curl -fLo /linux/tool https://x.example/linux/amd64/tool",
            &["3 arch-fixed", "3 arch-fixed"][..],
        ),
        (
            "RUN mkdir /linux && wget -qO /linux/tool https://x.example/linux_x86_64 && wget -qO /darwin/tool https://x.example/m",
            &["3 arch-fixed"],
        ),
        (
            "WORKDIR /linux\nRUN curl -L https://x.example/amd64.tgz | tar xz\nRUN curl https://x.example/m > /darwin/tool",
            &["4 arch-fixed"],
        ),
        (
            "ADD https://x.example/arm64/tool /darwin/\nADD https://x.example/arm64/tool /linux/tool",
            &["3 arch-fixed", "4 arch-fixed"],
        ),
        (
            "RUN for os in darwin linux; do curl -o /$os/tool https://x.example/$os/amd64; done",
            &["3 arch-fixed", "3 arch-fixed"],
        ),
        (
            "RUN get() { curl -sSfL \"$2\" -o \"$1\"; }; \\\n get /darwin/tool https://x.example/arm64 && \\\n get /linux/tool https://x.example/arm64",
            &["4 arch-fixed", "5 arch-fixed"],
        ),
        (
            "RUN cd /tmp && curl -O https://x.example/linux-amd64/tool && mv tool /linux/tool && ln -s /linux/tool /darwin/tool",
            &["3 arch-fixed", "3 arch-fixed"],
        ),
        (
            "RUN curl -o /tmp/a.zip https://x.example/amd64.zip && unzip /tmp/a.zip -d /linux\nCOPY bin/darwin-${V} /darwin/tool",
            &["3 arch-fixed"],
        ),
        (
            "COPY bin/linux-amd64/tool /linux/tool\nCOPY dist/tool_darwin_arm64/ /darwin/",
            &["3 arch-fixed", "4 arch-fixed"],
        ),
        (
            "RUN <<EOF\nset -e\ncurl -o /linux/tool https://x.example/amd64\ncurl -o /darwin/tool https://x.example/amd64\nEOF",
            &["5 arch-fixed", "6 arch-fixed"],
        ),
    ] {
        assert_eq!(of(&format!("{LAST}{run}\n")), expected, "{run}");
    }
}

#[test]
fn a_query_in_another_stage_changes_nothing() {
    let text = format!(
        "FROM alpine AS base\nRUN apk add x-$(uname -m)\nFROM alpine AS other\nARG TARGETARCH\nRUN x $TARGETARCH\n{LAST}\
         COPY --from=base /usr/bin/x /usr/bin/x\nRUN curl -o /linux/tool https://x.example/amd64 && curl -o /darwin/tool https://x.example/m\n"
    );
    assert_eq!(of(&text), ["9 arch-fixed"]);
}

#[test]
fn what_is_made_for_each_platform_is_fine() {
    for run in [
        "ARG TARGETARCH\nRUN for os in darwin linux; do curl -o /$os/tool https://x.example/$os/$TARGETARCH; done",
        "ARG TARGETARCH\nRUN case $TARGETARCH in amd64) A=x86_64;; arm64) A=aarch64;; esac; curl -o /darwin/tool https://x.example/$A && curl -o /linux/tool https://x.example/$A",
        "RUN curl -o /darwin/tool https://x.example/$(uname -m) && curl -o /linux/tool https://x.example/$(arch)",
        "RUN A=$(dpkg --print-architecture); curl -o /darwin/tool https://x.example/$A && curl -o /linux/tool https://x.example/`go env GOARCH`",
        "RUN A=$(uname -m | sed s/x86_64/amd64/); curl -o /darwin/tool https://x.example/$A && curl -o /linux/tool https://x.example/$A",
        "RUN if uname -m | grep -q x86; then A=amd64; else A=arm64; fi; curl -o /darwin/tool https://x.example/$A; curl -o /linux/tool https://x.example/$A",
        "RUN if [ \"$(uname -m)\" = x86_64 ]; then curl -o /darwin/tool https://x.example/amd64 -o /linux/tool https://x.example/amd64; else ./get; fi",
        "RUN ./install.sh",
        "RUN make install",
        "RUN <<EOF python3\nprint('amd64')\nEOF",
        "RUN --mount=type=bind,source=bin,target=/bin2 cp /bin2/tool-amd64 /linux/tool && cp /bin2/tool-amd64 /darwin/tool",
        "RUN --mount=from=example/tools,target=/t cp /t/tool-amd64 /linux/tool && cp /t/tool /darwin/tool",
        "COPY bin/ /",
        "COPY bin /tmp/bin\nRUN mv /tmp/bin/tool-amd64 /linux/tool && cp /tmp/bin/tool-amd64 /darwin/tool",
        "COPY bin/universal/tool-darwin-amd64 /darwin/tool\nCOPY bin/tool /linux/tool",
        "COPY --from=example/tool:1 /bin/tool /linux/tool\nCOPY --from=example/mac:1 /bin/tool /darwin/tool",
        "COPY <<EOF /darwin/tool\n#!/bin/sh\nEOF\nRUN echo amd64 > /linux/tool",
        "RUN cat <<EOF > /darwin/tool && cat > /linux/tool <<'E2' && chmod +x /linux/tool\n#!/bin/sh\necho amd64\nEOF\necho\nE2",
        "RUN printf '#!/bin/sh\\necho arm64\\n' | tee /darwin/tool > /linux/tool",
        "RUN curl -o /darwin/tool https://x.example/universal/tool && curl -o /linux/tool https://x.example/tool",
    ] {
        assert_eq!(of(&format!("{LAST}{run}\n")), [""; 0], "{run}");
    }
}

#[test]
fn a_download_for_the_machine_that_builds_is_an_error() {
    for ask in ["$(uname -m)", "`arch`", "$(dpkg --print-architecture)"] {
        let download = format!(
            "FROM --platform=$BUILDPLATFORM alpine AS dl\nRUN curl -o /o/linux/tool https://x.example/{ask} && curl -o /o/darwin/tool https://x.example/m/{ask}\n"
        );
        assert_eq!(
            of(&format!("{download}{LAST}COPY --from=dl /o /\n")),
            ["2 target-arch-unused", "2 target-arch-unused"],
            "{ask}"
        );
    }
}

#[test]
fn an_image_for_one_platform_says_nothing_about_programs_for_other_systems() {
    let text = format!(
        "FROM --platform=linux/amd64 example/tools AS tools\n{LAST}COPY --from=tools /l /linux/tool\nCOPY --from=tools /d /darwin/tool\n"
    );
    assert_eq!(of(&text), ["1 arch-fixed"]);
    // A copy of a whole image makes no file for certain.
    let xx = "FROM --platform=$BUILDPLATFORM tonistiigi/xx AS xx\n";
    let build = "COPY --from=xx / /\nARG TARGETPLATFORM\nRUN xx-go build -o /o/linux/tool . && xx-go build -o /o/darwin/tool .\n";
    let found = Folder::of(
        "no/such/folder".into(),
        METADATA,
        &format!("{xx}{GO}{build}{LAST}COPY --from=build /o /\n"),
    );
    assert!(!found.check().iter().any(|fixed| fixed.finding.code() == "target-arch-unused"));
}

#[test]
fn what_is_excluded_is_not_copied_and_onbuild_may_copy_anything() {
    let text = format!("{LAST}COPY --exclude=linux --exclude=*.md bin /\n");
    assert_eq!(of(&text), ["m2 path-not-copied"]);
    let base = "FROM alpine AS base\nONBUILD COPY bin /\nFROM base\nCOPY metadata.json icon.svg /\n";
    assert_eq!(of(base), [""; 0]);
}

#[test]
fn compilers_on_the_platform_of_the_image_are_fine() {
    for build in [
        "FROM golang:1.24 AS build\nRUN GOOS=linux go build -o /out/linux/tool && GOOS=darwin go build -o /out/darwin/tool\n",
        "FROM rust AS build\nRUN cargo build --release && mkdir -p /out/linux /out/darwin && cp target/release/tool /out/linux && cp target/release/tool /out/darwin/tool\n",
        "FROM gcc AS build\nCOPY . .\nRUN make\n",
        "FROM --platform=$TARGETPLATFORM golang AS build\nRUN make all\n",
        "FROM --platform=$BUILDPLATFORM golang AS build\nARG TARGETARCH\nRUN make all\n",
        "FROM --platform=$BUILDPLATFORM golang AS build\nARG TARGETPLATFORM\nRUN xx-go build -o /out/linux/tool . && xx-go build -o /out/darwin/tool\n",
        "FROM --platform=$BUILDPLATFORM golang AS build\nARG TARGETARCH\nENV GOARCH=$TARGETARCH\nRUN for os in linux darwin; do GOOS=$os go build -o /out/$os/tool; done\n",
        "FROM --platform=$BUILDPLATFORM golang AS build\nARG TARGETARCH\nRUN env GOOS=linux GOARCH=${TARGETARCH} go build -o /out/linux/tool\nRUN export GOOS=darwin GOARCH=\"$TARGETARCH\" && go build -o /out/darwin/\n",
    ] {
        assert_eq!(of(&format!("{build}{LAST}COPY --from=build /out/ /\n")), [""; 0], "{build}");
    }
    // Both are downloaded, in a stage for each platform.
    let download = |arch: &str| {
        format!(
            "FROM alpine AS dl-{arch}\nRUN wget -nv https://x.example/{arch}.zip && unzip {arch}.zip && mkdir linux darwin && mv linux-{arch}/tool linux && mv m-{arch} /darwin/tool\n"
        )
    };
    let text = format!(
        "{}{}FROM dl-$TARGETARCH AS dl\n{LAST}COPY --from=dl /linux /linux\nCOPY --from=dl /darwin /darwin\n",
        download("amd64"),
        download("arm64")
    );
    assert_eq!(of(&text), [""; 0]);
    // Both are compiled, and the last stage takes the right one.
    let both = "RUN for a in amd64 arm64; do for os in linux darwin; do GOOS=$os GOARCH=$a go build -o /out/$a/$os/tool; done; done\n";
    assert_eq!(
        of(&format!("{GO}{both}{LAST}ARG TARGETARCH\nCOPY --from=build /out/${{TARGETARCH}} /\n")),
        [""; 0]
    );
    assert_eq!(
        of(&format!("{GO}RUN make all\n{LAST}ARG TARGETARCH\nCOPY --from=build /out/$TARGETARCH /\n")),
        [""; 0]
    );
}

#[test]
fn compilers_on_the_build_platform_have_to_ask_for_the_platform() {
    for (run, expected) in [
        (
            "RUN GOOS=linux go build -o /out/linux/tool && \\\n GOOS=darwin go build -o /out/darwin/tool",
            &["4 goarch-missing", "5 goarch-missing"][..],
        ),
        (
            "RUN GOOS=linux GOARCH=amd64 go build -o /out/linux/tool && GOOS=darwin GOARCH=arm64 go build -o /out/darwin/tool",
            &["4 arch-fixed", "4 arch-fixed"],
        ),
        (
            "ARG TARGETARCH\nRUN GOOS=linux go build -o /out/linux/tool && GOARCH=$TARGETARCH GOOS=darwin go build -o /out/darwin/tool",
            &["5 goarch-missing"],
        ),
        ("RUN make all", &["4 target-arch-unused", "4 target-arch-unused"]),
    ] {
        assert_eq!(of(&format!("{GO}{run}\n{LAST}COPY --from=build /out/ /\n")), expected, "{run}");
    }
    let pinned = GO.replace("$BUILDPLATFORM", "linux/amd64");
    let run = "RUN GOOS=linux go build -o /out/linux/tool; GOOS=darwin go build -o /out/darwin/tool";
    assert!(
        of(&format!("{pinned}{run}\n{LAST}COPY --from=build /out /\n"))
            .contains(&"4 goarch-missing".to_owned())
    );
}

#[test]
fn a_backend_that_is_compiled_for_the_build_machine_is_an_error() {
    let metadata = r#"{"icon": "icon.svg", "vm": {"image": "x"}}"#;
    let check = |build: &str, copy: &str| problems(metadata, &format!("{build}\n{LAST}{copy}\n"));
    for (run, expected) in [
        ("RUN CGO_ENABLED=0 go build -o /service", "4 goarch-missing"),
        ("ARG TARGETARCH\nRUN go build -o /service", "5 goarch-missing"),
        ("RUN GOARCH=amd64 go build -o /service", "4 arch-fixed"),
        ("RUN cd cmd && go build -o /service .", "4 goarch-missing"),
        ("RUN go build -o=/bin2/service .\nRUN cp /bin2/service /service", "4 goarch-missing"),
    ] {
        assert_eq!(check(&format!("{GO}{run}"), "COPY --from=build /service /"), [expected], "{run}");
    }
    assert_eq!(
        check(&format!("{GO}RUN go build -o bin/ ./..."), "COPY --from=build /src/bin/service /"),
        ["4 goarch-missing"]
    );
    let rust = "FROM --platform=$BUILDPLATFORM rust AS build\nRUN cargo build --release";
    assert_eq!(check(rust, "COPY --from=build /target/release/service /"), ["2 target-arch-unused"]);
    for sound in [
        format!("{GO}ARG TARGETARCH\nRUN GOARCH=$TARGETARCH go build -o /service"),
        format!("{GO}RUN go build -o /usr/bin/generate && generate > /service"),
        "FROM golang AS build\nRUN go build -o /service".to_owned(),
        "FROM --platform=$BUILDPLATFORM node AS build\nRUN npm ci && npm run build".to_owned(),
    ] {
        assert_eq!(check(&sound, "COPY --from=build /service /"), [""; 0], "{sound}");
    }
    let variants =
        "RUN GOARCH=amd64 go build -o /out/service-amd64\nRUN GOARCH=arm64 go build -o /out/service-arm64";
    assert_eq!(check(&format!("{GO}{variants}"), "COPY --from=build /out/ /bin/"), [""; 0]);
}

#[test]
fn a_file_that_only_one_platform_gets_is_an_error_for_the_other() {
    for run in [
        "RUN if [ \"$TARGETARCH\" = amd64 ]; then curl -o /darwin/tool https://x.example/$TARGETARCH; fi",
        "RUN [ $TARGETARCH = arm64 ] || curl -o /darwin/tool https://x.example/$TARGETARCH",
        "RUN test amd64 = \"${TARGETARCH}\" && curl -o /darwin/tool https://x.example/$TARGETARCH",
        "RUN case \"$TARGETARCH\" in amd64) curl -o /darwin/tool https://x.example/$TARGETARCH ;; esac",
        "RUN <<EOF\nif [ \"amd64\" != \"$TARGETARCH\" ]; then\n  exit 0\nelse\n  wget -P /darwin https://x.example/$TARGETARCH/tool\nfi\nEOF",
        "RUN if [ $(uname -m) = x86_64 ]; then curl -o /darwin/tool https://x.example/$TARGETARCH; fi",
    ] {
        let text =
            format!("{LAST}ARG TARGETARCH\nRUN curl -o /linux/tool https://x.example/$TARGETARCH\n{run}\n");
        assert_eq!(of(&text), ["m2 path-not-copied"], "{run}");
    }
    let unknown = "RUN curl -o /linux/tool https://x.example/$(arch); if [ \"$MAC\" = yes ]; then curl -o /darwin/tool https://x.example/$(arch); fi";
    assert_eq!(of(&format!("{LAST}{unknown}\n")), [""; 0]);
}

#[test]
fn a_path_that_names_an_architecture_needs_its_counterpart() {
    let metadata =
        METADATA.replace("/darwin/tool", "/host/darwin-amd64/tool").replace("/linux/tool", "/host/linux.sh");
    let build = format!("{GO}RUN make cross\n{LAST}COPY --from=build /src/dist ./host\n");
    assert_eq!(problems(&metadata, &build), ["4 arch-fixed"]);
    let both = metadata.replace(
        r#"[{"path": "/host/darwin-amd64/tool"}]"#,
        r#"[{"path": "/host/darwin-amd64/tool"}, {"path": "/host/darwin-arm64/tool2"}, {"path": "/host/darwin-arm64/tool"}]"#,
    );
    let found = problems(&both, &build);
    assert!(found.contains(&"m2 arch-by-name".to_owned()), "{found:?}");
}

#[test]
fn a_path_that_names_an_architecture_is_a_note_if_it_may_be_right() {
    let metadata =
        METADATA.replace("/darwin/tool", "/host/darwin-amd64/tool").replace("/linux/tool", "/host/linux.sh");
    let text = format!("FROM golang AS build\nRUN make cross\n{LAST}COPY --from=build /go/dist ./host\n");
    assert_eq!(problems(&metadata, &text), [""; 0]);
    let found = Folder::of("no/such/folder".into(), &metadata, &text).check();
    assert_eq!(found.iter().filter(|fixed| fixed.finding.code() == "arch-fixed").count(), 1);
}

#[test]
fn an_unrelated_command_says_nothing_about_a_file() {
    let build = "FROM --platform=$BUILDPLATFORM node AS build\nRUN ./setup linux-x64\nRUN npm run build\n";
    assert_eq!(of(&format!("{build}{LAST}COPY --from=build /app/dist/ /\n")), [""; 0]);
}

#[test]
fn one_program_for_two_systems_is_an_error() {
    let metadata = METADATA.replace("/darwin/tool", "/backend/tool").replace("/linux/tool", "/backend/tool");
    for copy in [
        "COPY --from=backend /app/control /backend/tool\nRUN chmod +x /backend/tool",
        "COPY --from=example/control:1 /app /backend/tool",
    ] {
        let text = format!("FROM example/control:1.0 AS backend\n{LAST}{copy}\n");
        assert_eq!(problems(&metadata, &text), ["m2 systems-shared"], "{copy}");
    }
    let compiled = format!("{GO}ARG TARGETARCH\nRUN GOARCH=$TARGETARCH go build -o /tool\n{LAST}");
    let text = format!("{compiled}COPY --from=build /tool /backend/tool\n");
    assert_eq!(problems(&metadata, &text), ["m2 systems-shared"]);
    let on_target = "FROM golang AS build\nCOPY . .\nRUN go build -o /bin/tool .\n";
    let text = format!("{on_target}{LAST}COPY --from=build /bin/tool /backend/tool\n");
    assert_eq!(problems(&metadata, &text), ["m2 systems-shared"]);
    for sound in [
        "COPY host/ /backend/",
        "RUN echo 'echo hi' > /backend/tool",
        "COPY --from=backend /app/run.sh /backend/",
    ] {
        let metadata = metadata.replace(
            "/backend/tool",
            if sound.contains("run.sh") { "/backend/run.sh" } else { "/backend/tool" },
        );
        let text = format!("FROM example/control:1.0 AS backend\n{LAST}{sound}\n");
        assert_eq!(problems(&metadata, &text), [""; 0], "{sound}");
    }
}

#[test]
fn an_unknown_base_image_may_have_anything() {
    for from in [
        "ARG BASE=example/other-extension:1.0.0\nFROM ${BASE}",
        "FROM example/base AS base\nFROM base",
        "ARG BASE\nFROM $BASE",
        "FROM other-extension",
    ] {
        let found = Folder::of(
            "no/such/folder".into(),
            METADATA,
            &format!("{from}\nCOPY metadata.json icon.svg /\n"),
        )
        .check();
        let problems: Vec<_> = found
            .iter()
            .map(|fixed| &fixed.finding)
            .filter(|it| it.severity > Severity::Note && it.code() != "host-without-binary")
            .collect();
        assert!(problems.is_empty(), "{from}: {problems:?}");
    }
    for from in [
        "FROM alpine",
        "FROM docker.io/library/debian:13",
        "FROM gcr.io/distroless/static",
        "FROM alpine AS base\nFROM base",
    ] {
        let found = of(&format!("{from}\nCOPY metadata.json icon.svg /\n"));
        assert_eq!(found, ["m2 path-not-copied", "m2 path-not-copied"], "{from}");
    }
}

#[test]
fn the_last_stage_needs_the_platform_of_the_image() {
    for from in ["linux/amd64", "$BUILDPLATFORM"] {
        let text = format!(
            "FROM --platform=linux/amd64 node AS ui\nFROM --platform={from} alpine\nCOPY metadata.json icon.svg bin /\n"
        );
        assert!(of(&text).contains(&"2 platform-fixed".to_owned()), "{from}");
    }
    assert!(
        !of("FROM --platform=$TARGETPLATFORM alpine\nCOPY bin /\n")
            .iter()
            .any(|it| it.contains("platform-fixed"))
    );
}
