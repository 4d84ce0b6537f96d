//! What COPY and ADD bring into the image, and whether the build context has it.

use super::{Dockerfile, Instruction, Keyword, Scope, Source};
use crate::fixed::Fixed;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::{ImagePath, Platform};

sixfold_model::lints! {
    /// A COPY takes what the build context lacks.
    COPY_MISSING = Error "copy-missing";
}

/// What a build context has at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    File,
    Folder,
    /// Not there, and nothing can bring it.
    Missing,
    /// Not there yet: something may make it before the build.
    Unknown,
}

/// The folder that COPY takes from.
pub trait Context {
    /// `path` is relative, normalised, and empty for the folder itself.
    fn held(&self, path: &str) -> Held;
}

/// Where a file of the image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A path in the build context.
    Context(String),
    /// Another stage, a command, or a place that is not known here.
    Made,
    Nowhere,
}

/// COPY or ADD.
struct Copy {
    /// Another stage or image.
    from: Option<String>,
    /// As written, and the offset in the file.
    sources: Vec<(String, usize)>,
    dest: String,
}

impl Copy {
    fn read(item: &Instruction) -> Option<Self> {
        let mut words = item.line.words();
        let flags = words.iter().take_while(|word| word.text.starts_with("--")).count();
        let from =
            words.iter().take(flags).find_map(|word| word.text.strip_prefix("--from=")).map(str::to_owned);
        let mut sources: Vec<_> = words.drain(flags..).map(|word| (word.text, word.at)).collect();
        let (first, at) = sources.first().cloned()?;
        if first.starts_with('[') {
            let json = &item.line.text[item.line.text.find('[')?..];
            let list: Vec<String> = serde_json::from_str(json).ok()?;
            sources = list.into_iter().map(|word| (word, at)).collect();
        }
        let (dest, _) = sources.pop()?;
        Some(Self { from, sources, dest })
    }
}

/// A source in the build context; `None` for addresses, here-documents, patterns and what is not known.
fn in_context(copy: &Copy, written: &str, scope: &Scope) -> Option<String> {
    let path = scope.expand(written)?;
    let is_path = !path.contains("://")
        && !path.starts_with("<<")
        && !path.contains(['*', '?', '['])
        && !path.starts_with("git@");
    (copy.from.is_none() && is_path).then_some(())?;
    Some(ImagePath::new(&path).ok()?.relative().to_owned())
}

/// Judges what every COPY and ADD of the file takes from the context.
pub fn judge(file: &Dockerfile, source: &Source, context: &dyn Context) -> Vec<Fixed> {
    let mut findings: Vec<Finding> = vec![];
    for (stage, platform) in
        (0..file.stages.len()).flat_map(|stage| Platform::ALL.map(|platform| (stage, platform)))
    {
        file.walk(stage, platform, &mut |number, item, scope| {
            if number != stage || !matches!(item.keyword, Keyword::Copy | Keyword::Add) {
                return;
            }
            let Some(copy) = Copy::read(item) else { return };
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
    let place = sixfold_model::finding::Place::whole();
    match held {
        Held::File | Held::Folder => None,
        Held::Missing => {
            let message = format!("takes `{path}`, which the build context does not hold");
            Some(Finding::new(&COPY_MISSING, place, message, "mend the path, or put the file there"))
        }
        Held::Unknown => {
            let message = format!("takes `{path}`, which something has to make before the image is built");
            Some(Finding::new(&COPY_MISSING, place, message, "").with(Severity::Note))
        }
    }
}

/// All that fills the stage which becomes the image, for one platform, in order.
pub struct Steps(Vec<Step>);

enum Step {
    /// A command, and the folder that it runs in.
    Run {
        command: String,
        workdir: String,
    },
    Copy {
        sources: Vec<Option<String>>,
        dest: ImagePath,
        is_folder: bool,
    },
    /// A COPY whose words cannot be known.
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

    /// Where the image's file comes from: the last step that brings it.
    pub fn origin(&self, context: &dyn Context, path: &ImagePath) -> Origin {
        let found = self.0.iter().rev().map(|step| step.origin(context, path));
        found.into_iter().find(|origin| *origin != Origin::Nowhere).unwrap_or(Origin::Nowhere)
    }
}

impl Step {
    fn copy(item: &Instruction, scope: &Scope) -> Option<Self> {
        let copy = Copy::read(item)?;
        let dest = scope.expand(&copy.dest)?;
        let is_folder = dest.ends_with(['/', '.']) || copy.sources.len() > 1;
        let absolute = if dest.starts_with('/') { dest } else { format!("{}/{dest}", scope.workdir) };
        let dest = ImagePath::new(&absolute).ok()?;
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

/// Whether a command may make the file: it speaks of it or of its folder, or runs in a folder that the file is in.
fn mentions(command: &str, workdir: &str, path: &ImagePath) -> bool {
    let folder = path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_inside =
        ImagePath::new(workdir).is_ok_and(|dir| dir.as_str() != "/" && below(&dir, path).is_some());
    is_inside || command.contains(path.base_name()) || (!folder.is_empty() && command.contains(folder))
}

/// The rest of `path` below `dest`; empty where both are the same.
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

    /// Files by their paths; what is in a folder that is not named here is unknown.
    struct Files(&'static [&'static str]);

    impl Context for Files {
        fn held(&self, path: &str) -> Held {
            let first = path.split('/').next().unwrap_or_default();
            match () {
                () if self.0.contains(&path) => Held::File,
                () if path.is_empty() || self.0.iter().any(|file| file.starts_with(&format!("{path}/"))) => {
                    Held::Folder
                }
                () if self.0.iter().any(|file| file.split('/').next() == Some(first)) => Held::Missing,
                () => Held::Unknown,
            }
        }
    }

    const FILES: Files = Files(&["metadata.json", "host/darwin/tool", "dist/amd64/linux/tool"]);

    fn origin_of(text: &str, path: &str) -> Origin {
        let file = Dockerfile::parse(&Source::new("Dockerfile", text)).unwrap();
        Steps::of(&file, Platform::ALL[1]).origin(&FILES, &ImagePath::new(path).unwrap())
    }

    #[test]
    fn files_are_followed_to_where_they_come_from() {
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
    fn what_the_context_lacks_is_named() {
        let text = "FROM scratch\nARG TARGETARCH\nCOPY host/mac/tool dist/${TARGETARCH} /x/\nCOPY built /\nCOPY --from=a b /\n";
        let source = Source::new("Dockerfile", text);
        let found = judge(&Dockerfile::parse(&source).unwrap(), &source, &FILES);
        let found: Vec<_> = found.iter().map(|fixed| fixed.finding.to_string()).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("Dockerfile:3:6: takes `host/mac/tool`"), "{found:?}");
        assert!(found[1].starts_with("Dockerfile:3:20: takes `dist/arm64`"), "{found:?}");
        assert!(found[2].starts_with("Dockerfile:4:6") && found[2].contains("has to make"), "{found:?}");
    }
}
