//! What COPY and ADD copy into the image, and whether the build context has it.

use sixfold_image::dockerfile::{CopyArguments, Dockerfile, Instruction, Keyword, Scope};
use sixfold_model::finding::{Finding, Place, Severity};
use sixfold_model::matrix::{ImagePath, Platform};

use crate::check::source::Source;
use crate::fixed::Fixed;

sixfold_model::lints! {
    /// COPY copies a path that is not in the build context.
    COPY_MISSING = Error "copy-missing";
}

/// What a build context has at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    File,
    Folder,
    /// It does not exist, and nothing can make it before the build.
    Missing,
    /// It does not exist, but something may make it before the build.
    Unknown,
}

/// The folder that COPY copies from.
pub trait Context {
    /// `path` is relative, normalised, and empty for the folder itself.
    fn held(&self, path: &str) -> Held;
}

/// Where a file of the image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A path in the build context.
    Context(String),
    /// Another stage, a command, or something that is not known here.
    Made,
    Nowhere,
}

/// The path of a source in the build context. `None` for URLs, here-documents, patterns, other stages and unknown values.
fn in_context(copy: &CopyArguments, written: &str, scope: &Scope) -> Option<String> {
    let path = scope.known(written)?;
    let is_path = !path.contains("://")
        && !path.starts_with("<<")
        && !path.contains(['*', '?', '['])
        && !path.starts_with("git@");
    let path = ImagePath::new(&path).ok().filter(|_| is_path && copy.flag("from").is_none())?;
    Some(path.relative().to_owned())
}

/// Checks what every COPY and ADD of the file copies from the context.
pub fn check(file: &Dockerfile, source: &Source, context: &dyn Context) -> Vec<Fixed> {
    let mut findings: Vec<Finding> = vec![];
    for (stage, platform) in
        (0..file.stages.len()).flat_map(|stage| Platform::ALL.map(|platform| (stage, platform)))
    {
        file.walk(stage, platform, &mut |number, item, scope| {
            if number != stage || !matches!(item.keyword, Keyword::Copy | Keyword::Add) {
                return;
            }
            let Some(copy) = CopyArguments::new(item) else { return };
            for (written, at) in &copy.sources {
                let Some(path) = in_context(&copy, written, scope) else { continue };
                findings.extend(missing(context.held(&path), &path).map(|finding| {
                    let place = source.place(*at);
                    Finding { place, ..finding }
                }));
            }
        });
    }
    findings.dedup();
    findings.sort_by(|a, b| a.place.cmp(&b.place));
    findings.dedup();
    findings.into_iter().map(Fixed::from).collect()
}

fn missing(held: Held, path: &str) -> Option<Finding> {
    let place = Place::whole();
    match held {
        Held::File | Held::Folder => None,
        Held::Missing => {
            let message = format!("copies `{path}`, which is not in the build context");
            Some(Finding::new(&COPY_MISSING, place, message, "correct the path, or add the file"))
        }
        Held::Unknown => {
            let message = format!("copies `{path}`, which must be made before the image is built");
            Some(Finding::new(&COPY_MISSING, place, message, "").with(Severity::Note))
        }
    }
}

/// The instructions that fill the image of one platform, in order.
pub struct Steps(Vec<Step>);

enum Step {
    /// A command and its working directory.
    Run {
        command: String,
        workdir: String,
    },
    Copy {
        sources: Vec<Option<String>>,
        dest: ImagePath,
        is_folder: bool,
    },
    /// A COPY whose arguments are not known.
    Unknown,
}

impl Steps {
    pub fn of(file: &Dockerfile, platform: Platform) -> Self {
        let mut steps = vec![];
        file.walk(file.last(), platform, &mut |_, item, scope| match item.keyword {
            Keyword::Copy | Keyword::Add => steps.push(Step::copy(item, scope).unwrap_or(Step::Unknown)),
            Keyword::Run => {
                steps.push(Step::Run { command: item.line.text.clone(), workdir: scope.workdir.clone() });
            }
            _ => {}
        });
        Self(steps)
    }

    /// Where a file of the image comes from: the last step that makes it.
    pub fn origin(&self, context: &dyn Context, path: &ImagePath) -> Origin {
        let found = self.0.iter().rev().map(|step| step.origin(context, path));
        found.into_iter().find(|origin| *origin != Origin::Nowhere).unwrap_or(Origin::Nowhere)
    }
}

impl Step {
    fn copy(item: &Instruction, scope: &Scope) -> Option<Self> {
        let copy = CopyArguments::new(item)?;
        let dest = scope.known(&copy.dest)?;
        let is_folder = dest.ends_with(['/', '.']) || copy.sources.len() > 1;
        let dest = ImagePath::new(&scope.absolute(&dest)).ok()?;
        let sources = copy.sources.iter().map(|(written, _)| in_context(&copy, written, scope)).collect();
        Some(Self::Copy { sources, dest, is_folder })
    }

    fn origin(&self, context: &dyn Context, path: &ImagePath) -> Origin {
        match self {
            Self::Unknown => Origin::Made,
            Self::Run { command, workdir } if mentions(command, workdir, path) => Origin::Made,
            Self::Run { .. } => Origin::Nowhere,
            Self::Copy { sources, dest, is_folder } => {
                let Some(below) = below(dest, path) else { return Origin::Nowhere };
                let found = sources.iter().map(|source| match source {
                    Some(source) => from_context(context, source, below, *is_folder),
                    None => Origin::Made,
                });
                found.filter(|origin| *origin != Origin::Nowhere).last().unwrap_or(Origin::Nowhere)
            }
        }
    }
}

/// True if a command may make the file: it names the file or its folder, or runs in a folder that contains the file.
fn mentions(command: &str, workdir: &str, path: &ImagePath) -> bool {
    let folder = path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_inside =
        ImagePath::new(workdir).is_ok_and(|dir| dir.as_str() != "/" && below(&dir, path).is_some());
    is_inside || command.contains(path.base_name()) || (!folder.is_empty() && command.contains(folder))
}

/// The part of `path` below `dest`; empty if both are the same.
fn below<'a>(dest: &ImagePath, path: &'a ImagePath) -> Option<&'a str> {
    let rest = path.as_str().strip_prefix(dest.as_str().trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

fn from_context(context: &dyn Context, source: &str, below: &str, is_folder: bool) -> Origin {
    let inside = |path: String| match context.held(&path) {
        Held::File | Held::Folder => Origin::Context(path),
        Held::Unknown => Origin::Made,
        Held::Missing => Origin::Nowhere,
    };
    match context.held(source) {
        Held::Unknown => Origin::Made,
        Held::Missing => Origin::Nowhere,
        Held::File => {
            let base = source.rsplit('/').next().unwrap_or_default();
            let is_it = if below.is_empty() { !is_folder } else { below == base };
            if is_it { Origin::Context(source.to_owned()) } else { Origin::Nowhere }
        }
        Held::Folder if below.is_empty() => Origin::Context(source.to_owned()),
        Held::Folder => inside(format!("{source}/{below}").trim_start_matches('/').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files by their paths. The contents of a folder that is not named here are unknown.
    struct Files(&'static [&'static str]);

    impl Context for Files {
        fn held(&self, path: &str) -> Held {
            let first = path.split('/').next().unwrap_or_default();
            if self.0.contains(&path) {
                Held::File
            } else if path.is_empty() || self.0.iter().any(|file| file.starts_with(&format!("{path}/"))) {
                Held::Folder
            } else if self.0.iter().any(|file| file.split('/').next() == Some(first)) {
                Held::Missing
            } else {
                Held::Unknown
            }
        }
    }

    const FILES: Files = Files(&["metadata.json", "host/darwin/tool", "dist/amd64/linux/tool"]);

    fn origin_of(text: &str, path: &str) -> Origin {
        let file = Dockerfile::parse(text).unwrap();
        Steps::of(&file, Platform::ALL[1]).origin(&FILES, &ImagePath::new(path).unwrap())
    }

    #[test]
    fn the_origin_of_files_is_found() {
        let from = |path: &str| Origin::Context(path.into());
        for (copy, path, expected) in [
            ("COPY metadata.json .", "/metadata.json", from("metadata.json")),
            ("COPY [\"metadata.json\", \"/\"]", "/metadata.json", from("metadata.json")),
            ("COPY host /host", "/host/darwin/tool", from("host/darwin/tool")),
            ("COPY host /host", "/host/mac/tool", Origin::Nowhere),
            ("COPY . /", "/host/darwin/tool", from("host/darwin/tool")),
            ("WORKDIR /x\nCOPY host/ y/", "/x/y/darwin/tool", from("host/darwin/tool")),
            ("COPY host/darwin/tool /darwin/renamed", "/darwin/renamed", from("host/darwin/tool")),
            ("ARG TARGETARCH\nCOPY dist/$TARGETARCH /", "/linux/tool", Origin::Nowhere),
            ("COPY built /darwin", "/darwin/tool", Origin::Made),
            ("COPY --from=x /out/ /darwin/", "/darwin/tool", Origin::Made),
            ("RUN curl -o /darwin/tool x", "/darwin/tool", Origin::Made),
            ("WORKDIR /darwin\nRUN curl x | tar -xz", "/darwin/tool", Origin::Made),
            ("WORKDIR /linux\nRUN curl x | tar -xz", "/darwin/tool", Origin::Nowhere),
            ("COPY host/*/tool /darwin/", "/darwin/tool", Origin::Made),
            ("COPY metadata.json /meta/", "/darwin/tool", Origin::Nowhere),
        ] {
            assert_eq!(origin_of(&format!("FROM scratch\n{copy}\n"), path), expected, "{copy}");
        }
    }

    #[test]
    fn paths_that_are_not_in_the_context_are_named() {
        let text = "FROM scratch\nARG TARGETARCH\nCOPY host/mac/tool dist/${TARGETARCH} /x/\nCOPY built /\nCOPY --from=a b /\n";
        let source = Source::new("Dockerfile", text);
        let found = check(&Dockerfile::parse(text).unwrap(), &source, &FILES);
        let found: Vec<_> = found.iter().map(|fixed| fixed.finding.to_string()).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("Dockerfile:3:6: copies `host/mac/tool`"), "{found:?}");
        assert!(found[1].starts_with("Dockerfile:3:20: copies `dist/arm64`"), "{found:?}");
        assert!(found[2].starts_with("Dockerfile:4:6") && found[2].contains("must be made"), "{found:?}");
    }
}
