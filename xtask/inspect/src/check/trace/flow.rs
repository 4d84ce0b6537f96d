//! What decides which commands run: lists, `if`, `case` and loops.

use std::rc::Rc;

use super::shell::{Shell, Status};
use super::symbol::{is_known, symbol};
use super::syntax::Node;

/// The most rounds of a loop that are followed.
const MAX_ROUNDS: usize = 20;

impl<'a> Shell<'a> {
    /// Runs something that may not run. The variables that it sets are unknown afterwards.
    pub(super) fn guarded(&mut self, condition: &str, run: impl FnOnce(&mut Self) -> Status) -> Status {
        let (guard, before) = (self.guard.clone(), Rc::clone(&self.env));
        self.guard = format!("{guard} {condition}?");
        run(self);
        self.guard = guard;
        let changed: Vec<_> =
            self.env.iter().filter(|(name, value)| before.get(*name) != Some(value)).collect();
        let symbols = changed
            .into_iter()
            .map(|(name, value)| (name.clone(), symbol(&format!("{value} if {condition}"))));
        let symbols: Vec<_> = symbols.collect();
        Rc::make_mut(&mut self.env).extend(symbols);
        Status::Likely
    }

    pub(super) fn list(&mut self, items: &[(&'a str, Node<'a>)]) -> Status {
        let mut status = Status::Yes;
        for (joint, node) in items {
            status = match (*joint, status) {
                ("&&", Status::No) => Status::No,
                ("||", Status::Yes) => Status::Yes,
                ("&&" | "||", Status::Unsure(condition)) => self.guarded(&condition, |shell| shell.run(node)),
                ("||", Status::Likely) => self.guarded("||", |shell| shell.run(node)),
                _ => self.run(node),
            };
        }
        status
    }

    pub(super) fn branches(&mut self, branches: &[(Node<'a>, Node<'a>)]) -> Status {
        let mut open = String::new();
        for (condition, body) in branches {
            let condition = self.condition(condition);
            match (condition.as_str(), open.is_empty()) {
                ("false", _) => continue,
                ("true", true) => return self.run(body),
                _ => open = format!("{open} {condition}"),
            }
            let guard = open.clone();
            self.guarded(&guard, |shell| shell.run(body));
            if condition == "true" {
                break;
            }
        }
        Status::Likely
    }

    pub(super) fn case(&mut self, word: &str, arms: &[(Vec<&'a str>, Node<'a>)]) -> Status {
        let value = self.expand(word);
        for (patterns, body) in arms {
            if !is_known(&value) {
                self.guarded(&value, |shell| shell.run(body));
            } else if patterns.iter().any(|pattern| matches(pattern.trim_matches(['"', '\'']), &value)) {
                return self.run(body);
            }
        }
        Status::Likely
    }

    pub(super) fn each(&mut self, name: &str, words: &[&str], body: &Node<'a>) -> Status {
        let words: Vec<_> = words.iter().flat_map(|word| self.words(word)).collect();
        if words.len() > MAX_ROUNDS || words.iter().any(|word| !is_known(word)) {
            let words = words.join(" ");
            self.set(name, symbol(&words));
            return self.guarded(&words, |shell| shell.run(body));
        }
        for word in words {
            self.set(name, word);
            self.run(body);
        }
        Status::Likely
    }
}

/// Whether the pattern of `case` matches. `*` may only be at its ends.
fn matches(pattern: &str, text: &str) -> bool {
    let inner = pattern.trim_matches('*');
    match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (true, true) => text.contains(inner),
        (true, false) => text.ends_with(inner),
        (false, true) => text.starts_with(inner),
        (false, false) => text == pattern,
    }
}
