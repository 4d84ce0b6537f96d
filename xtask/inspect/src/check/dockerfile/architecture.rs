//! Fixed architectures where the platform should select.

use std::collections::{BTreeMap, BTreeSet};

use sixfold_image::dockerfile::{Dockerfile, Instruction, Keyword, Stage};
use sixfold_model::finding::{Finding, Severity};

use crate::check::source::Source;
use crate::fixed::Fixed;

sixfold_model::lints! {
    /// An instruction names one architecture, and no instruction names the other.
    ARCH_FIXED = Warning "arch-fixed";
    /// `FROM --platform=linux/amd64`.
    PLATFORM_FIXED = Warning "platform-fixed";
    /// metadata.json lists host binaries, but nothing in the Dockerfile depends on the platform.
    TARGET_ARCH_UNUSED = Error "target-arch-unused";
}

/// The names of the two architectures, each with its counterpart.
const NAMES: [(&str, &str); 4] =
    [("amd64", "arm64"), ("x86_64", "aarch64"), ("x64", "arm64"), ("x86-64", "aarch64")];
/// What depends on the image's architecture, in a Dockerfile or in a shell.
const QUERIES: [&str; 5] =
    ["TARGETARCH", "TARGETPLATFORM", "uname -m", "print-architecture", "apk --print-arch"];

/// Checks every instruction and FROM.
pub fn check(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let mut twins: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (_, item) in file.instructions() {
        twins.entry(plain(item)).or_default().insert(&item.line.text);
    }
    let in_unnamed_stage = |stage: &Stage| !stage.name.as_deref().is_some_and(names_arch);
    let one_sided =
        file.instructions().filter(|(stage, _)| in_unnamed_stage(stage)).filter_map(|(_, item)| {
            let at = one_arch(item)?;
            if twins.get(&plain(item)).is_some_and(|texts| texts.len() > 1) {
                return None;
            }
            let message = "names one architecture: the image of the other gets the same file";
            Some(Finding::new(&ARCH_FIXED, source.place(item.line.at(at)), message, "select by $TARGETARCH"))
        });
    let pinned = file
        .stages
        .iter()
        .enumerate()
        .filter_map(|(number, stage)| pinned(stage, number == file.last(), source));
    one_sided.chain(pinned).map(Fixed::from).collect()
}

/// True if anything in the file depends on the image's platform. An ARG alone does not.
fn depends_on_platform(file: &Dockerfile) -> bool {
    let froms = file.stages.iter().map(|stage| &stage.from);
    let others = file.instructions().map(|(_, item)| item).filter(|item| item.keyword != Keyword::Arg);
    froms.chain(others).any(|item| QUERIES.iter().any(|query| item.line.text.contains(query)))
}

/// Checks the Dockerfile of an extension with host binaries.
pub fn unused(file: &Dockerfile, source: &Source) -> Option<Finding> {
    let message =
        "never uses TARGETARCH, so both images get the same host binaries, and one of them is wrong";
    let help = "declare `ARG TARGETARCH`, and copy from a folder for each architecture: `COPY --chmod=0755 \
                dist/${TARGETARCH}/ /`";
    let at = file.stages.get(file.last())?.from.at;
    (!depends_on_platform(file)).then(|| Finding::new(&TARGET_ARCH_UNUSED, source.place(at), message, help))
}

fn names_arch(text: &str) -> bool {
    NAMES.iter().any(|(one, other)| text.contains(one) || text.contains(other))
}

/// The byte offset of the only architecture that an instruction names. `None` if it names none or both, or queries it.
fn one_arch(item: &Instruction) -> Option<usize> {
    let text = &item.line.text;
    if !matches!(item.keyword, Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Arg | Keyword::Env) {
        return None;
    }
    if QUERIES.iter().chain(&["BUILDARCH"]).any(|query| text.contains(query)) {
        return None;
    }
    let find = |names: &mut dyn Iterator<Item = &'static str>| {
        names.filter_map(|name| item.line.find_word(name)).min()
    };
    let intel = find(&mut NAMES.iter().map(|(intel, _)| *intel));
    let arm = find(&mut NAMES.iter().map(|(_, arm)| *arm));
    match (intel, arm) {
        (Some(at), None) | (None, Some(at)) => Some(at),
        _ => None,
    }
}

/// The instruction with its architecture masked: equal for instructions that differ in nothing else.
fn plain(item: &Instruction) -> String {
    let text = NAMES
        .iter()
        .fold(item.line.text.clone(), |text, (one, other)| text.replace(one, "*").replace(other, "*"));
    format!("{:?} {text}", item.keyword)
}

fn pinned(stage: &Stage, is_last: bool, source: &Source) -> Option<Finding> {
    let word = stage.platform.as_ref()?;
    let finding = |message, help| Finding::new(&PLATFORM_FIXED, source.place(word.at), message, help);
    let error = |message| Some(finding(message, "remove --platform").with(Severity::Error));
    let is_named = names_arch(&word.text) && !stage.name.as_deref().is_some_and(names_arch);
    match (is_last, is_named) {
        (true, _) if stage.is_on_build_platform() => error(
            "starts the last stage on the platform of the machine that builds: both images get the same files",
        ),
        (true, true) => error("pins the last stage to one platform: both images get the same files"),
        (false, true) => Some(finding(
            "pins a stage to one platform: on a machine with the other, it runs under emulation",
            "write `--platform=$BUILDPLATFORM`",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_helpers::{codes, places};
    use super::*;

    #[test]
    fn one_fixed_architecture_is_reported_at_its_place() {
        let text = "FROM alpine\nRUN curl -fL \\\n  https://dl.example/darwin/amd64/tool -o /darwin/tool\n";
        assert_eq!(places(text, check), ["3:29 arch-fixed"]);
        assert_eq!(codes("FROM scratch\nCOPY bin/tool-x86_64 /linux/tool\n", check), ["arch-fixed"]);
    }

    #[test]
    fn both_architectures_or_a_selection_are_fine() {
        for sound in [
            "FROM a\nRUN GOARCH=amd64 go build\nRUN GOARCH=arm64 go build\n",
            "FROM scratch\nCOPY tool-amd64 /linux/tool-amd64\nCOPY tool-arm64 /linux/tool-arm64\n",
            "FROM a\nARG TARGETARCH\nRUN case $TARGETARCH in amd64) A=x86_64;; esac; curl $A\n",
            "FROM a AS dl-amd64\nRUN curl https://dl.example/amd64/tool\nFROM dl-$TARGETARCH\n",
            "FROM a\nRUN if [ $(uname -m) = x86_64 ]; then true; fi\n",
        ] {
            assert_eq!(codes(sound, check), [""; 0], "{sound}");
        }
    }

    #[test]
    fn a_pinned_platform_is_an_error_in_the_last_stage() {
        let text = "FROM --platform=linux/amd64 node AS ui\nFROM --platform=linux/amd64 alpine\n";
        assert_eq!(places(text, check), ["1:6 platform-fixed", "2:6 platform-fixed"]);
        let text = "FROM --platform=$BUILDPLATFORM node AS ui\nFROM --platform=$BUILDPLATFORM node\n";
        assert_eq!(places(text, check), ["2:6 platform-fixed"]);
    }

    #[test]
    fn the_dockerfile_must_depend_on_the_platform() {
        let unused = |text: &str| {
            let source = Source::new("Dockerfile", text);
            unused(&Dockerfile::parse(text).unwrap(), &source).is_some()
        };
        assert!(unused("FROM scratch\nCOPY bin /\n"));
        assert!(!unused("FROM scratch\nARG TARGETARCH\nCOPY bin/$TARGETARCH /\n"));
        assert!(!unused("FROM a AS arm64\nFROM ${TARGETARCH}\n"));
    }
}
