//! The variables and the working directory that an instruction sees.
//!
//! One set of rules for the builtin engine and for `check` (BuildKit's `frontend/dockerfile/dockerfile2llb/convert.go`).
//! They differ in what an unknown variable means: the engine builds from scratch and without build arguments, so it is
//! empty; `check` does not know the base image or the build arguments, so it cannot tell.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::file::Dockerfile;
use super::instruction::{Instruction, Keyword};
use super::problem::{Problem, invalid, unsupported};
use super::words;
use sixfold_model::matrix::Platform;

/// The arguments that BuildKit sets, once an ARG declares them.
pub const PREDEFINED: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETARCH",
    "TARGETOS",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDARCH",
    "BUILDOS",
    "BUILDVARIANT",
];

/// The longest value, in bytes: more than Linux allows for an environment variable.
const LONGEST: usize = 256 << 10;

/// A word with its variables expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// Unknown variables are empty in it.
    pub text: String,
    /// False if a variable is unknown.
    pub is_known: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Of ARG and ENV so far; of two with the same name, the later.
    values: BTreeMap<String, Expanded>,
    /// The names of ARG and ENV so far, with or without a value.
    declared: BTreeSet<String>,
    /// Absolute.
    pub workdir: String,
}

impl Scope {
    /// What is set before the first instruction: BuildKit's own arguments, as far as they depend on the image alone.
    pub(crate) fn predefined(platform: Platform) -> Self {
        let mut scope = Self::default();
        for (name, value) in [
            ("TARGETPLATFORM", platform.to_string()),
            ("TARGETARCH", platform.arch().to_string()),
            ("TARGETOS", "linux".to_owned()),
            ("TARGETVARIANT", String::new()),
        ] {
            scope.set(name, value);
        }
        scope
    }

    /// What is set at the first instruction of a stage: nothing. ARG takes values from the global scope.
    pub(crate) fn stage() -> Self {
        Self { workdir: "/".to_owned(), ..Self::default() }
    }

    /// True if an ARG or ENV has named the variable.
    pub fn declares(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    /// Removes quotes from a word and expands its variables. Fails on a word that BuildKit rejects, and on a modifier that
    /// is not implemented here.
    pub(crate) fn expand(&self, word: &str) -> Result<Expanded, Problem> {
        let is_known = Cell::new(true);
        let lookup = |name: &str| {
            let value = self.values.get(name);
            is_known.set(is_known.get() && value.is_some_and(|value| value.is_known));
            value.map(|value| value.text.as_str())
        };
        let text = words::expand(word, &lookup)?;
        if text.len() > LONGEST {
            // Without a limit, `ENV A=$A$A` doubles it again and again.
            return unsupported(format!(
                "a text is longer than {} KiB with its variables expanded",
                LONGEST >> 10
            ));
        }
        Ok(Expanded { text, is_known: is_known.get() })
    }

    /// The expanded word. `None` if a variable is unknown, or if the word cannot be read.
    pub fn known(&self, word: &str) -> Option<String> {
        let expanded = self.expand(word).ok()?;
        expanded.is_known.then_some(expanded.text)
    }

    /// The expanded names and values of LABEL or ENV. Every pair sees the variables before the instruction.
    pub fn pairs(&self, item: &Instruction) -> Result<Vec<(String, Expanded)>, Problem> {
        let pairs = item.pairs();
        let is_old_form = pairs.len() == 1;
        let expand = |pair: super::instruction::Pair| {
            let Some(value) = pair.value else {
                let word = &pair.word.text;
                return match is_old_form {
                    true => invalid(format!("`{word}` has no value\nhelp: write `{word}=VALUE`")),
                    false => invalid(format!(
                        "`{word}` is not of the form NAME=VALUE\nhelp: put a value that contains spaces in quotes"
                    )),
                };
            };
            match self.expand(&pair.name)?.text {
                name if name.is_empty() => invalid(format!("`{}` has no name", pair.word.text)),
                name => Ok((name, self.expand(&value)?)),
            }
        };
        pairs.into_iter().map(expand).collect()
    }

    /// Takes in an ARG. `globals` has the values of arguments without a default; before FROM it is `None`.
    pub(crate) fn declare(&mut self, item: &Instruction, globals: Option<&Self>) -> Result<(), Problem> {
        for pair in item.pairs() {
            let value = match &pair.value {
                Some(default) => Some(self.expand(default)?),
                None => globals.and_then(|globals| globals.values.get(&pair.name)).cloned(),
            };
            self.values.extend(value.map(|value| (pair.name.clone(), value)));
            self.declared.insert(pair.name);
        }
        Ok(())
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.set_expanded(name.to_owned(), Expanded { text: value, is_known: true });
    }

    pub(crate) fn set_expanded(&mut self, name: String, value: Expanded) {
        self.declared.insert(name.clone());
        self.values.insert(name, value);
    }

    /// The value of a variable, if it has one.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.text.as_str())
    }

    /// The variables that are set.
    pub fn variables(&self) -> impl Iterator<Item = (&String, &Expanded)> {
        self.values.iter()
    }

    /// A path as seen from the working directory. It is not normalised.
    pub fn absolute(&self, path: &str) -> String {
        match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("{}/{path}", self.workdir.trim_end_matches('/')),
        }
    }

    /// Takes in any instruction, for `check`: what is wrong with it is for another rule to report.
    fn take(&mut self, item: &Instruction, globals: &Self) {
        match item.keyword {
            Keyword::Arg => {
                let _ = self.declare(item, Some(globals));
            }
            Keyword::Env => {
                for (name, value) in self.pairs(item).unwrap_or_default() {
                    self.set_expanded(name, value);
                }
            }
            Keyword::Workdir => {
                if let Some(path) = self.known(item.line.text.trim()) {
                    self.workdir = self.absolute(&path);
                }
            }
            _ => {}
        }
    }
}

impl Dockerfile {
    fn global_scope(&self, platform: Platform) -> Scope {
        let mut globals = Scope::predefined(platform);
        for item in &self.globals {
            let _ = globals.declare(item, None);
        }
        globals
    }

    /// The indexes of the stages that `stage` is built from, lowest first: those that it starts from, and itself.
    fn chain(&self, stage: usize, globals: &Scope) -> Vec<usize> {
        let (mut chain, mut next) = (vec![], Some(stage));
        while let Some(number) = next {
            chain.insert(0, number);
            let base = self.stages.get(number).and_then(|stage| globals.known(&stage.base.text));
            // Only an earlier stage can be a base, so this ends.
            next = self.named(&base.unwrap_or_default(), number);
        }
        chain
    }

    /// The index of the stage before `stage` that has this name.
    fn named(&self, name: &str, stage: usize) -> Option<usize> {
        let name = name.to_lowercase();
        let earlier = self.stages.get(..stage).unwrap_or_default();
        earlier.iter().rposition(|stage| stage.name.as_ref() == Some(&name))
    }

    /// The index of the stage that `COPY --from=NAME` in `stage` means, which is a name or a number.
    pub fn find_stage(&self, name: &str, stage: usize) -> Option<usize> {
        self.named(name, stage).or_else(|| name.parse().ok().filter(|number| *number < stage))
    }

    /// The stage that starts the chain of a stage, and its base image; `None` if a variable in it is unknown.
    pub fn base(&self, stage: usize, platform: Platform) -> (usize, Option<String>) {
        let globals = self.global_scope(platform);
        let root = self.chain(stage, &globals).first().copied().unwrap_or(stage);
        (root, self.stages.get(root).and_then(|stage| globals.known(&stage.base.text)))
    }

    /// The stage that a stage starts from.
    pub fn parent(&self, stage: usize, platform: Platform) -> Option<usize> {
        self.chain(stage, &self.global_scope(platform)).into_iter().nth_back(1)
    }

    /// Visits every instruction of a stage and of those that it starts from, in order, with the index of its stage and with
    /// what it sees.
    pub fn walk<'a>(
        &'a self,
        stage: usize,
        platform: Platform,
        visit: &mut dyn FnMut(usize, &'a Instruction, &Scope),
    ) {
        let globals = self.global_scope(platform);
        let mut scope = Scope::stage();
        for number in self.chain(stage, &globals) {
            for item in self.stages.get(number).iter().flat_map(|stage| &stage.instructions) {
                visit(number, item, &scope);
                scope.take(item, &globals);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_depend_on_the_platform() {
        let text = "ARG V=2\nFROM alpine AS dl-arm64\nENV X=a\nFROM scratch AS dl-amd64\nFROM dl-$TARGETARCH\nARG TARGETARCH\nARG V NEW\nWORKDIR app\nCOPY $TARGETARCH/$V/$X /\n";
        let file = Dockerfile::parse(text).unwrap();
        let copied = |platform| {
            let mut found = None;
            file.walk(2, platform, &mut |_, item, scope| {
                if item.keyword == Keyword::Copy {
                    found =
                        Some((scope.known("$TARGETARCH/$V/$X"), scope.known("$NEW"), scope.workdir.clone()));
                }
            });
            found.unwrap()
        };
        assert_eq!(file.chain(2, &file.global_scope(Platform::ALL[0])), [1, 2]);
        assert_eq!((file.parent(2, Platform::ALL[1]), file.parent(1, Platform::ALL[1])), (Some(0), None));
        assert_eq!(copied(Platform::ALL[1]), (Some("arm64/2/a".into()), None, "/app".into()));
        assert_eq!(copied(Platform::ALL[0]).0, None);
    }

    #[test]
    fn pairs_that_buildkit_rejects_are_invalid() {
        for bad in ["a", "a=b c", "=x"] {
            let file = Dockerfile::parse(&format!("FROM scratch\nLABEL {bad}\n")).unwrap();
            let found = Scope::stage().pairs(&file.stages[0].instructions[0]);
            assert!(matches!(found, Err(Problem::Invalid(_))), "{bad}: {found:?}");
        }
    }
}
