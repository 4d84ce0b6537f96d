//! Where a file comes from that COPY or ADD copies.

use super::stage::{Copy, From, Origin, Tracer};
use super::{Certainty, Kind, Made, below, normal};
use crate::check::context::Held;
use crate::check::git_ignored::is_matched;
use sixfold_model::matrix::Platform;

impl Tracer<'_> {
    pub(super) fn copied(&self, platform: Platform, copy: &Copy, path: &str) -> Option<(Origin, Certainty)> {
        let rest = below(copy.dest.as_deref()?, path)?;
        if copy.excluded.iter().any(|pattern| is_matched(pattern, rest)) {
            return None;
        }
        let found = copy.sources.iter().rev().filter_map(|source| {
            let Some(source) = source else { return Some(Origin::Unknown) };
            match &copy.from {
                From::Text => (!(copy.is_folder && rest.is_empty()))
                    .then(|| Origin::Made(vec![Made::new(Kind::Text, "", copy.at)])),
                From::Address => self.address(copy, source, rest),
                From::Image => Some(Origin::Image),
                From::Context(name) => self.in_context(name, source, rest, copy),
                From::Stage(stage) => self.in_stage(*stage, platform, source, rest, copy.is_folder),
            }
        });
        let certainty = |origin: Origin| match origin {
            origin if !rest.is_empty() && is_open(&origin) => (origin, Certainty::Possible),
            origin => (origin, Certainty::Certain),
        };
        let (certain, possible): (Vec<_>, Vec<_>) =
            found.map(certainty).partition(|(_, certainty)| matches!(certainty, Certainty::Certain));
        certain.into_iter().chain(possible).next()
    }

    /// What ADD downloads.
    fn address(&self, copy: &Copy, url: &str, rest: &str) -> Option<Origin> {
        let name = url.rsplit('/').next().unwrap_or_default();
        let is_repository = url.contains(".git#") || url.ends_with(".git") || url.starts_with("git");
        if is_repository {
            return Some(Origin::Unknown);
        }
        let is_it = if rest.is_empty() { !copy.is_folder } else { rest == name };
        is_it.then(|| Origin::Made(vec![Made::new(Kind::Fetched, url, copy.at)]))
    }

    fn in_context(&self, name: &str, source: &str, rest: &str, copy: &Copy) -> Option<Origin> {
        let Some(context) = self.contexts.get(name) else { return Some(Origin::Image) };
        let found = |path: &str| Origin::Context { context: name.to_owned(), path: path.to_owned() };
        let path = normal(source).trim_start_matches('/').to_owned();
        let base = path.rsplit('/').next().unwrap_or_default();
        let later = Origin::Later { path: path.clone(), at: copy.at };
        match context.held(&path) {
            // A name with an extension is that of a file.
            Held::Missing | Held::Later if !rest.is_empty() && base.contains('.') && rest != base => None,
            // Another finding says that it is missing.
            Held::Missing => Some(Origin::Unknown),
            Held::Later => Some(later),
            Held::File => {
                let is_it = if rest.is_empty() { !copy.is_folder } else { rest == base };
                is_it.then(|| found(&path))
            }
            Held::Folder if rest.is_empty() => Some(found(&path)),
            Held::Folder => {
                let path = format!("{path}/{rest}").trim_start_matches('/').to_owned();
                match context.held(&path) {
                    Held::File | Held::Folder => Some(found(&path)),
                    Held::Later => Some(later),
                    Held::Missing => None,
                }
            }
        }
    }

    fn in_stage(
        &self,
        stage: usize,
        platform: Platform,
        source: &str,
        rest: &str,
        is_folder: bool,
    ) -> Option<Origin> {
        let steps = self.steps(stage, platform);
        let trace = |path: String| self.trace(&steps, steps.list.len(), &normal(&path));
        if rest.is_empty() {
            return (!is_folder).then(|| match trace(source.to_owned()) {
                // Then the build fails.
                Origin::Nowhere => Origin::Unknown,
                origin => origin,
            });
        }
        let is_file = rest == source.rsplit('/').next().unwrap_or_default();
        let file = if is_file { trace(source.to_owned()) } else { Origin::Nowhere };
        let origin = match file {
            Origin::Nowhere => trace(format!("{source}/{rest}")),
            file => file,
        };
        (origin != Origin::Nowhere).then_some(origin)
    }
}

/// True for what a folder may have, but need not.
fn is_open(origin: &Origin) -> bool {
    match origin {
        Origin::Unknown | Origin::Image | Origin::Later { .. } => true,
        Origin::Made(made) => made.iter().all(|made| made.kind == Kind::Image),
        _ => false,
    }
}
