//! The arguments that BuildKit sets, such as TARGETARCH. Without them, both platforms get the same files.

use sixfold_image::dockerfile::{Dockerfile, Instruction, Keyword, PREDEFINED};
use sixfold_model::finding::Finding;
use sixfold_model::matrix::Platform;
use sixfold_model::text::Edit;

use crate::check::source::Source;
use crate::fixed::Fixed;

sixfold_model::lints! {
    /// `ARG TARGETARCH=amd64`: the default overrides BuildKit's value.
    ARG_DEFAULT = Error "arg-default";
    /// TARGETARCH is used in a stage where no ARG declares it, so it is empty.
    ARG_UNDECLARED = Error "arg-undeclared";
    /// BUILDARCH selects what goes into the image.
    BUILD_ARCH = Error "build-arch";
}

/// Checks every ARG, and every use of one.
pub fn check(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let args = file.globals.iter().chain(file.instructions().map(|(_, item)| item));
    let mut found: Vec<_> =
        args.filter(|item| item.keyword == Keyword::Arg).flat_map(|item| defaults(item, source)).collect();
    for stage in 0..file.stages.len() {
        file.walk(stage, Platform::ALL[0], &mut |number, item, scope| {
            if number == stage {
                let unknown = |name: &&&str| !scope.declares(name);
                let names = PREDEFINED.iter().filter(unknown);
                found.extend(names.filter_map(|name| undeclared(name, item, source)).map(Fixed::from));
            }
        });
    }
    let froms = file.stages.iter().map(|stage| &stage.from);
    // A stage on the build platform may copy tools that run there.
    let is_copy = |item: &Instruction| matches!(item.keyword, Keyword::Copy | Keyword::Add);
    let others = file.instructions().filter(|(stage, item)| !stage.is_on_build_platform() || !is_copy(item));
    let all = froms.chain(others.map(|(_, item)| item));
    found.extend(all.filter_map(|item| build_arch(item, source)).map(Fixed::from));
    found
}

fn defaults(item: &Instruction, source: &Source) -> Vec<Fixed> {
    let words = item.line.words();
    let shadows = words.iter().filter_map(|word| {
        let (name, _) = word.text.split_once('=')?;
        PREDEFINED.contains(&name).then_some((word, name))
    });
    shadows
        .map(|(word, name)| {
            let message = format!(
                "gives {name} a default, which overrides the value that BuildKit sets for each platform: both images \
                 get the same files"
            );
            let help = format!("write `ARG {name}` alone");
            // A word that is continued on another line cannot be cut out.
            let is_whole = source.text.get(word.at..).is_some_and(|rest| rest.starts_with(&word.text));
            let edit = is_whole.then(|| Edit::new(word.at + name.len()..word.at + word.text.len(), ""));
            Fixed { finding: Finding::new(&ARG_DEFAULT, source.place(word.at), message, help), edits: edit.into_iter().collect() }
        })
        .collect()
}

/// The byte offset of the first `$name` or `${name`.
fn find_use(text: &str, name: &str) -> Option<usize> {
    let ends = |at: usize| !text[at..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    [format!("${name}"), format!("${{{name}")]
        .iter()
        .flat_map(|form| text.match_indices(form.as_str()).map(move |(at, _)| (at, at + form.len())))
        .filter(|(at, end)| ends(*end) && !text[..*at].ends_with('\\'))
        .map(|(at, _)| at)
        .min()
}

fn undeclared(name: &str, item: &Instruction, source: &Source) -> Option<Finding> {
    if !matches!(
        item.keyword,
        Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Env | Keyword::Label | Keyword::Arg
    ) {
        return None;
    }
    let at = find_use(&item.line.text, name)?;
    // A shell variable with that name.
    if item.keyword == Keyword::Run && item.line.text.contains(&format!("{name}=")) {
        return None;
    }
    let message = format!("uses {name}, which no ARG of its stage declares, so it is empty");
    let help = format!("add `ARG {name}` after the stage's FROM");
    Some(Finding::new(&ARG_UNDECLARED, source.place(item.line.at(at)), message, help))
}

/// BUILDARCH is the architecture of the machine that builds. It may select a tool that runs there, but no file of the image.
fn build_arch(item: &Instruction, source: &Source) -> Option<Finding> {
    let text = &item.line.text;
    let at = match item.keyword {
        Keyword::Copy | Keyword::Add => {
            find_use(text, "BUILDARCH").or_else(|| find_use(text, "BUILDPLATFORM"))?
        }
        Keyword::From => {
            let at = find_use(text, "BUILDARCH")?;
            let is_base =
                !text[..at].trim_end().ends_with("--platform=") && !text[..at].contains("--platform=linux/");
            is_base.then_some(at)?
        }
        Keyword::Run | Keyword::Env => {
            let forms = [
                "GOARCH=$BUILDARCH",
                "GOARCH=${BUILDARCH}",
                "GOARCH=\"$BUILDARCH\"",
                "GOARCH=\"${BUILDARCH}\"",
            ];
            forms.iter().find_map(|form| text.find(form))?
        }
        _ => return None,
    };
    let message =
        "selects by BUILDARCH, the architecture of the machine that builds: both images get the same files";
    Some(Finding::new(&BUILD_ARCH, source.place(item.line.at(at)), message, "use TARGETARCH"))
}

#[cfg(test)]
mod tests {
    use super::super::test_helpers::{codes, places};
    use super::*;

    #[test]
    fn a_default_is_an_error_and_can_be_removed() {
        let text = "ARG TARGETARCH=amd64\nFROM scratch\nARG A=1 TARGETPLATFORM=\"linux/amd64\" TARGETOS\nCOPY $TARGETOS /\n";
        assert_eq!(places(text, check), ["1:5 arg-default", "3:9 arg-default"]);
        let source = Source::new("Dockerfile", text);
        let edits =
            check(&Dockerfile::parse(text).unwrap(), &source).into_iter().flat_map(|fixed| fixed.edits);
        let fixed = sixfold_model::text::apply(text, edits.collect());
        assert_eq!(
            fixed,
            "ARG TARGETARCH\nFROM scratch\nARG A=1 TARGETPLATFORM TARGETOS\nCOPY $TARGETOS /\n"
        );
    }

    #[test]
    fn an_undeclared_argument_is_an_error() {
        assert_eq!(places("FROM scratch\nCOPY a/${TARGETARCH} /\n", check), ["2:8 arg-undeclared"]);
        for sound in [
            "FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH} /\n",
            "FROM a AS b\nARG TARGETARCH\nFROM b\nCOPY $TARGETARCH /\n",
            "FROM a AS amd64\nFROM $TARGETARCH\n",
            "FROM a\nRUN TARGETARCH=$(uname -m); echo $TARGETARCH\n",
            "FROM a\nRUN echo \\$TARGETARCH $TARGETARCHIVE\n",
        ] {
            assert_eq!(codes(sound, check), [""; 0], "{sound}");
        }
    }

    #[test]
    fn selecting_files_of_the_image_by_buildarch_is_an_error() {
        for text in [
            "FROM scratch\nARG BUILDARCH\nCOPY dist/$BUILDARCH /\n",
            "FROM --platform=$BUILDPLATFORM go\nARG BUILDARCH\nRUN GOOS=linux GOARCH=$BUILDARCH go build\n",
            "FROM a AS dl-amd64\nFROM dl-${BUILDARCH}\n",
        ] {
            assert_eq!(codes(text, check), ["build-arch"], "{text}");
        }
        let tool = "FROM --platform=$BUILDPLATFORM a\nARG BUILDARCH\nRUN curl -O https://x.example/tool-$BUILDARCH\n";
        assert_eq!(codes(tool, check), [""; 0]);
        let platform = "ARG BUILDARCH\nFROM --platform=linux/$BUILDARCH a\n";
        assert_eq!(codes(platform, check), [""; 0]);
        let copied = "FROM --platform=$BUILDPLATFORM a\nARG BUILDARCH\nCOPY tools/$BUILDARCH /usr/bin/\n";
        assert_eq!(codes(copied, check), [""; 0]);
    }
}
