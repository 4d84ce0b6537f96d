//! What `$` stands for at each instruction of a Dockerfile, as far as it can be known without building.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::{Dockerfile, Instruction, Keyword};
use sixfold_image::words;
use sixfold_model::matrix::Platform;

/// The names that BuildKit gives values to, once an ARG declares them.
pub(super) const PREDEFINED: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETARCH",
    "TARGETOS",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDARCH",
    "BUILDOS",
    "BUILDVARIANT",
];

/// The variables and the working folder at an instruction.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `None` for one that is declared, and whose value is not known.
    values: BTreeMap<String, Option<String>>,
    /// Absolute.
    pub workdir: String,
}

impl Scope {
    fn global(file: &Dockerfile, platform: Platform) -> Self {
        let mut scope = Self::default();
        for name in PREDEFINED {
            scope.values.insert(name.to_owned(), None);
        }
        for (name, value) in [
            ("TARGETPLATFORM", platform.to_string()),
            ("TARGETARCH", platform.arch().to_string()),
            ("TARGETOS", "linux".to_owned()),
            ("TARGETVARIANT", String::new()),
        ] {
            scope.values.insert(name.to_owned(), Some(value));
        }
        for instruction in &file.globals {
            scope.declare(instruction, &Self::default());
        }
        scope
    }

    /// Whether an ARG or ENV has named it.
    pub fn knows(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The word without quotes and variables; `None` where a variable's value is not known.
    pub fn expand(&self, word: &str) -> Option<String> {
        let unknown = Cell::new(false);
        let lookup = |name: &str| {
            let value = self.values.get(name).and_then(Option::as_deref);
            unknown.set(unknown.get() || value.is_none());
            value
        };
        let text = words::expand(word, &lookup).ok()?;
        (!unknown.get()).then_some(text)
    }

    fn declare(&mut self, instruction: &Instruction, globals: &Self) {
        for word in instruction.line.words() {
            let (name, value) = match word.text.split_once('=') {
                Some((name, default)) => (name.to_owned(), self.expand(default)),
                None => (word.text.clone(), globals.values.get(&word.text).cloned().flatten()),
            };
            self.values.insert(name, value);
        }
    }

    fn take(&mut self, instruction: &Instruction, globals: &Self) {
        match instruction.keyword {
            Keyword::Arg => self.declare(instruction, globals),
            Keyword::Env => {
                for (name, value) in words::pairs(instruction.line.text.trim()).unwrap_or_default() {
                    let value = self.expand(&value);
                    self.values.insert(name, value);
                }
            }
            Keyword::Workdir => {
                let Some(path) = self.expand(instruction.line.text.trim()) else { return };
                self.workdir = match path.starts_with('/') {
                    true => path,
                    false => format!("{}/{path}", self.workdir.trim_end_matches('/')),
                };
            }
            _ => {}
        }
    }
}

impl Dockerfile {
    /// The stages that `stage` is made of, the first one first: itself, and those that it begins from.
    pub fn chain(&self, stage: usize, platform: Platform) -> Vec<usize> {
        let globals = Scope::global(self, platform);
        let (mut chain, mut next) = (vec![], Some(stage));
        while let Some(number) = next {
            chain.insert(0, number);
            let base = self
                .stages
                .get(number)
                .and_then(|stage| globals.expand(&stage.base.text))
                .unwrap_or_default()
                .to_lowercase();
            // Only an earlier stage can be a base, so this ends.
            next = self.stages.iter().take(number).rposition(|stage| stage.name.as_ref() == Some(&base));
        }
        chain
    }

    /// Visits every instruction of a stage and of those that it begins from, each with what it sees.
    pub fn walk<'a>(
        &'a self,
        stage: usize,
        platform: Platform,
        visit: &mut dyn FnMut(usize, &'a Instruction, &Scope),
    ) {
        let globals = Scope::global(self, platform);
        let mut scope = Scope { workdir: "/".into(), ..Scope::default() };
        for number in self.chain(stage, platform) {
            for instruction in self.stages.get(number).iter().flat_map(|stage| &stage.instructions) {
                visit(number, instruction, &scope);
                scope.take(instruction, &globals);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::source::Source;

    #[test]
    fn values_are_those_of_the_platform() {
        let text = "ARG V=2\nFROM alpine AS dl-arm64\nENV X=a\nFROM scratch AS dl-amd64\nFROM dl-$TARGETARCH\nARG TARGETARCH\nARG V NEW\nWORKDIR app\nCOPY $TARGETARCH/$V/$X /\n";
        let file = Dockerfile::parse(&Source::new("Dockerfile", text)).unwrap();
        let copied = |platform| {
            let mut found = None;
            file.walk(2, platform, &mut |_, instruction, scope| {
                if instruction.keyword == Keyword::Copy {
                    found = Some((
                        scope.expand("$TARGETARCH/$V/$X"),
                        scope.expand("$NEW"),
                        scope.workdir.clone(),
                    ));
                }
            });
            found.unwrap()
        };
        assert_eq!(file.chain(2, Platform::ALL[0]), [1, 2]);
        assert_eq!(copied(Platform::ALL[1]), (Some("arm64/2/a".into()), None, "/app".into()));
        assert_eq!(copied(Platform::ALL[0]).0, None);
    }
}
