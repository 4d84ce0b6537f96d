//! Files of the image that must differ between the platforms, but do not.

use std::collections::BTreeSet;

use sixfold_image::dockerfile::Dockerfile;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::{HostOs, Platform};

use crate::check::source::Source;
use crate::check::trace::{Kind, Made, Origin, Tracer};
use crate::fixed::Fixed;
use crate::inspection::host_binaries::by_name;
use crate::inspection::variants::{one_arch, pattern};
use crate::metadata::{Listed, Metadata};

sixfold_model::lints! {
    /// Both images get the same program, for an architecture that a command or a path names.
    ARCH_FIXED = Error "arch-fixed";
    /// `FROM --platform=linux/amd64` in the last stage.
    PLATFORM_FIXED = Error "platform-fixed";
    /// Both images get the same program.
    TARGET_ARCH_UNUSED = Error "target-arch-unused";
    /// `GOOS=darwin go build` without GOARCH, on the platform of the machine that builds.
    GOARCH_MISSING = Error "goarch-missing";
    /// One program is listed for several operating systems.
    SYSTEMS_SHARED = Error "systems-shared";
}

/// Commands that print the architecture of the machine on which they run.
const ASKS: [&str; 6] =
    ["uname -m", "uname -p", "arch ", "dpkg --print-architecture", "apk --print-arch", "go env GO"];

/// Checks the platform of the last stage.
pub fn check(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let Some(word) = file.stages.last().and_then(|stage| stage.platform.as_ref()) else { return vec![] };
    let message = match word.text.contains("BUILDPLATFORM") {
        true => {
            "starts the last stage on the platform of the machine that builds: both images get the same files"
        }
        false if word.text.contains('$') => return vec![],
        false => "pins the last stage to one platform: both images get the same files",
    };
    vec![Finding::new(&PLATFORM_FIXED, source.place(word.at), message, "remove --platform").into()]
}

/// The Dockerfile and metadata.json of an extension.
pub(in crate::check) struct Traced<'a> {
    pub tracer: &'a Tracer<'a>,
    /// Those of the image; at least one.
    pub platforms: &'a [Platform],
    pub source: &'a Source,
    pub metadata: &'a Metadata,
    pub metadata_source: &'a Source,
}

impl Traced<'_> {
    /// Checks what the last stage copies from stages in which it was compiled.
    pub(in crate::check) fn compiled(&self) -> Vec<Finding> {
        let files = |platform: &Platform| self.tracer.copied_from_stages(*platform);
        let [first, second] = &*self.platforms.iter().map(files).collect::<Vec<_>>() else { return vec![] };
        let patterns: Vec<_> = first.iter().map(|(_, path)| pattern(path)).collect();
        let copied = first.iter().zip(&patterns).filter(|(file, _)| second.contains(file));
        let faults = copied.filter_map(|((stage, path), pattern)| {
            let [Origin::Made(made), other] =
                Platform::ALL.map(|platform| self.tracer.origin_in(*stage, platform, path))
            else {
                return None;
            };
            let is_compiled = made.iter().all(|made| matches!(made.kind, Kind::Go { .. } | Kind::Compiled));
            let has_variants =
                pattern.is_some() && patterns.iter().filter(|other| *other == pattern).count() > 1;
            let is_same = is_compiled && other == Origin::Made(made.clone());
            is_same.then(|| self.compiled_once(path, &made, has_variants)).flatten()
        });
        let go = self.tracer.go_builds();
        faults.chain(go.iter().map(|made| self.without_goarch(made))).collect()
    }

    fn compiled_once(&self, path: &str, made: &[Made], has_variants: bool) -> Option<Finding> {
        made.iter()
            .find(|made| matches!(made.kind, Kind::Go { arch: None, .. }))
            .map(|made| self.without_goarch(made))
            .or_else(|| (!has_variants).then(|| self.for_one_arch(path, made)).flatten())
    }

    /// Checks a listed file that has the same origin in both images.
    pub(in crate::check) fn same(&self, listed: &Listed, made: &[Made]) -> Option<Finding> {
        let path = listed.path.as_str();
        let all: String = made.iter().map(|made| format!("{} ", made.named)).collect();
        if is_named_like_script(listed.path.base_name()) || made.iter().all(|made| made.kind == Kind::Text) {
            return None;
        }
        if let Some(made) = made.iter().find(|made| matches!(made.kind, Kind::Go { arch: None, .. })) {
            return Some(self.without_goarch(made));
        }
        if self.has_variant(listed) {
            let place = self.metadata_source.place(listed.at.start);
            return Some(by_name(place, "is for one architecture by its name"));
        }
        let is_universal =
            listed.os == HostOs::Darwin && ["lipo", "universal"].iter().any(|word| all.contains(word));
        // Programs for macOS and Windows may be in an image for one Linux platform.
        let is_image =
            |made: &Made| made.kind == Kind::Image && listed.os != HostOs::Linux && one_arch(path).is_none();
        let is_open = is_universal || made.iter().all(is_image);
        if let Some(finding) = self.for_one_arch(path, made).filter(|_| !is_open) {
            return Some(finding);
        }
        let message = format!(
            "makes the same {path} for both images: that is right only for a script, data or a universal binary"
        );
        let is_symbol = |made: &&Made| matches!(made.kind, Kind::Fetched | Kind::Other | Kind::Image);
        let at = made.iter().find(is_symbol).filter(|_| !is_universal)?.at;
        Some(Finding::new(&TARGET_ARCH_UNUSED, self.source.place(at), message, "").with(Severity::Note))
    }

    /// A note about a file that may be right, although its name says otherwise.
    pub(in crate::check) fn named_for_one_arch(&self, listed: &Listed) -> Option<Finding> {
        let name = one_arch(listed.path.as_str()).filter(|_| !self.has_variant(listed))?;
        let message = format!(
            "lists {} for hosts of both architectures, although it is for {name} by its name",
            listed.path
        );
        let place = self.metadata_source.place(listed.at.start);
        let help = "list the same path for both, without an architecture in it";
        Some(Finding::new(&ARCH_FIXED, place, message, help).with(Severity::Note))
    }

    /// The finding for a program that is certainly for one architecture.
    fn for_one_arch(&self, path: &str, made: &[Made]) -> Option<Finding> {
        let is_unknown =
            |made: &Made| matches!(&made.kind, Kind::Go { arch: Some(arch), .. } if arch.contains('\u{1}'));
        let last = made.first().filter(|_| !made.iter().any(is_unknown))?;
        let text: String = made.iter().map(|made| format!("{} ", made.named)).collect();
        if let Some(name) = one_arch(&format!("{text} {path}")) {
            let after = self.source.text.get(last.at..).unwrap_or_default();
            let at =
                last.at + after.find(name).filter(|at| !after[..*at].contains("\n\n")).unwrap_or_default();
            let message = format!(
                "makes {path} for {name} in both images, so hosts of the other architecture get the wrong program"
            );
            return Some(Finding::new(&ARCH_FIXED, self.source.place(at), message, "select by $TARGETARCH"));
        }
        let is_asked = |made: &Made| {
            made.kind == Kind::Fetched && ASKS.iter().any(|ask| made.named.contains(&format!("\u{1}{ask}")))
        };
        if made.iter().all(is_asked) {
            let message = format!(
                "asks the machine that builds for its architecture, so both images get the same {path}"
            );
            let help = "declare `ARG TARGETARCH` in this stage, and use $TARGETARCH";
            return Some(Finding::new(&TARGET_ARCH_UNUSED, self.source.place(last.at), message, help));
        }
        let is_code = |made: &Made| matches!(made.kind, Kind::Go { .. } | Kind::Compiled | Kind::Built);
        let message = format!(
            "makes {path} without asking for the platform, so both images get the same program, and one of them is wrong"
        );
        let help = "declare `ARG TARGETARCH` in this stage, and compile for it";
        made.iter()
            .all(is_code)
            .then(|| Finding::new(&TARGET_ARCH_UNUSED, self.source.place(last.at), message, help))
    }

    fn without_goarch(&self, made: &Made) -> Finding {
        let message = "compiles without GOARCH on the platform of the machine that builds, so both images get the same binary";
        let at = match self
            .source
            .text
            .get(made.at..)
            .and_then(|text| text.lines().next())
            .and_then(|line| line.find("GOOS="))
        {
            Some(at) => made.at + at,
            None => made.at,
        };
        Finding::new(
            &GOARCH_MISSING,
            self.source.place(at),
            message,
            "declare `ARG TARGETARCH`, and add GOARCH=$TARGETARCH",
        )
    }

    /// Whether the same program is listed for the other architecture, under another name.
    fn has_variant(&self, listed: &Listed) -> bool {
        let is_variant = |other: &Listed| {
            other.os == listed.os
                && other.path != listed.path
                && pattern(other.path.as_str()) == pattern(listed.path.as_str())
        };
        one_arch(listed.path.as_str()).is_some() && self.metadata.listed.iter().any(is_variant)
    }

    /// Checks whether a file that is certainly a program is listed for another operating system too.
    pub(in crate::check) fn shared(&self, listed: &Listed, origin: &Origin) -> Option<Finding> {
        let systems: BTreeSet<_> = self
            .metadata
            .listed
            .iter()
            .filter(|other| other.path == listed.path)
            .map(|other| other.os)
            .collect();
        let is_program = match origin {
            Origin::Image => !self.tracer.has_unknown_base(),
            Origin::Made(made) => made.iter().all(|made| match made.kind {
                Kind::Go { .. } | Kind::Compiled | Kind::Built => true,
                Kind::Fetched => pattern(&made.named).is_some(),
                Kind::Text | Kind::Other | Kind::Image | Kind::Later => false,
            }),
            _ => false,
        };
        let is_first = systems.first() == Some(&listed.os);
        if !is_program || systems.len() < 2 || !is_first || is_named_like_script(listed.path.base_name()) {
            return None;
        }
        let names: Vec<_> = systems.into_iter().map(sixfold_judge::host_name).collect();
        let message =
            format!("lists {} for {}, but no program runs on both", listed.path, names.join(" and "));
        let place = self.metadata_source.place(listed.at.start);
        Some(Finding::new(
            &SYSTEMS_SHARED,
            place,
            message,
            "list a program of its own for each operating system",
        ))
    }
}

fn is_named_like_script(name: &str) -> bool {
    [".sh", ".bat", ".cmd", ".ps1", ".py", ".js"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}
