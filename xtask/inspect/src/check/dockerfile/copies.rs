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
    help: &str,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = vec![];
    for (stage, platform) in
        (0..file.stages.len()).flat_map(|stage| Platform::ALL.map(|platform| (stage, platform)))
    {
        file.walk(stage, platform, &mut |number, item, scope| {
            if number != stage || !matches!(item.keyword, Keyword::Copy | Keyword::Add) {
                return;
            }
            let Some(copy) = CopyArguments::new(item) else { return };
            let from = copy
                .flag("from")
                .map(|name| scope.known(name).filter(|name| file.find_stage(name, stage).is_none()));
            let context = match from {
                None => contexts.get(""),
                Some(name) => name.and_then(|name| contexts.get(&name)),
            };
            let Some(context) = context else { return };
            for (written, at) in &copy.sources {
                let Some(path) = in_context(written, scope) else { continue };
                findings.extend(missing(context, &path, source.place(*at), help));
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
    let is_path = !path.contains("://")
        && !path.starts_with("<<")
        && !path.contains(['*', '?', '['])
        && !path.starts_with("git@");
    let path = ImagePath::new(&path).ok().filter(|_| is_path)?;
    Some(path.relative().to_owned())
}

fn missing(context: &dyn Context, path: &str, place: Place, help: &str) -> Option<Finding> {
    match context.held(path) {
        Held::File | Held::Folder => None,
        Held::Missing if context.on_disk(path).is_some() => {
            let message = format!("copies `{path}`, which .dockerignore keeps out of the build context");
            Some(Finding::new(&COPY_MISSING, place, message, format!("add `!{path}` to the ignore file")))
        }
        Held::Missing => {
            let message = format!("copies `{path}`, which is not in the build context");
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
        let found = check(&Dockerfile::parse(text).unwrap(), &source, &files(), "");
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
