//! Compiling in the image build: slow where it runs under emulation, wrong where it forgets the architecture.

use super::{Dockerfile, Instruction, Keyword, Source, Stage};
use crate::fixed::Fixed;
use sixfold_model::finding::Finding;

sixfold_model::lints! {
    /// A stage compiles, and runs on the image's platform instead of the builder's.
    COMPILE_EMULATED = Warning "compile-emulated";
    /// `GOOS=darwin go build` without GOARCH, on the builder's platform.
    GOARCH_MISSING = Error "goarch-missing";
}

/// What starts a compiler or a bundler.
const COMPILERS: [&str; 27] = [
    "go build",
    "go install",
    "cargo build",
    "cargo install",
    "cargo zigbuild",
    "rustc",
    "npm run build",
    "yarn build",
    "yarn run build",
    "pnpm build",
    "pnpm run build",
    "vite build",
    "webpack",
    "tsc",
    "make",
    "cmake",
    "gcc",
    "g++",
    "clang",
    "mvn",
    "gradle",
    "./gradlew",
    "dotnet build",
    "dotnet publish",
    "pyinstaller",
    "ninja",
    "bazel build",
];

/// Judges every RUN that compiles.
pub fn judge(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let runs = file.instructions().filter(|(_, item)| item.keyword == Keyword::Run);
    runs.flat_map(|(stage, item)| {
        emulated(stage, item, source).into_iter().chain(without_arch(stage, item, source)).map(Fixed::from)
    })
    .collect()
}

fn emulated(stage: &Stage, item: &Instruction, source: &Source) -> Option<Finding> {
    if stage.is_on_build_platform() {
        return None;
    }
    let (compiler, at) = COMPILERS
        .iter()
        .filter_map(|name| Some((name, command(&item.line.text, name)?)))
        .min_by_key(|(_, at)| *at)?;
    let message = format!(
        "runs `{compiler}` in a stage of the image's platform: one of the two is compiled under emulation"
    );
    let help = "begin the stage with `FROM --platform=$BUILDPLATFORM`, and cross-compile to $TARGETARCH";
    Some(Finding::new(&COMPILE_EMULATED, source.place(item.line.at(at)), message, help))
}

/// Where `name` is called: at the start of a command, after variables that are set for it.
fn command(text: &str, name: &str) -> Option<usize> {
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let ends = text[at + name.len()..].chars().next().is_none_or(|c| c.is_whitespace() || c == ';');
        let before = text[..*at].rsplit(['&', ';', '|', '\n', '(']).next().unwrap_or_default();
        let is_start = before
            .split_whitespace()
            .all(|word| word.contains('=') || word.starts_with("--") || word == "then" || word == "do");
        ends && is_start && (*at == 0 || !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '/'))
    })
}

/// Go takes the builder's architecture where it is told only the operating system.
fn without_arch(stage: &Stage, item: &Instruction, source: &Source) -> Option<Finding> {
    let text = &item.line.text;
    let at = text.find("GOOS=")?;
    let in_stage = |other: &&Instruction| {
        matches!(other.keyword, Keyword::Env | Keyword::Arg) && other.line.text.contains("GOARCH")
    };
    if text.contains("GOARCH")
        || !stage.is_on_build_platform()
        || stage.instructions.iter().any(|other| in_stage(&other))
    {
        return None;
    }
    let message =
        "sets GOOS and not GOARCH: Go compiles for the machine that builds, and both images hold the same";
    Some(Finding::new(&GOARCH_MISSING, source.place(item.line.at(at)), message, "add GOARCH=$TARGETARCH"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::dockerfile::tests::{codes, places};

    #[test]
    fn compilers_are_seen_where_they_are_called() {
        for text in [
            "FROM golang\nRUN go build -o /x .\n",
            "FROM golang\nRUN --mount=type=cache,target=/x \\\n  CGO_ENABLED=0 go build .\n",
            "FROM node\nRUN npm ci && npm run build\n",
            "FROM rust\nRUN apk add x; cargo build --release\n",
        ] {
            assert_eq!(codes(text, judge), ["compile-emulated"], "{text}");
        }
        for sound in [
            "FROM --platform=$BUILDPLATFORM golang\nRUN GOARCH=$TARGETARCH go build\n",
            "FROM alpine\nRUN apk add make gcc\n",
            "FROM alpine\nRUN echo go build\n",
            "FROM alpine\nRUN /usr/bin/makeinfo\n",
        ] {
            assert_eq!(codes(sound, judge), [""; 0], "{sound}");
        }
    }

    #[test]
    fn an_operating_system_alone_is_half_a_target() {
        let text = "FROM --platform=$BUILDPLATFORM golang\nRUN GOOS=darwin go build\n";
        assert_eq!(places(text, judge), ["2:5 goarch-missing"]);
        let sound =
            "FROM --platform=$BUILDPLATFORM golang\nENV GOARCH=$TARGETARCH\nRUN GOOS=darwin go build\n";
        assert_eq!(codes(sound, judge), [""; 0]);
    }
}
