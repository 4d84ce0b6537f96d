//! Turns the instructions of a Dockerfile into steps.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::base_image::BaseImage;
use super::effect::{Effect, Kind, Made, effects};
use super::paths::normal;
use super::shell::{Machine, Shell};
use super::stage::{BUDGET, Copy, From, Origin, Step, Steps, Tracer};
use super::symbol::{digest, symbol};
use crate::check::git_ignored::WILDCARDS;
use crate::check::mounts::{Mount, mounts};
use sixfold_image::dockerfile::{CopyArguments, Expanded, Instruction, Keyword, Scope};
use sixfold_model::matrix::Platform;

impl Step {
    pub(super) fn made(&self) -> Option<&Made> {
        match self {
            Self::Command {
                effect: Effect::File(_, made) | Effect::Below(_, made) | Effect::Anything(made),
                ..
            } => Some(made),
            _ => None,
        }
    }

    /// A text that is equal for two platforms only if the step does the same on both.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Copy(copy) => format!("{:?} {:?}", copy.from, copy.sources),
            Self::Command { effect: Effect::Move(sources, dest), .. } => format!("{sources:?} {dest}"),
            Self::Command { effect: Effect::Remove(removed), .. } => format!("{removed:?}"),
            _ => self.made().map(|made| made.text.clone()).unwrap_or_default(),
        }
    }
}

impl Copy {
    /// Something that may make any file.
    fn unknown() -> Self {
        Self { from: From::Image, sources: vec![], dest: None, is_folder: false, excluded: vec![], at: 0 }
    }
}

impl Steps {
    fn push(&mut self, steps: impl IntoIterator<Item = Step>) {
        for step in steps {
            self.before.push(digest(&(self.before.last(), step.text())));
            self.list.push(Rc::new(step));
        }
    }
}

impl Made {
    pub(in crate::check) fn new(kind: Kind, text: &str, at: usize) -> Self {
        let text = text.to_owned();
        Self { kind, named: text.clone(), text, words: vec![], cwd: String::new(), inputs: vec![], at }
    }

    /// The same for one of the files that it may have made.
    pub(super) fn named(mut self, path: &str) -> Self {
        self.text = format!("{} {path}", self.text);
        self.named = format!("{} {path}", self.named);
        self
    }
}

impl Tracer<'_> {
    /// The steps of a stage and of those that it starts from.
    pub(super) fn steps(&self, stage: usize, platform: Platform) -> Rc<Steps> {
        if let Some(steps) = self.steps.borrow().get(&(stage, platform)) {
            return Rc::clone(steps);
        }
        // A stage begins with the steps of the one that it starts from.
        let parent = self.file.parent(stage, platform);
        let mut steps = match parent.map(|parent| self.steps(parent, platform)) {
            Some(parent) => Steps::clone(&parent),
            None => self.no_steps(stage, platform),
        };
        let triggers =
            parent.and_then(|parent| self.file.stages.get(parent)).map(|stage| &stage.instructions);
        let triggers = triggers.into_iter().flatten().filter(|item| item.keyword == Keyword::Onbuild);
        // What ONBUILD does is not followed: it may make any file.
        steps.push(triggers.map(|item| Step::Copy(Copy { at: item.at, ..Copy::unknown() })));
        self.file.walk(stage, platform, &mut |number, item, scope| match item.keyword {
            _ if number != stage || steps.list.len() > BUDGET => {}
            Keyword::Copy | Keyword::Add => steps.push([Step::Copy(self.copy(number, item, scope))]),
            Keyword::Run => {
                steps.push(self.mounts(number, item, scope).into_iter().map(Step::Copy));
                steps.push(self.run(&steps, item, scope));
            }
            _ => {}
        });
        let steps = Rc::new(steps);
        self.steps.borrow_mut().insert((stage, platform), Rc::clone(&steps));
        steps
    }

    /// What is known of a stage that starts from an image.
    fn no_steps(&self, stage: usize, platform: Platform) -> Steps {
        let base = BaseImage::new(self.file.base(stage, platform).1.as_deref());
        let machine = self.machine(stage, platform);
        let at = self.file.stages.get(stage).map_or(0, |stage| stage.from.at);
        Steps { platform, machine, base, at, list: vec![], before: vec![String::new()] }
    }

    fn machine(&self, root: usize, platform: Platform) -> Machine {
        let written = self.file.stages.get(root).and_then(|stage| stage.platform.as_ref());
        let written =
            written.and_then(|word| word.text.strip_prefix("--platform=")).unwrap_or("$TARGETPLATFORM");
        match written.contains("BUILD") || !written.contains('$') {
            true => Machine::Fixed(written.to_owned()),
            false => Machine::Target(platform),
        }
    }

    fn copy(&self, stage: usize, item: &Instruction, scope: &Scope) -> Copy {
        let arguments = CopyArguments::new(item).unwrap_or_default();
        let first = arguments.sources.first().map_or("", |(source, _)| source.as_str());
        let from = match arguments.flag("from") {
            _ if first.starts_with("<<") => From::Text,
            None if first.contains("://") || first.starts_with("git@") => From::Address,
            None => From::Context(String::new()),
            Some(name) => self.named(scope.known(name), stage),
        };
        let known = |source: &str| scope.known(source).filter(|path| !path.contains(WILDCARDS));
        let keeps_parents = arguments.flags.iter().any(|(name, _)| name == "parents");
        let dest = scope.known(&arguments.dest).filter(|_| !keeps_parents);
        let is_folder =
            dest.as_ref().is_some_and(|dest| dest.ends_with(['/', '.'])) || arguments.sources.len() > 1;
        let dest = dest.map(|dest| normal(&scope.absolute(&dest)));
        let unpacks = arguments.flag("unpack");
        let is_archive = |path: &String| {
            item.keyword == Keyword::Add
                && unpacks != Some("false")
                && [".tar", ".tgz", ".gz", ".xz", ".bz2"].iter().any(|end| path.ends_with(end))
        };
        let sources = arguments.sources.iter().map(|(source, _)| {
            known(source).filter(|path| !is_archive(path) || (from == From::Address && unpacks.is_none()))
        });
        let excluded = arguments.flags.iter().filter(|(name, _)| name == "exclude");
        let excluded = excluded.filter_map(|(_, pattern)| pattern.clone()).collect();
        Copy { from: from.clone(), sources: sources.collect(), dest, is_folder, excluded, at: item.at }
    }

    /// The stage, context or image that a name means.
    fn named(&self, name: Option<String>, stage: usize) -> From {
        let Some(name) = name else { return From::Image };
        match self.file.find_stage(&name, stage) {
            Some(stage) => From::Stage(stage),
            None if self.contexts.get(&name).is_some() => From::Context(name),
            None => From::Image,
        }
    }

    /// The files that RUN mounts, as if they were copied.
    fn mounts(&self, stage: usize, item: &Instruction, scope: &Scope) -> Vec<Copy> {
        let copy = |mount: Mount| {
            let from =
                mount.from.map_or(From::Context(String::new()), |name| self.named(scope.known(name), stage));
            let dest = scope.known(mount.target).map(|target| normal(&scope.absolute(&target)));
            Copy { from, sources: vec![scope.known(mount.source)], dest, at: item.at, ..Copy::unknown() }
        };
        mounts(item).map(copy).collect()
    }

    fn run(&self, steps: &Steps, item: &Instruction, scope: &Scope) -> Vec<Step> {
        let (text, start) = command_text(&item.line.text);
        let exec = serde_json::from_str::<Vec<String>>(text.trim()).ok().map(|words| words.join(" "));
        let value = |(name, value): (&String, &Expanded)| match value.is_known {
            true => (name.clone(), value.text.clone()),
            false => (name.clone(), symbol(&format!("{name}={}", value.text))),
        };
        let env: BTreeMap<_, _> = scope.variables().map(value).collect();
        let scripts = |path: &str| self.script(steps, path);
        let cwd = match (steps.base, scope.workdir.as_str()) {
            // The image of Go has this working directory.
            (BaseImage::System { is_compiler: true }, "/") => "/go",
            (_, workdir) => workdir,
        };
        let mut shell = Shell::new(env, cwd, &steps.machine, &scripts);
        shell.run_text(exec.as_deref().unwrap_or(text));
        let is_compiler = steps.base == BaseImage::System { is_compiler: true };
        let commands = shell.commands.iter().flat_map(|command| {
            let at = item.line.at(start + command.at);
            let is_certain = command.guard.is_empty();
            effects(command, &steps.machine, is_compiler, at)
                .into_iter()
                .map(move |effect| Step::Command { effect, is_certain })
        });
        commands.collect()
    }

    /// The text of a shell script of the project that an earlier step has copied to this path.
    fn script(&self, steps: &Steps, path: &str) -> Option<String> {
        let left = self.budget.replace(BUDGET);
        let origin = self.trace(steps, steps.list.len(), &normal(path));
        self.budget.set(left);
        let Origin::Context { .. } = origin else { return None };
        let text = std::fs::read_to_string(self.on_disk(&origin)?).ok()?;
        let first = text.lines().next().unwrap_or_default();
        (first.starts_with("#!") && first.trim_end().ends_with("sh") && text.len() < 1 << 20).then_some(text)
    }
}

/// The command of RUN without its flags, and where it starts in the text. The script of a here-document is its command.
fn command_text(text: &str) -> (&str, usize) {
    let mut start = text.len() - text.trim_start().len();
    while let Some(rest) = text.get(start..).filter(|rest| rest.starts_with("--")) {
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        start += rest.get(length..).map_or(length, |after| length + after.len() - after.trim_start().len());
    }
    let command = text.get(start..).unwrap_or_default();
    let Some(after) = command.strip_prefix("<<") else { return (command, start) };
    let (first, body) = after.split_once('\n').unwrap_or((after, ""));
    let delimiter =
        first.trim_start_matches('-').split_whitespace().next().unwrap_or_default().trim_matches(['\'', '"']);
    let mut interpreter = first.split_whitespace().skip(1);
    if interpreter.next().is_some_and(|program| !program.ends_with("sh")) {
        return (first, start + 2);
    }
    let end = body.lines().position(|line| line.trim() == delimiter);
    let length = end.map_or(body.len(), |count| body.split_inclusive('\n').take(count).map(str::len).sum());
    (body.get(..length).unwrap_or(body), start + 2 + first.len() + 1)
}
