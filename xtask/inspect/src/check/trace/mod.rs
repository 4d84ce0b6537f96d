//! Traces a file of the image to where it comes from: through COPY, ADD, RUN and stages, for one platform.
//!
//! Two platforms have equal origins only if their images certainly get the same file. What cannot be known before the build
//! is either part of an origin as a symbol, or makes the origin [`Origin::Unknown`].

mod base_image;
mod effect;
mod expand;
mod paths;
mod shell;
mod stage;
mod start;
mod steps;
mod symbol;
mod syntax;
mod tokens;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use camino::Utf8PathBuf;

use super::context::{Contexts, Held};
use base_image::BaseImage;
use effect::Effect;
pub(super) use effect::{Kind, Made};
use paths::normal;
use shell::Machine;
use sixfold_image::dockerfile::Dockerfile;
use sixfold_model::matrix::Platform;
use stage::{BUDGET, BUDGET_OF_ALL, Copy, From, MAX_DEPTH, Step, Steps};
pub(super) use stage::{Origin, Tracer};
use symbol::{MARK, is_known, limited};

/// Whether a step makes a file.
enum Certainty {
    Certain,
    /// It names the file or its folder, but may not run, or may make other files.
    Likely,
    /// It may make this file or any other.
    Possible,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(file: &'a Dockerfile, contexts: &'a Contexts) -> Self {
        let (budget, left) = (Cell::new(BUDGET), Cell::new(BUDGET_OF_ALL));
        Self { file, contexts, steps: RefCell::default(), budget, left, depth: Cell::new(0) }
    }

    /// Where a file of the image comes from. The path is absolute.
    pub(super) fn origin(&self, platform: Platform, path: &str) -> Origin {
        self.origin_in(self.file.last(), platform, path)
    }

    /// Where a file of a stage comes from.
    pub(super) fn origin_in(&self, stage: usize, platform: Platform, path: &str) -> Origin {
        let steps = self.steps(stage, platform);
        let budget = BUDGET.min(self.left.get());
        self.budget.set(budget);
        let origin = self.trace(&steps, steps.list.len(), &normal(path));
        self.left.set(self.left.get() - (budget - self.budget.get()));
        origin
    }

    /// Takes work from what is left. False if that is too little.
    fn spend(&self, work: usize) -> bool {
        let left = self.budget.get().checked_sub(work);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The file on disk.
    pub(super) fn on_disk(&self, origin: &Origin) -> Option<Utf8PathBuf> {
        let Origin::Context { context, path } = origin else { return None };
        self.contexts.get(context)?.on_disk(path)
    }

    pub(super) fn has_unknown_base(&self) -> bool {
        has_unknown_base(self.file)
    }

    /// What Go compiles for the machine that builds, in all stages.
    pub(super) fn go_builds(&self) -> Vec<Made> {
        let stages = (0..self.file.stages.len()).map(|stage| self.steps(stage, Platform::ALL[0]));
        let fixed = stages.filter(|steps| steps.machine.arch().is_none());
        let made = fixed
            .flat_map(|steps| steps.list.iter().filter_map(|step| step.made().cloned()).collect::<Vec<_>>());
        made.filter(|made| matches!(made.kind, Kind::Go { os: Some(_), arch: None })).collect()
    }

    /// The files that the last stage copies from other stages, as far as their names are known.
    pub(super) fn copied_from_stages(&self, platform: Platform) -> Vec<(usize, String)> {
        let mut files = vec![];
        for step in &self.steps(self.file.last(), platform).list {
            let Step::Copy(Copy { from: From::Stage(stage), sources, .. }) = &**step else { continue };
            for source in sources.iter().flatten().map(|source| normal(source)) {
                let inside = |step: &Rc<Step>| match &**step {
                    Step::Command { effect: Effect::File(file, _), .. } => {
                        below(&source, file).is_some_and(|rest| !rest.is_empty()).then(|| file.clone())
                    }
                    _ => None,
                };
                files.extend(
                    self.steps(*stage, platform).list.iter().filter_map(inside).map(|file| (*stage, file)),
                );
                files.push((*stage, source));
            }
        }
        files
    }

    fn trace(&self, steps: &Steps, upto: usize, path: &str) -> Origin {
        let depth = self.depth.get();
        if depth > MAX_DEPTH || steps.list.len() > BUDGET {
            return Origin::Unknown;
        }
        self.depth.set(depth + 1);
        let origin = self.trace_steps(steps, upto, path);
        self.depth.set(depth);
        origin
    }

    fn trace_steps(&self, steps: &Steps, upto: usize, path: &str) -> Origin {
        let mut found = vec![];
        let mut possible = None;
        for (number, step) in steps.list.iter().enumerate().take(upto).rev() {
            if !self.spend(1) {
                return Origin::Unknown;
            }
            let Some((origin, certainty)) = self.reach(steps, number, step, path) else { continue };
            match certainty {
                Certainty::Possible => drop(possible.get_or_insert(origin)),
                Certainty::Likely => found.push(origin),
                Certainty::Certain => {
                    found.push(origin);
                    return mixed(found);
                }
            }
        }
        match (found.is_empty(), possible, steps.base.may_have(path), &steps.machine) {
            (false, ..) => mixed(found),
            // What the build may find in its context is the same for both platforms, as is what a program makes of it.
            (true, Some(Origin::Later), ..) => match self.by_anything(steps, upto, path) {
                Origin::Nowhere => Origin::Later,
                made => made,
            },
            (true, Some(origin), ..) => origin,
            (true, None, true, Machine::Target(_)) => Origin::Image,
            (true, None, true, Machine::Fixed(name)) => {
                Origin::Made(vec![Made::new(Kind::Other, &format!("{name} {path}"), steps.at)])
            }
            (true, None, false, _) => self.by_anything(steps, upto, path),
        }
    }

    /// The commands that may write any file.
    fn by_anything(&self, steps: &Steps, upto: usize, path: &str) -> Origin {
        let work = |made: &Made| 1 + (made.text.len() + made.named.len()) / 256;
        if !self.spend(steps.list.iter().take(upto).filter_map(|step| step.made()).map(work).sum()) {
            return Origin::Unknown;
        }
        let step = |(number, step): (usize, &Rc<Step>)| match &**step {
            Step::Command { effect: Effect::Anything(made), .. } => {
                // Other commands in the stage say nothing about this file.
                let (folder, name) = path.rsplit_once('/').unwrap_or_default();
                let mentions =
                    (!folder.is_empty() && made.named.contains(folder)) || made.named.contains(name);
                let mut made = made.clone();
                if !mentions {
                    made.named.clear();
                }
                made = made.named(path);
                made.text.extend(steps.before.get(number).map(String::as_str));
                Some(made)
            }
            _ => None,
        };
        let unknown = steps
            .list
            .iter()
            .take(upto)
            .any(|step| matches!(&**step, Step::Copy(copy) if copy.dest.is_none()));
        let made: Vec<_> = steps.list.iter().take(upto).enumerate().filter_map(step).collect();
        match made.is_empty() {
            _ if unknown => Origin::Unknown,
            true => Origin::Nowhere,
            false => Origin::Made(made),
        }
    }

    /// Where a file comes from if this step makes it, and whether it does.
    fn reach(&self, steps: &Steps, number: usize, step: &Step, path: &str) -> Option<(Origin, Certainty)> {
        let certainty = |is_certain: &bool| if *is_certain { Certainty::Certain } else { Certainty::Likely };
        match step {
            Step::Copy(copy) => self.copied(steps.platform, copy, path),
            Step::Command { effect, is_certain } => match effect {
                Effect::File(file, made) if file == path => {
                    Some((self.made(steps, number, made.clone()), certainty(is_certain)))
                }
                Effect::Below(folder, made) if below(folder, path).is_some_and(|rest| !rest.is_empty()) => {
                    Some((self.made(steps, number, made.clone().named(path)), Certainty::Likely))
                }
                Effect::Move(sources, dest) => self
                    .moved(steps, number, sources, dest, path)
                    .map(|origin| (origin, certainty(is_certain))),
                _ => None,
            },
        }
    }

    /// Adds to what made a file what it was made of.
    fn made(&self, steps: &Steps, number: usize, mut made: Made) -> Origin {
        for input in std::mem::take(&mut made.inputs) {
            match self.trace(steps, number, &input) {
                Origin::Made(inputs) => {
                    for input in inputs {
                        made.named = limited(format!("{} {}", made.named, input.named));
                        made.text = limited(made.text + &input.text);
                    }
                }
                Origin::Context { path, .. } => made = made.named(&path),
                Origin::Unknown | Origin::Image => return Origin::Unknown,
                Origin::Nowhere | Origin::Later => {}
            }
        }
        Origin::Made(vec![made])
    }

    fn moved(
        &self,
        steps: &Steps,
        number: usize,
        sources: &[String],
        dest: &str,
        path: &str,
    ) -> Option<Origin> {
        let rest = below(dest, path)?;
        let mut found = None;
        for source in sources {
            let all = format!("/{MARK}*{MARK}");
            let folder = source.strip_suffix(&all);
            let source = folder.unwrap_or(source);
            if !is_known(source) {
                return Some(Origin::Unknown);
            }
            let source = normal(source);
            let name = source.rsplit('/').next().unwrap_or_default();
            let inside = rest.strip_prefix(name).filter(|_| folder.is_none() && !rest.is_empty());
            let inside = inside.filter(|inside| inside.is_empty() || inside.starts_with('/'));
            let candidates =
                [inside.map(|inside| format!("{source}{inside}")), Some(format!("{source}/{rest}"))];
            let origins =
                candidates.into_iter().flatten().map(|path| self.trace(steps, number, &normal(&path)));
            found = found.or(origins.into_iter().find(|origin| *origin != Origin::Nowhere));
        }
        found
    }

    fn copied(&self, platform: Platform, copy: &Copy, path: &str) -> Option<(Origin, Certainty)> {
        let rest = below(copy.dest.as_deref()?, path)?;
        let found = copy.sources.iter().rev().filter_map(|source| {
            let Some(source) = source else { return Some(Origin::Unknown) };
            match &copy.from {
                From::Text => (!(copy.is_folder && rest.is_empty()))
                    .then(|| Origin::Made(vec![Made::new(Kind::Text, "", copy.at)])),
                From::Address => self.address(copy, source, rest),
                From::Image => Some(Origin::Image),
                From::Context(name) => self.in_context(name, source, rest, copy.is_folder),
                From::Stage(stage) => self.in_stage(*stage, platform, source, rest, copy.is_folder),
            }
        });
        let certainty = |origin: Origin| match origin {
            Origin::Unknown | Origin::Image | Origin::Later if !rest.is_empty() => {
                (origin, Certainty::Possible)
            }
            origin => (origin, Certainty::Certain),
        };
        let (certain, possible): (Vec<_>, Vec<_>) =
            found.map(certainty).partition(|(_, certainty)| matches!(certainty, Certainty::Certain));
        certain.into_iter().chain(possible).next()
    }

    /// What ADD downloads.
    fn address(&self, copy: &Copy, url: &str, rest: &str) -> Option<Origin> {
        let name = url.rsplit('/').next().unwrap_or_default();
        let is_it = if rest.is_empty() { !copy.is_folder } else { rest == name || url.ends_with(".git") };
        is_it.then(|| Origin::Made(vec![Made::new(Kind::Fetched, url, copy.at)]))
    }

    fn in_context(&self, name: &str, source: &str, rest: &str, is_folder: bool) -> Option<Origin> {
        let Some(context) = self.contexts.get(name) else { return Some(Origin::Image) };
        let found = |path: &str| Origin::Context { context: name.to_owned(), path: path.to_owned() };
        let path = normal(source).trim_start_matches('/').to_owned();
        let base = path.rsplit('/').next().unwrap_or_default();
        match context.held(&path) {
            // A name with an extension is that of a file.
            Held::Missing | Held::Later if !rest.is_empty() && base.contains('.') && rest != base => None,
            // Another finding says that it is missing.
            Held::Missing => Some(Origin::Unknown),
            Held::Later => Some(Origin::Later),
            Held::File => {
                let is_it = if rest.is_empty() { !is_folder } else { rest == base };
                is_it.then(|| found(&path))
            }
            Held::Folder if rest.is_empty() => Some(found(&path)),
            Held::Folder => {
                let path = format!("{path}/{rest}").trim_start_matches('/').to_owned();
                match context.held(&path) {
                    Held::File | Held::Folder => Some(found(&path)),
                    Held::Later => Some(Origin::Later),
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

/// True if the base image of the last stage is not known, so that it may bring files and labels.
pub(super) fn has_unknown_base(file: &Dockerfile) -> bool {
    let is_unknown =
        |platform| BaseImage::new(file.base(file.last(), platform).1.as_deref()) == BaseImage::Unknown;
    Platform::ALL.into_iter().any(is_unknown)
}

/// One of several origins.
fn mixed(mut found: Vec<Origin>) -> Origin {
    if found.len() == 1 {
        return found.pop().unwrap_or(Origin::Unknown);
    }
    let mut all = vec![];
    for origin in found {
        match origin {
            Origin::Made(made) => all.extend(made),
            _ => return Origin::Unknown,
        }
    }
    Origin::Made(all)
}

/// The part of `path` below a folder; empty if both are the same.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

#[cfg(test)]
pub(super) mod tests;
