//! Downloads in the image build: another file tomorrow, or another file than was meant.

use super::{Dockerfile, Instruction, Keyword, Source, Stage};
use crate::fixed::Fixed;
use sixfold_model::finding::Finding;

sixfold_model::lints! {
    /// `…/latest/…` or `@latest`.
    DOWNLOAD_LATEST = Warning "download-latest";
    /// A download without a checksum.
    DOWNLOAD_UNCHECKED = Warning "download-unchecked";
    /// A base image without tag and digest, or with the tag `latest`.
    BASE_UNPINNED = Note "base-unpinned";
}

/// What compares a checksum.
const CHECKS: [&str; 9] = [
    "sha256sum",
    "sha512sum",
    "shasum",
    "--checksum",
    "gpg --verify",
    "gpg2 --verify",
    "cosign verify",
    "minisign",
    "sha1sum",
];

/// Judges every RUN, ADD and FROM.
pub fn judge(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let downloads =
        file.instructions().flat_map(|(_, item)| [latest(item, source), unchecked(item, source)]).flatten();
    let names: Vec<_> = file.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
    let bases = file.stages.iter().filter_map(|stage| base(stage, &names, source));
    downloads.chain(bases).map(Fixed::from).collect()
}

fn is_download(item: &Instruction) -> Option<usize> {
    let text = &item.line.text;
    let url = text.find("https://").or_else(|| text.find("http://"));
    match item.keyword {
        Keyword::Add => url.filter(|_| !text.contains(".git")),
        Keyword::Run => {
            let tool = item.line.find_word("curl").or_else(|| item.line.find_word("wget"))?;
            // Without an address beside it, it is being installed.
            (url.is_some() || text[tool..].contains('$')).then_some(tool)
        }
        _ => None,
    }
}

fn latest(item: &Instruction, source: &Source) -> Option<Finding> {
    let text = &item.line.text;
    if !matches!(item.keyword, Keyword::Run | Keyword::Add | Keyword::Arg | Keyword::Env) {
        return None;
    }
    let of_download = is_download(item).and_then(|_| item.line.find_word("latest"));
    let at = of_download.or_else(|| text.find("@latest").map(|at| at + 1)).or_else(|| {
        let is_setting = matches!(item.keyword, Keyword::Arg | Keyword::Env);
        let ends = |at: &usize| text[at + "=latest".len()..].chars().next().is_none_or(char::is_whitespace);
        text.find("=latest").filter(ends).filter(|_| is_setting).map(|at| at + 1)
    })?;
    let message =
        "takes what is the latest on the day of the build: the two platforms, or two builds, can differ";
    Some(Finding::new(&DOWNLOAD_LATEST, source.place(item.line.at(at)), message, "name a version"))
}

fn unchecked(item: &Instruction, source: &Source) -> Option<Finding> {
    let at = is_download(item)?;
    if CHECKS.iter().any(|check| item.line.text.contains(check)) {
        return None;
    }
    let message = "downloads without a checksum: whatever the server sends is shipped to every host";
    let help = "compare it with `sha256sum -c`, or use `ADD --checksum=sha256:…`";
    Some(Finding::new(&DOWNLOAD_UNCHECKED, source.place(item.line.at(at)), message, help))
}

fn base(stage: &Stage, stages: &[&str], source: &Source) -> Option<Finding> {
    let image = stage.base.text.as_str();
    let is_stage = stages.contains(&image.to_lowercase().as_str());
    if is_stage || image == "scratch" || image.contains(['$', '@']) {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    let is_pinned = last.split_once(':').is_some_and(|(_, tag)| tag != "latest");
    (!is_pinned).then(|| {
        let message = format!("begins from `{image}`, whatever that is on the day of the build");
        Finding::new(&BASE_UNPINNED, source.place(stage.base.at), message, "name a version")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::dockerfile::tests::{codes, places};

    #[test]
    fn downloads_name_a_version_and_a_checksum() {
        let text = "FROM alpine:3.20\nRUN curl -LO https://dl.example/latest/tool\n";
        assert_eq!(places(text, judge), ["2:33 download-latest", "2:5 download-unchecked"]);
        assert_eq!(
            codes("FROM alpine:3.20\nADD https://dl.example/v1/tool /linux/\n", judge),
            ["download-unchecked"]
        );
        assert_eq!(
            codes("FROM golang:1.24\nRUN go install example.org/x@latest\n", judge),
            ["download-latest"]
        );
        assert_eq!(codes("FROM a:1\nARG KUBECTL=latest\n", judge), ["download-latest"]);
        for sound in [
            "FROM alpine:3.20\nRUN apk add curl wget\n",
            "FROM alpine:3.20\nRUN curl -LO https://dl.example/v1/tool && echo \"$SUM tool\" | sha256sum -c\n",
            "FROM scratch\nADD --checksum=sha256:00 https://dl.example/v1/tool /\n",
        ] {
            assert_eq!(codes(sound, judge), [""; 0], "{sound}");
        }
    }

    #[test]
    fn bases_are_pinned() {
        assert_eq!(
            places("FROM node AS ui\nFROM localhost:5000/x:latest\nFROM ui\nFROM a:$V\n", judge),
            ["1:6 base-unpinned", "2:6 base-unpinned"]
        );
    }
}
