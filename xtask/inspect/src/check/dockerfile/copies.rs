//! Whether the build contexts have what COPY and ADD copy.

use sixfold_image::dockerfile::{CopyArguments, Dockerfile, Keyword, Scope};
use sixfold_model::finding::{Finding, Place, Severity};
use sixfold_model::matrix::{ImagePath, Platform};

use crate::check::context::{Context, Contexts, Held};
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
    for (stage, platform) in
        (0..file.stages.len()).flat_map(|stage| platforms.iter().map(move |platform| (stage, *platform)))
    {
        file.walk(stage, platform, &mut |number, item, scope| {
            if number != stage || !matches!(item.keyword, Keyword::Copy | Keyword::Add) {
                return;
            }
            let Some(copy) = CopyArguments::new(item) else { return };
            let from = copy
                .flag("from")
                .map(|name| scope.known(name).filter(|name| file.find_stage(name, stage).is_none()));
            // A stage, or a name that is not known.
            let Some(name) = from.map_or(Some(String::new()), |name| name) else { return };
            let Some(context) = contexts.get(&name) else { return };
            let title = match name.as_str() {
                "" => contexts.title.clone(),
                name => format!("the build context `{name}`"),
            };
            for (written, at) in &copy.sources {
                let path = in_context(written, scope).filter(|path| !path.is_empty());
                if path.is_none() && is_local(written) && context.is_emptied() {
                    findings.push(emptied(&title, source.place(*at)));
                }
                let Some(path) = path else { continue };
                findings.extend(missing((context, &title), &path, source.place(*at), help));
            }
        });
    }
    findings.dedup();
    findings.sort_by(|a, b| a.place.cmp(&b.place));
    findings.dedup();
    findings
}

/// The path of a source in the build context. `None` for URLs, here-documents, patterns and unknown values.
fn in_context(written: &str, scope: &Scope) -> Option<String> {
    let path = scope.known(written)?;
    let is_path = is_local(&path) && !path.contains(['*', '?', '[']);
    let path = ImagePath::new(&path).ok().filter(|_| is_path)?;
    Some(path.relative().to_owned())
}

/// False for URLs and here-documents.
fn is_local(source: &str) -> bool {
    !source.contains("://") && !source.starts_with("<<") && !source.starts_with("git@")
}

fn emptied(title: &str, place: Place) -> Finding {
    let message = format!("copies from {title}, of which .dockerignore leaves nothing");
    Finding::new(
        &COPY_MISSING,
        place,
        message,
        "remove `*` from the ignore file, or add a line such as `!src`",
    )
}

fn missing((context, title): (&dyn Context, &str), path: &str, place: Place, help: &str) -> Option<Finding> {
    match context.held(path) {
        Held::File | Held::Folder => None,
        Held::Missing if context.on_disk(path).is_some() => {
            let message = format!("copies `{path}`, which .dockerignore keeps out of {title}");
            Some(Finding::new(&COPY_MISSING, place, message, format!("add `!{path}` to the ignore file")))
        }
        Held::Missing => {
            let message = format!("copies `{path}`, which is not in {title}");
            Some(Finding::new(&COPY_MISSING, place, message, help))
        }
        Held::Later => {
            let message = format!("copies `{path}`, which must be made before the image is built");
            Some(Finding::new(&COPY_MISSING, place, message, "").with(Severity::Note))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
