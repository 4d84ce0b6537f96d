//! The new Dockerfile: what `dist` builds comes from the stage, and the rest stays as it is.

use std::collections::BTreeSet;
use std::ops::Range;

use sixfold_image::dockerfile::{CopyArguments, Dockerfile, Instruction, Keyword, Scope};
use sixfold_inspect::check::image_files::{FileSource, ImageFiles, normal};
use sixfold_model::matrix::Platform;
use sixfold_model::text::Edit;

/// What the stage has.
#[derive(Default)]
pub(super) struct Staged {
    /// Absolute paths in the image: metadata.json, the files that it names, and the host binaries.
    pub files: Vec<String>,
    /// The files of `common/` other than metadata.json, as paths in the image.
    pub common: Vec<String>,
    /// The folder of the UI in the image.
    pub ui: Option<String>,
    /// Labels that the configuration has.
    pub labels: BTreeSet<String>,
    /// A container runs the image.
    pub is_run: bool,
}

/// The Dockerfile for the new configuration.
pub(super) struct Adopted {
    pub text: String,
    /// It still copies from the project.
    pub needs_context: bool,
}

/// Makes the new Dockerfile.
pub(super) fn adopt(files: &ImageFiles, staged: &Staged) -> Adopted {
    let old = Old { files, file: &files.file, staged, gone: gone(files, staged) };
    if !staged.is_run && !old.kept_of_last().any(is_copy) {
        let (labels, copies) = (old.kept_labels(&files.source.text), staged.copies(""));
        let text =
            format!("# Copies what `sixfold dist` has built and verified.\nFROM scratch\n{labels}{copies}");
        return Adopted { text, needs_context: false };
    }
    let stages = old.needed_stages();
    let needs_context = old.kept(&stages).any(reads_context);
    let mut edits: Vec<_> =
        old.gone.iter().map(|item| Edit::new(line(&files.source.text, item), "")).collect();
    edits.retain(|edit| edit.range.start != old.place_of_copies());
    edits.push(old.copies(&files.source.text, if needs_context { "--from=stage " } else { "" }));
    edits.extend(old.unneeded(&files.source.text, &stages));
    Adopted { text: applied(&files.source.text, edits), needs_context }
}

/// The text after edits that do not overlap, but may touch.
fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    edits.into_iter().fold(text.to_owned(), |mut text, edit| {
        text.replace_range(edit.range, &edit.with);
        text
    })
}

struct Old<'a> {
    files: &'a ImageFiles,
    file: &'a Dockerfile,
    staged: &'a Staged,
    /// The instructions of the last stage that the stage replaces.
    gone: Vec<&'a Instruction>,
}

fn gone<'a>(files: &'a ImageFiles, staged: &Staged) -> Vec<&'a Instruction> {
    let (mut gone, file) = (vec![], &files.file);
    file.walk(file.last(), Platform::ALL[0], &mut |stage, item, scope| {
        let is_gone = match item.keyword {
            Keyword::Copy | Keyword::Add => staged.replaces(item, scope, files),
            Keyword::Label => item
                .pairs()
                .iter()
                .all(|pair| scope.known(&pair.name).is_some_and(|name| staged.labels.contains(&name))),
            _ => false,
        };
        gone.extend((is_gone && stage == file.last()).then_some(item));
    });
    gone
}

impl Staged {
    /// True if the stage has everything that COPY or ADD copies.
    fn replaces(&self, item: &Instruction, scope: &Scope, files: &ImageFiles) -> bool {
        let Some(arguments) = CopyArguments::new(item) else { return false };
        let Some(dest) = scope.known(&arguments.dest) else { return false };
        let is_folder = dest.ends_with(['/', '.']) || arguments.sources.len() > 1;
        let dest = normal(&scope.absolute(&dest));
        let stage = arguments.flag("from").and_then(|name| files.file.find_stage(name, files.file.last()));
        let has_content = |source: &str| {
            let source = normal(source);
            let copied = stage.and_then(|stage| files.files_in(stage, &source)).unwrap_or_default();
            let has = |file: &String| {
                file.strip_prefix(&source).is_some_and(|rest| self.has(&normal(&format!("{dest}/{rest}"))))
            };
            !copied.is_empty() && copied.iter().all(has)
        };
        arguments.sources.iter().all(|(source, _)| {
            let base = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let is_content = source.ends_with('/') || base.contains('*') || !is_folder;
            (is_folder && self.has(&normal(&format!("{dest}/{base}"))))
                || (is_content && self.has(&dest))
                || has_content(source)
        })
    }

    /// True for a file of the stage, for what is in the UI, and for a folder of host binaries.
    fn has(&self, path: &str) -> bool {
        let is_below = |file: &str, folder: &str| {
            file.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_ui = self.ui.as_ref().is_some_and(|ui| is_below(path, ui));
        is_ui || (path != "/" && self.files.iter().any(|file| is_below(file, path)))
    }

    /// The instructions that copy the stage. `from` is a flag.
    fn copies(&self, from: &str) -> String {
        let mut lines = vec!["ARG TARGETARCH".to_owned()];
        match self.ui.as_deref() {
            None | Some("/ui") => lines.push(format!("COPY {from}common/ /")),
            Some(ui) => {
                lines.extend(self.common.iter().map(|path| format!("COPY {from}common{path} {path}")));
                lines.push(format!("COPY {from}common/ui {ui}"));
            }
        }
        // Files that are staged on Windows have no executable bit.
        lines.push(format!("COPY {from}--chmod=0755 ${{TARGETARCH}}/ /"));
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

impl<'a> Old<'a> {
    fn kept_of_last(&self) -> impl Iterator<Item = &'a Instruction> {
        let stage = self.file.stages.last();
        stage.into_iter().flat_map(|stage| &stage.instructions).filter(|item| !self.gone.contains(item))
    }

    /// The labels that the configuration does not have, and the variables that they may use.
    fn kept_labels(&self, text: &str) -> String {
        let labels: Vec<_> = self.kept_of_last().filter(|item| item.keyword == Keyword::Label).collect();
        let uses_variables = labels.iter().any(|item| item.line.text.contains('$'));
        let is_kept = |item: &&Instruction| match item.keyword {
            Keyword::Label => true,
            Keyword::Arg | Keyword::Env => uses_variables,
            _ => false,
        };
        self.kept_of_last().filter(is_kept).filter_map(|item| text.get(line(text, item))).collect()
    }

    /// What stays of these stages.
    fn kept(&self, stages: &BTreeSet<usize>) -> impl Iterator<Item = &'a Instruction> {
        let others = stages.iter().filter(|stage| **stage != self.file.last());
        let others =
            others.filter_map(|stage| self.file.stages.get(*stage)).flat_map(|stage| &stage.instructions);
        others.chain(self.kept_of_last())
    }

    /// The stages that the last one still uses. All of them if one cannot be told.
    fn needed_stages(&self) -> BTreeSet<usize> {
        let all: BTreeSet<_> = (0..self.file.stages.len()).collect();
        let (mut needed, mut open) = (BTreeSet::new(), vec![self.file.last()]);
        while let Some(number) = open.pop() {
            if !needed.insert(number) {
                continue;
            }
            for platform in Platform::ALL {
                if self.file.base(number, platform).1.is_none() {
                    return all;
                }
                open.extend(self.file.parent(number, platform));
            }
            for name in self.kept(&BTreeSet::from([number])).flat_map(sources) {
                if name.contains('$') {
                    return all;
                }
                open.extend(self.file.find_stage(&name, number));
            }
        }
        needed
    }

    /// Where the copies of the stage go: in place of the first instruction that they replace, so that a later RUN finds the files.
    /// At the end, if a later COPY may replace them.
    fn place_of_copies(&self) -> usize {
        let copies = self.gone.iter().filter(|item| is_copy(item));
        let first = copies.map(|item| item.at).next();
        let may_replace =
            |item: &Instruction| first.is_some_and(|first| item.at > first) && self.may_replace(item);
        let is_safe = !self.kept_of_last().filter(|item| is_copy(item)).any(may_replace);
        first.filter(|_| is_safe).unwrap_or_else(|| self.end())
    }

    /// True for a COPY to the root of something that is not known to be a file.
    fn may_replace(&self, item: &Instruction) -> bool {
        let Some(arguments) = CopyArguments::new(item) else { return true };
        let is_file = |source: &str| {
            let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let origin = self.files.origin(Platform::ALL[0], &format!("/{name}"));
            matches!(origin, FileSource::Commands(_))
                || matches!(origin, FileSource::Project(path) if path.ends_with(name))
        };
        let dest = &arguments.dest;
        dest.contains('$')
            || (normal(dest) == "/" && !arguments.sources.iter().all(|(source, _)| is_file(source)))
    }

    /// Before ENTRYPOINT and CMD, or after everything.
    fn end(&self) -> usize {
        let starts = |item: &&Instruction| matches!(item.keyword, Keyword::Entrypoint | Keyword::Cmd);
        self.kept_of_last().find(starts).map_or(usize::MAX, |item| item.at)
    }

    fn copies(&self, text: &str, from: &str) -> Edit {
        let (place, copies) = (self.place_of_copies(), self.staged.copies(from));
        match self.gone.iter().find(|item| item.at == place) {
            Some(item) => Edit::new(line(text, item), copies),
            None if place > text.len() => {
                let gap = if text.ends_with('\n') { "" } else { "\n" };
                Edit::new(text.len()..text.len(), format!("{gap}{copies}"))
            }
            None => Edit::new(place..place, copies),
        }
    }

    /// The stages that nothing uses any more.
    fn unneeded(&self, text: &str, needed: &BTreeSet<usize>) -> Vec<Edit> {
        let starts: Vec<_> =
            self.file.stages.iter().map(|stage| with_comments(text, stage.from.at)).collect();
        let ends = starts.iter().skip(1);
        let unneeded = starts.iter().zip(ends).enumerate().filter(|(number, _)| !needed.contains(number));
        unneeded.map(|(_, (start, end))| Edit::new(*start..*end, "")).collect()
    }
}

fn is_copy(item: &Instruction) -> bool {
    matches!(item.keyword, Keyword::Copy | Keyword::Add)
}

/// The stages, images and contexts that an instruction names.
fn sources(item: &Instruction) -> Vec<String> {
    let words = item.line.words().into_iter().map(|word| word.text).take_while(|word| word.starts_with("--"));
    let parts: Vec<_> =
        words.flat_map(|word| word.split([',', ' ']).map(str::to_owned).collect::<Vec<_>>()).collect();
    parts
        .iter()
        .filter_map(|part| part.trim_start_matches("--").strip_prefix("from="))
        .map(str::to_owned)
        .collect()
}

/// True for an instruction that copies or mounts something of the main build context.
fn reads_context(item: &Instruction) -> bool {
    let has_source = !sources(item).is_empty();
    match item.keyword {
        Keyword::Copy | Keyword::Add => {
            let first = CopyArguments::new(item).and_then(|arguments| arguments.sources.into_iter().next());
            !has_source
                && first.is_some_and(|(source, _)| !source.contains("://") && !source.starts_with("<<"))
        }
        Keyword::Run => item.line.text.contains("--mount=type=bind") && !has_source,
        _ => false,
    }
}

/// The lines of an instruction.
fn line(text: &str, item: &Instruction) -> Range<usize> {
    let end = item.line.at(item.line.text.len());
    let rest = text.get(end..).unwrap_or_default();
    item.at..end + rest.find('\n').map_or(rest.len(), |at| at + 1)
}

/// The start of the comment right above a place, or the place itself.
fn with_comments(text: &str, at: usize) -> usize {
    let above = text.get(..at).unwrap_or_default();
    let comments = above.split_inclusive('\n').rev().take_while(|line| line.trim_start().starts_with('#'));
    // Directives stay at the top.
    let start = at - comments.map(str::len).sum::<usize>();
    if start == 0 { at } else { start }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    const TEXT: &str = "# syntax=docker/dockerfile:1\nFROM node:22 AS ui\nCOPY ui /ui\nRUN npm run build\n\n# Compiles the backend.\n\
                        FROM golang:1.24 AS backend\nCOPY backend .\nRUN go build -o /backend .\n\n# The image.\nFROM alpine\n\
                        LABEL org.opencontainers.image.title=\"T\" \\\n    org.opencontainers.image.vendor=\"V\"\nLABEL other=x\n\
                        COPY metadata.json icon.svg ./\nCOPY --from=ui /ui/build ui\nCOPY --from=backend /backend /\nCOPY host/ /host/\n\
                        RUN chmod +x /host/run.sh\nENTRYPOINT [\"/backend\"]\n";

    fn staged(is_run: bool) -> Staged {
        Staged {
            files: ["/metadata.json", "/icon.svg", "/host/run.sh"].map(str::to_owned).into(),
            common: vec!["/icon.svg".into()],
            ui: Some("/ui".into()),
            labels: ["title", "vendor"].map(|name| format!("org.opencontainers.image.{name}")).into(),
            is_run,
        }
    }

    fn adopted(text: &str, staged: &Staged) -> Adopted {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("Dockerfile"), text).unwrap();
        let files = ImageFiles::read(Utf8Path::from_path(folder.path()).unwrap(), "Dockerfile").unwrap();
        adopt(&files, staged)
    }

    #[test]
    fn the_backend_stays_and_the_rest_comes_from_the_stage() {
        let new = adopted(TEXT, &staged(true));
        assert!(new.needs_context);
        insta::assert_snapshot!(new.text);
    }

    #[test]
    fn an_image_that_nothing_runs_only_copies_the_stage() {
        let text = TEXT.replace("COPY --from=backend /backend /\n", "");
        let new = adopted(&text, &staged(false));
        assert!(!new.needs_context);
        insta::assert_snapshot!(new.text);
        let label = "ARG B\nLABEL other=$B \\\n  more=x\n";
        let new = adopted(&text.replace("LABEL other=x\n", label), &staged(false));
        assert!(new.text.contains(&format!("FROM scratch\n{label}ARG TARGETARCH\n")), "{}", new.text);
        let elsewhere = Staged { ui: Some("/web".into()), ..staged(false) };
        assert!(
            adopted("FROM scratch\n", &elsewhere)
                .text
                .contains("COPY common/icon.svg /icon.svg\nCOPY common/ui /web\n")
        );
    }

    #[test]
    fn a_folder_of_another_stage_is_replaced_if_all_of_its_files_are() {
        let text = |more: &str| {
            format!(
                "FROM alpine AS dl\nRUN curl -o /out/host/run.sh https://x.example/ && chmod +x /out/host/run.sh{more}\n\
                 FROM scratch\nCOPY --from=dl /out /\n"
            )
        };
        let new = adopted(&text(""), &staged(false)).text;
        assert!(!new.contains("alpine"), "{new}");
        for more in [" && make", " && echo x > /out/other", "\nCOPY x /out/"] {
            assert!(adopted(&text(more), &staged(false)).text.contains("COPY --from=dl /out /\n"), "{more}");
        }
    }

    #[test]
    fn what_the_stage_may_not_have_stays() {
        let text = TEXT.replace("metadata.json icon.svg", "metadata.json LICENSE");
        let new = adopted(&text, &staged(false));
        assert!(new.text.contains("COPY metadata.json LICENSE ./\n") && new.needs_context, "{}", new.text);
        let text = "ARG X\nFROM alpine AS a\nRUN x\nFROM alpine\nCOPY --from=$X /out /\nCMD [\"/x\"]\n";
        let new = adopted(text, &staged(true));
        let expected =
            "COPY --from=$X /out /\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/ /\nCMD";
        assert!(
            new.text.contains("RUN x\n") && new.text.contains(expected) && !new.needs_context,
            "{}",
            new.text
        );
    }
}
