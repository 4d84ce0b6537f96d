//! Where a file comes from that a command makes.

use std::ops::Range;
use std::rc::Rc;

use super::effect::{Effect, Made};
use super::stage::{Origin, Step, Steps, Tracer};
use super::symbol::{MARK, is_known, limited};
use super::{below, normal};

impl Tracer<'_> {
    /// The commands in these steps that may write any file.
    pub(super) fn by_anything(&self, steps: &Steps, range: Range<usize>, path: &str) -> Origin {
        let steps_of = || steps.list.iter().enumerate().take(range.end).skip(range.start);
        let work = |made: &Made| 1 + (made.text.len() + made.named.len()) / 256;
        if !self.spend(steps_of().filter_map(|(_, step)| step.made()).map(work).sum()) {
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
        let unknown = steps_of().any(|(_, step)| matches!(&**step, Step::Copy(copy) if copy.dest.is_none()));
        let made: Vec<_> = steps_of().filter_map(step).collect();
        match made.is_empty() {
            _ if unknown => Origin::Unknown,
            true => Origin::Nowhere,
            false => Origin::Made(made),
        }
    }

    /// Adds to what made the file `path` what it was made of.
    pub(super) fn made(&self, steps: &Steps, number: usize, mut made: Made, path: &str) -> Origin {
        // The output is an argument, too.
        for input in std::mem::take(&mut made.inputs).into_iter().filter(|input| input != path) {
            match self.trace(steps, number, &input) {
                Origin::Made(inputs) => {
                    for input in inputs {
                        made.named = limited(format!("{} {}", made.named, input.named));
                        made.text = limited(made.text + &input.text);
                    }
                }
                Origin::Context { path, .. } => made = made.named(&path),
                Origin::Unknown | Origin::Image => return Origin::Unknown,
                Origin::Nowhere | Origin::Later { .. } => {}
            }
        }
        Origin::Made(vec![made])
    }

    pub(super) fn moved(
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
}
