//! Single commands: assignments, what the shell does itself, functions, scripts, and programs.

use std::rc::Rc;

use super::paths::absolute;
use super::shell::{Command, Shell, Status};
use super::symbol::is_known;
use super::syntax::{Simple, parse};

/// How often scripts and functions may call each other.
const MAX_DEPTH: usize = 8;

impl<'a> Shell<'a> {
    pub(super) fn simple(&mut self, simple: &Simple<'a>) -> Status {
        let is_assignment = |word: &&&str| assignment(word).is_some();
        let count = simple.words.iter().take_while(is_assignment).count();
        let (assignments, words) = simple.words.split_at(count);
        let values: Vec<_> = assignments
            .iter()
            .filter_map(|word| assignment(word))
            .map(|(name, value)| (name, self.expand(value)))
            .collect();
        let before = Rc::clone(&self.env);
        for (name, value) in values {
            self.set(name, value);
        }
        let words: Vec<_> = words.iter().flat_map(|word| self.words(word)).collect();
        let Some(program) = words.first().cloned() else { return Status::Yes };
        let outputs = simple.outputs.iter().map(|output| self.expand(output)).collect();
        let status = self.start(&program, words, outputs, simple);
        if !matches!(program.as_str(), "export" | "cd" | "local" | "readonly" | ":")
            && !assignments.is_empty()
        {
            self.env = before;
        }
        status
    }

    fn start(
        &mut self,
        program: &str,
        words: Vec<String>,
        outputs: Vec<String>,
        simple: &Simple<'a>,
    ) -> Status {
        let arguments = words.get(1..).unwrap_or_default();
        match program {
            ":" | "true" => Status::Yes,
            "false" => Status::No,
            "[" | "[[" | "test" => test(arguments),
            "grep" if outputs.is_empty() => {
                self.push(words, outputs, simple.at);
                Status::Unsure(self.describe_from(self.commands.len().saturating_sub(1)))
            }
            "cd" => {
                let folder = arguments.first().map_or("/", String::as_str);
                self.cwd = absolute(&self.cwd, folder);
                Status::Likely
            }
            "export" | "local" | "readonly" => {
                for (name, value) in arguments.iter().filter_map(|word| assignment(word)) {
                    self.set(name, value.to_owned());
                }
                Status::Yes
            }
            _ if self.functions.contains_key(program) => self.call(program, arguments, simple.at),
            _ => {
                if !self.script(&words, simple.at) {
                    self.push(words, outputs, simple.at);
                }
                Status::Likely
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[String], at: usize) -> Status {
        let body = self.functions.get(name).filter(|_| self.depth < MAX_DEPTH).cloned();
        let Some(body) = body else { return Status::Likely };
        self.depth += 1;
        let fixed_at = self.fixed_at;
        self.fixed_at = fixed_at.or(Some(at));
        for (number, argument) in arguments.iter().enumerate() {
            self.set(&(number + 1).to_string(), argument.clone());
        }
        let status = self.run(&body);
        self.fixed_at = fixed_at;
        self.depth -= 1;
        status
    }

    /// Runs a script that the project contains. False if the command does not start one.
    fn script(&mut self, words: &[String], at: usize) -> bool {
        let is_shell =
            |word: &&String| ["sh", "bash", "ash", "/bin/sh", "/bin/bash"].contains(&word.as_str());
        let is_flag = |word: &&String| word.starts_with('-');
        let mut flags = words.iter().skip_while(is_shell).take_while(is_flag);
        let has_shell = words.first().as_ref().is_some_and(is_shell);
        let is_text = has_shell && flags.any(|flag| flag.ends_with('c'));
        let mut rest = words.iter().skip_while(is_shell).skip_while(is_flag);
        let Some(first) = rest.next().filter(|word| word.contains('/') || has_shell) else {
            return false;
        };
        let text = if is_text { Some(first.clone()) } else { (self.scripts)(&absolute(&self.cwd, first)) };
        let Some(text) = text.filter(|_| self.depth < MAX_DEPTH) else { return false };
        let Some(node) = parse(&text) else { return false };
        let arguments = rest.enumerate().map(|(number, word)| ((number + 1).to_string(), word.clone()));
        let mut env = (*self.env).clone();
        env.extend(arguments);
        let mut inner = Shell::new(env, &self.cwd, self.machine, self.scripts);
        (inner.depth, inner.fixed_at) = (self.depth + 1, Some(self.fixed_at.unwrap_or(at)));
        inner.guard.clone_from(&self.guard);
        inner.run(&node);
        self.commands.append(&mut inner.commands);
        true
    }

    pub(super) fn push(&mut self, words: Vec<String>, outputs: Vec<String>, at: usize) {
        self.commands.push(Command {
            words,
            env: Rc::clone(&self.env),
            cwd: self.cwd.clone(),
            input: self.input.clone(),
            outputs,
            guard: self.guard.clone(),
            at: self.fixed_at.unwrap_or(at),
        });
    }
}

/// `NAME=VALUE`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then_some((name, value))
}

/// Decides the usual forms of `[ … ]`.
fn test(words: &[String]) -> Status {
    let words: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !matches!(*word, "]" | "]]")).collect();
    let is_true = match words.as_slice() {
        _ if words.iter().any(|word| !is_known(word)) => None,
        [a, "=" | "==", b] => Some(a == b),
        [a, "!=", b] => Some(a != b),
        ["-n", a] => Some(!a.is_empty()),
        ["-z", a] => Some(a.is_empty()),
        _ => None,
    };
    match is_true {
        Some(true) => Status::Yes,
        Some(false) => Status::No,
        None => Status::Unsure(words.join(" ")),
    }
}
