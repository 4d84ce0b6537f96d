//! Go compiles for the machine that builds unless it is told an architecture.

use sixfold_image::dockerfile::{Dockerfile, Instruction, Keyword, Stage};
use sixfold_model::finding::Finding;

use crate::check::source::Source;
use crate::fixed::Fixed;

sixfold_model::lints! {
    /// `GOOS=darwin go build` without GOARCH, on the platform of the machine that builds.
    GOARCH_MISSING = Error "goarch-missing";
}

/// Checks every RUN that sets GOOS.
pub fn check(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let runs = file.instructions().filter(|(_, item)| item.keyword == Keyword::Run);
    runs.filter_map(|(stage, item)| without_arch(stage, item, source)).map(Fixed::from).collect()
}

fn without_arch(stage: &Stage, item: &Instruction, source: &Source) -> Option<Finding> {
    let text = &item.line.text;
    let at = text.find("GOOS=")?;
    let sets_arch = |other: &Instruction| {
        matches!(other.keyword, Keyword::Env | Keyword::Arg) && other.line.text.contains("GOARCH")
    };
    if text.contains("GOARCH") || !stage.is_on_build_platform() || stage.instructions.iter().any(sets_arch) {
        return None;
    }
    let message = "sets GOOS but not GOARCH: Go compiles for the machine that builds, so both images get the same binary";
    Some(Finding::new(&GOARCH_MISSING, source.place(item.line.at(at)), message, "add GOARCH=$TARGETARCH"))
}

#[cfg(test)]
mod tests {
    use super::super::test_helpers::{codes, places};
    use super::*;

    #[test]
    fn goos_without_goarch_is_an_error() {
        let text = "FROM --platform=$BUILDPLATFORM golang\nRUN GOOS=darwin go build\n";
        assert_eq!(places(text, check), ["2:5 goarch-missing"]);
        let sound =
            "FROM --platform=$BUILDPLATFORM golang\nENV GOARCH=$TARGETARCH\nRUN GOOS=darwin go build\n";
        assert_eq!(codes(sound, check), [""; 0]);
    }
}
