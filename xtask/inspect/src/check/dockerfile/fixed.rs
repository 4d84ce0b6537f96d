//! Architectures written down where the platform should choose.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dockerfile, Instruction, Keyword, Source, Stage};
use crate::fixed::Fixed;
use sixfold_model::finding::{Finding, Severity};

sixfold_model::lints! {
    /// An instruction names one architecture, and none names the other.
    ARCH_FIXED = Warning "arch-fixed";
    /// `FROM --platform=linux/amd64`.
    PLATFORM_FIXED = Warning "platform-fixed";
    /// Host binaries are listed, and the Dockerfile never asks for the platform.
    TARGET_ARCH_UNUSED = Error "target-arch-unused";
}

/// The names of the two architectures, each with its counterpart.
const NAMES: [(&str, &str); 4] =
    [("amd64", "arm64"), ("x86_64", "aarch64"), ("x64", "arm64"), ("x86-64", "aarch64")];
/// What asks for the architecture, in a Dockerfile or in a shell.
const ASKS: [&str; 6] =
    ["TARGETARCH", "TARGETPLATFORM", "uname -m", "print-architecture", "apk --print-arch", "BUILDARCH"];

/// Judges every instruction and FROM.
pub fn judge(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let mut twins: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (_, item) in file.instructions() {
        twins.entry(plain(item)).or_default().insert(&item.line.text);
    }
    let in_free_stage = |stage: &Stage| !stage.name.as_deref().is_some_and(names_arch);
    let one_sided = file.instructions().filter(|(stage, _)| in_free_stage(stage)).filter_map(|(_, item)| {
        let at = one_arch(item)?;
        if twins.get(&plain(item)).is_some_and(|texts| texts.len() > 1) {
            return None;
        }
        let message = "names one architecture: the other image holds the same";
        Some(Finding::new(&ARCH_FIXED, source.place(item.line.at(at)), message, "choose by $TARGETARCH"))
    });
    let pinned = file
        .stages
        .iter()
        .enumerate()
        .filter_map(|(number, stage)| pinned(stage, number == file.last(), source));
    one_sided.chain(pinned).map(Fixed::from).collect()
}

/// Whether anything in the file depends on the platform of the image. An ARG alone does not.
pub fn asks(file: &Dockerfile) -> bool {
    let froms = file.stages.iter().map(|stage| &stage.from);
    let others = file.instructions().map(|(_, item)| item).filter(|item| item.keyword != Keyword::Arg);
    froms.chain(others).any(|item| ASKS[..5].iter().any(|ask| item.line.text.contains(ask)))
}

/// For an extension with host binaries.
pub fn unused(file: &Dockerfile, source: &Source) -> Option<Finding> {
    let message =
        "never uses TARGETARCH, so both images hold the same host binaries, and one of them is wrong";
    let help = "declare `ARG TARGETARCH`, and copy from a folder for each: `COPY --chmod=0755 dist/${TARGETARCH}/ /`";
    let at = file.stages.last().map_or(0, |stage| stage.from.at);
    (!asks(file)).then(|| Finding::new(&TARGET_ARCH_UNUSED, source.place(at), message, help))
}

fn names_arch(text: &str) -> bool {
    NAMES.iter().any(|(one, other)| text.contains(one) || text.contains(other))
}

/// Where the one architecture is that an instruction names; `None` where it names none or both, or asks.
fn one_arch(item: &Instruction) -> Option<usize> {
    let text = &item.line.text;
    if !matches!(item.keyword, Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Arg | Keyword::Env) {
        return None;
    }
    if ASKS.iter().any(|ask| text.contains(ask)) {
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

/// The instruction without its architecture: the same for those that differ by nothing else.
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
        (true, _) if stage.is_on_build_platform() => {
            error("begins the image itself for the machine that builds: both images hold the same")
        }
        (true, true) => error("pins the image itself to one platform: both images hold the same"),
        (false, true) => Some(finding(
            "pins a stage to one platform: on a machine of the other it runs under emulation",
            "write `--platform=$BUILDPLATFORM`",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::dockerfile::tests::{codes, places};

    #[test]
    fn one_architecture_is_pointed_at() {
        let text = "FROM alpine\nRUN curl -fL \\\n  https://dl.example/darwin/amd64/tool -o /darwin/tool\n";
        assert_eq!(places(text, judge), ["3:29 arch-fixed"]);
        assert_eq!(codes("FROM scratch\nCOPY bin/tool-x86_64 /linux/tool\n", judge), ["arch-fixed"]);
    }

    #[test]
    fn both_or_a_choice_are_fine() {
        for sound in [
            "FROM a\nRUN GOARCH=amd64 go build\nRUN GOARCH=arm64 go build\n",
            "FROM scratch\nCOPY tool-amd64 /linux/tool-amd64\nCOPY tool-arm64 /linux/tool-arm64\n",
            "FROM a\nARG TARGETARCH\nRUN case $TARGETARCH in amd64) A=x86_64;; esac; curl $A\n",
            "FROM a AS dl-amd64\nRUN curl https://dl.example/amd64/tool\nFROM dl-$TARGETARCH\n",
            "FROM a\nRUN if [ $(uname -m) = x86_64 ]; then true; fi\n",
        ] {
            assert_eq!(codes(sound, judge), [""; 0], "{sound}");
        }
    }

    #[test]
    fn a_pinned_platform_is_worse_in_the_image_itself() {
        let text = "FROM --platform=linux/amd64 node AS ui\nFROM --platform=linux/amd64 alpine\n";
        assert_eq!(places(text, judge), ["1:6 platform-fixed", "2:6 platform-fixed"]);
        let text = "FROM --platform=$BUILDPLATFORM node AS ui\nFROM --platform=$BUILDPLATFORM node\n";
        assert_eq!(places(text, judge), ["2:6 platform-fixed"]);
    }

    #[test]
    fn somebody_has_to_ask_for_the_architecture() {
        let unused = |text: &str| {
            let source = Source::new("Dockerfile", text);
            unused(&Dockerfile::parse(&source).unwrap(), &source).is_some()
        };
        assert!(unused("FROM scratch\nCOPY bin /\n"));
        assert!(!unused("FROM scratch\nARG TARGETARCH\nCOPY bin/$TARGETARCH /\n"));
        assert!(!unused("FROM a AS arm64\nFROM ${TARGETARCH}\n"));
    }
}
