//! Traces a file of the image to where it comes from: through COPY, ADD, RUN and stages, for one platform.
//!
//! Two platforms have equal origins only if their images certainly get the same file. What cannot be known before the build
//! is either part of an origin as a symbol, or makes the origin [`Origin::Unknown`].

mod base_image;
mod commands;
mod copied;
mod effect;
mod expand;
mod flow;
mod paths;
mod programs;
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

use super::context::Contexts;
use base_image::BaseImage;
use effect::Effect;
pub(super) use effect::{Kind, Made};
pub(super) use paths::normal;
use shell::Machine;
use sixfold_image::dockerfile::{Dockerfile, Keyword};
use sixfold_model::matrix::Platform;
use stage::{BUDGET, BUDGET_OF_ALL, Copy, From, MAX_DEPTH, Step, Steps};
pub(super) use stage::{Origin, Tracer};
pub(super) use symbol::is_known;

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

    /// The place of the last FROM if the image certainly has neither ENTRYPOINT nor CMD: it starts from `scratch`, and no stage
    /// sets one.
    pub(super) fn without_program(&self) -> Option<usize> {
        let (last, platform) = (self.file.last(), Platform::ALL[0]);
        let mut has_program = false;
        self.file.walk(last, platform, &mut |_, item, _| {
            has_program |= matches!(item.keyword, Keyword::Entrypoint | Keyword::Cmd);
        });
        let base = BaseImage::new(self.file.base(last, platform).1.as_deref());
        let from = self.file.stages.get(last).filter(|_| !has_program && base == BaseImage::Scratch);
        from.map(|stage| stage.from.at)
    }

    /// What Go compiles for the machine that builds, in all stages.
    pub(super) fn go_builds(&self) -> Vec<Made> {
        let stages = (0..self.file.stages.len()).map(|stage| self.steps(stage, Platform::ALL[0]));
        let fixed = stages.filter(|steps| steps.machine.arch().is_none());
        let made = fixed
            .flat_map(|steps| steps.list.iter().filter_map(|step| step.made().cloned()).collect::<Vec<_>>());
        made.filter(|made| matches!(made.kind, Kind::Go { os: Some(_), arch: None })).collect()
    }

    /// The stage and the path in it that the last stage copies to this path. `None` if it is not copied as a whole.
    pub(super) fn copied_to(&self, platform: Platform, path: &str) -> Option<(usize, String)> {
        let steps = self.steps(self.file.last(), platform);
        steps.list.iter().rev().find_map(|step| match &**step {
            Step::Copy(Copy { from: From::Stage(stage), sources, dest: Some(dest), .. }) if dest == path => {
                let [Some(source)] = sources.as_slice() else { return None };
                Some((*stage, normal(source)))
            }
            _ => None,
        })
    }

    /// The files in a folder of a stage, as absolute paths. `None` if something may have put others there.
    pub(super) fn files_in(&self, stage: usize, platform: Platform, folder: &str) -> Option<Vec<String>> {
        let steps = self.steps(stage, platform);
        let is_near = |path: &str| below(path, folder).is_some() || below(folder, path).is_some();
        let mut files = vec![];
        for (number, step) in steps.list.iter().enumerate() {
            match &**step {
                Step::Copy(Copy { dest: Some(dest), .. }) if !is_near(dest) => {}
                Step::Command { effect: Effect::File(path, _), .. } => {
                    files.extend(below(folder, path).is_some().then(|| path.clone()));
                }
                Step::Command { effect: Effect::Below(path, _) | Effect::Move(_, path), .. }
                    if !is_near(path) => {}
                // It may be a folder, and then it is not the name of what is moved.
                Step::Command { effect: Effect::Move(_, path), .. }
                    if below(folder, path).is_some_and(|rest| !rest.is_empty())
                        && matches!(self.trace(&steps, number + 1, path), Origin::Made(_)) =>
                {
                    files.push(path.clone());
                }
                Step::Command { effect: Effect::Remove(_), .. } => {}
                _ => return None,
            }
        }
        (!steps.base.may_have(&format!("{folder}/file"))).then_some(files)
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
            if is_removed(step, path) {
                // Only a later command can make it again.
                found.extend(possible.or_else(|| Some(self.by_anything(steps, number + 1..upto, path))));
                return mixed(found);
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
            // A command is more likely than a folder that may have the file.
            (true, Some(origin @ (Origin::Unknown | Origin::Image)), ..) => origin,
            (true, Some(origin), ..) => match self.by_anything(steps, 0..upto, path) {
                Origin::Nowhere => origin,
                made => made,
            },
            (true, None, true, Machine::Target(_)) => Origin::Image,
            (true, None, true, Machine::Fixed(name)) => {
                Origin::Made(vec![Made::new(Kind::Image, &format!("{name} {path}"), steps.at)])
            }
            (true, None, false, _) => self.by_anything(steps, 0..upto, path),
        }
    }

    /// Where a file comes from if this step makes it, and whether it does.
    fn reach(&self, steps: &Steps, number: usize, step: &Step, path: &str) -> Option<(Origin, Certainty)> {
        let certainty = |is_certain: &bool| if *is_certain { Certainty::Certain } else { Certainty::Likely };
        match step {
            Step::Copy(copy) => self.copied(steps.platform, copy, path),
            Step::Command { effect, is_certain } => match effect {
                Effect::File(file, made) if file == path => {
                    Some((self.made(steps, number, made.clone(), path), certainty(is_certain)))
                }
                Effect::Below(folder, made) if below(folder, path).is_some_and(|rest| !rest.is_empty()) => {
                    Some((self.made(steps, number, made.clone().named(path), path), Certainty::Likely))
                }
                Effect::Move(sources, dest) => self
                    .moved(steps, number, sources, dest, path)
                    .map(|origin| (origin, certainty(is_certain))),
                _ => None,
            },
        }
    }
}

/// True if the base image of the last stage is not known, so that it may bring files and labels.
pub(super) fn has_unknown_base(file: &Dockerfile) -> bool {
    let is_unknown =
        |platform| BaseImage::new(file.base(file.last(), platform).1.as_deref()) == BaseImage::Unknown;
    Platform::ALL.into_iter().any(is_unknown)
}

/// Whether the step certainly removes the file.
fn is_removed(step: &Step, path: &str) -> bool {
    let Step::Command { effect: Effect::Remove(removed), is_certain: true } = step else { return false };
    removed.iter().any(|removed| below(removed, path).is_some())
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
