//! Whether the build contexts have what COPY and ADD copy.

use sixfold_image::dockerfile::{CopyArguments, Dockerfile, Instruction, Keyword, Scope};
use sixfold_model::config_file::CONFIG;
use sixfold_model::finding::{Finding, Place, Severity};
use sixfold_model::matrix::{ImagePath, Platform};
use sixfold_model::stage;

use crate::check::context::{Context, Contexts, Held};
use crate::check::git_ignored::{WILDCARDS, is_matched};
use crate::check::mounts::{Mount, mounts};
use crate::check::source::Source;

sixfold_model::lints! {
    /// COPY copies a path that is not in the build context.
    COPY_MISSING = Error "copy-missing";
}

/// Checks what every COPY and ADD of the file copies from a context. `help` says how to correct a path that is missing.
pub(in crate::check) fn check(
    file: &Dockerfile,
    source: &Source,
    contexts: &Contexts,
    platforms: &[Platform],
    help: &str,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = vec![];
    let dockerfile = Reader { file, source, contexts, help };
    for (stage, platform) in
        (0..file.stages.len()).flat_map(|stage| platforms.iter().map(move |platform| (stage, *platform)))
    {
        file.walk(stage, platform, &mut |number, item, scope| {
            let reads = reads(item).into_iter().filter(|_| number == stage);
            findings.extend(reads.filter_map(|read| dockerfile.check(stage, scope, &read)));
        });
    }
    findings.dedup();
    findings.sort_by(|a, b| a.place.cmp(&b.place));
    findings.dedup();
    findings
}

/// A Dockerfile and the build contexts that it reads from.
struct Reader<'a> {
    file: &'a Dockerfile,
    source: &'a Source,
    contexts: &'a Contexts,
    help: &'a str,
}

impl Reader<'_> {
    fn check(&self, stage: usize, scope: &Scope, read: &Read) -> Option<Finding> {
        let name = match &read.from {
            None => String::new(),
            // A stage, or a name that is not known.
            Some(name) => scope.known(name).filter(|name| self.file.find_stage(name, stage).is_none())?,
        };
        let place = self.source.place(read.at);
        let Some(context) = self.contexts.get(&name) else {
            let is_wrong = name == stage::CONTEXT && self.contexts.is_stage;
            return is_wrong.then(|| no_stage(place));
        };
        let title = match name.as_str() {
            "" => self.contexts.title.clone(),
            name => format!("the build context `{name}`"),
        };
        In { verb: read.verb, context, title: &title, place, help: self.help }.check(&read.source, scope)
    }
}

fn no_stage(place: Place) -> Finding {
    let message = "copies from the build context `stage`, but the stage is the only build context";
    let help = format!("leave out `--from=stage`, or set `context` in {}", CONFIG.top());
    Finding::new(&COPY_MISSING, place, message, help)
}

/// A file or folder that an instruction reads.
struct Read {
    verb: &'static str,
    from: Option<String>,
    source: String,
    at: usize,
}

/// What COPY, ADD and the mounts of RUN read.
fn reads(item: &Instruction) -> Vec<Read> {
    if item.keyword == Keyword::Run {
        let read = |mount: Mount| Read {
            verb: "mounts",
            from: mount.from.map(str::to_owned),
            source: mount.source.to_owned(),
            at: item.at,
        };
        return mounts(item).map(read).collect();
    }
    let is_copy = matches!(item.keyword, Keyword::Copy | Keyword::Add);
    let Some(copy) = CopyArguments::new(item).filter(|_| is_copy) else { return vec![] };
    let from = copy.flag("from").map(str::to_owned);
    copy.sources
        .into_iter()
        .map(|(source, at)| Read { verb: "copies", from: from.clone(), source, at })
        .collect()
}

/// A place in the Dockerfile that reads from a build context.
struct In<'a> {
    verb: &'static str,
    context: &'a dyn Context,
    title: &'a str,
    place: Place,
    help: &'a str,
}

impl In<'_> {
    fn check(&self, written: &str, scope: &Scope) -> Option<Finding> {
        let is_local = !written.contains("://") && !written.starts_with("<<") && !written.starts_with("git@");
        let path = scope.known(written).and_then(|path| ImagePath::new(&path).ok());
        let path = path.as_ref().map(ImagePath::relative).filter(|_| is_local);
        let is_pattern = path.is_none_or(|path| path.is_empty() || path.contains(WILDCARDS));
        match path {
            _ if is_local && is_pattern && self.context.is_emptied() => {
                let message =
                    format!("{} from {}, of which .dockerignore leaves nothing", self.verb, self.title);
                self.error(message, "remove `*` from the ignore file, or add a line such as `!src`")
            }
            Some(path) if is_pattern => self.pattern(path),
            Some(path) => self.missing(path),
            None => None,
        }
    }

    fn error(&self, message: String, help: &str) -> Option<Finding> {
        Some(Finding::new(&COPY_MISSING, self.place.clone(), message, help))
    }

    fn missing(&self, path: &str) -> Option<Finding> {
        let Self { verb, title, .. } = self;
        match self.context.held(path) {
            Held::File | Held::Folder => None,
            Held::Missing if self.context.keeps_out(path) => {
                let message = format!("{verb} `{path}`, which .dockerignore keeps out of {title}");
                self.error(message, &format!("add `!{path}` to the ignore file"))
            }
            Held::Missing => self.error(format!("{verb} `{path}`, which is not in {title}"), self.help),
            Held::Later => {
                let message = format!("{verb} `{path}`, which must be made before the image is built");
                Some(Finding::new(&COPY_MISSING, self.place.clone(), message, "").with(Severity::Note))
            }
        }
    }

    /// Checks a pattern whose folder is known.
    fn pattern(&self, path: &str) -> Option<Finding> {
        let (folder, pattern) = path.rsplit_once('/').unwrap_or(("", path));
        if folder.contains(WILDCARDS) || pattern.is_empty() {
            return None;
        }
        let inside = |name: &String| format!("{folder}/{name}").trim_start_matches('/').to_owned();
        let is_match = |name: &String| {
            // A class of characters is not read.
            pattern.contains(['[', '\\']) || is_matched(pattern, name)
        };
        if !folder.is_empty() && self.context.held(folder) != Held::Folder {
            return self.missing(folder);
        }
        let mut names = self.context.names(folder)?.into_iter().filter(is_match);
        let is_copied = names.any(|name| self.context.held(&inside(&name)) != Held::Missing);
        let is_missing = !is_copied && self.context.held(path) == Held::Missing;
        let message = format!("{} `{path}`, which matches nothing in {}", self.verb, self.title);
        if is_missing { self.error(message, self.help) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::context::Disk;
    use crate::check::trace::tests::files;

    #[test]
    fn paths_that_are_not_in_the_context_are_named() {
        let text = "FROM scratch\nARG TARGETARCH\nCOPY host/mac/tool dist/${TARGETARCH} /x/\nCOPY built /\nCOPY --from=a b /\n";
        let source = Source::new("Dockerfile", text);
        let found = check(&Dockerfile::parse(text).unwrap(), &source, &files(), &Platform::ALL, "");
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].starts_with("Dockerfile:3:6: copies `host/mac/tool`, which is not in the build context"),
            "{found:?}"
        );
        assert!(found[1].starts_with("Dockerfile:3:20: copies `dist/arm64`"), "{found:?}");
        assert!(found[2].starts_with("Dockerfile:4:6") && found[2].contains("must be made"), "{found:?}");
    }

    #[test]
    fn patterns_folders_and_mounts_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let root = camino::Utf8Path::from_path(folder.path()).unwrap();
        let ignores = [(".gitignore", "*.bin\n"), (".dockerignore", "secret\n")];
        for (name, text) in [("host/run.sh", ""), ("secret/key", "")].into_iter().chain(ignores) {
            fs_err::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs_err::write(root.join(name), text).unwrap();
        }
        let found = |line: &str| {
            let text = format!("FROM alpine\n{line}\n");
            let disk = Disk { root: root.to_owned(), dockerfile: root.join("Dockerfile"), made: None };
            let contexts = Contexts::new(disk, []);
            let file = Dockerfile::parse(&text).unwrap();
            let found = check(&file, &Source::new("Dockerfile", &text), &contexts, &Platform::ALL, "");
            found.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        for (line, expected) in [
            ("COPY host/*.cmd /", "copies `host/*.cmd`, which matches nothing in the build context"),
            ("COPY none/*.sh /", "copies `none`, which must be made before the image is built"),
            ("COPY secret /", "copies `secret`, which .dockerignore keeps out of the build context"),
            ("COPY secret/* /", "copies `secret`, which .dockerignore keeps out of the build context"),
            (
                "RUN --mount=target=/x,source=host/x cat /x",
                "mounts `host/x`, which is not in the build context",
            ),
        ] {
            assert_eq!(found(line), [expected], "{line}");
        }
        for line in [
            "COPY host/*.sh /",
            "COPY host/[a-z]*.sh /",
            "COPY *.bin /",
            "COPY * /",
            "RUN --mount=target=/x ls",
        ] {
            assert_eq!(found(line), [""; 0], "{line}");
        }
        fs_err::write(root.join(".dockerignore"), "*\n").unwrap();
        let emptied = "mounts from the build context, of which .dockerignore leaves nothing";
        assert_eq!(found("RUN --mount=type=bind,target=/x ls"), [emptied]);
        assert_eq!(found("RUN --mount=type=cache,target=/x ls"), [""; 0]);
    }
}
