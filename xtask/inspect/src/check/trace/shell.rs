//! Runs shell commands on paper: finds out which programs RUN starts for a platform, and with which arguments.
//!
//! Variables, `case`, `if`, `for`, functions and scripts from the build context are followed as far as their values are
//! known. A command that may or may not run is kept with the conditions that decide it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use sixfold_model::matrix::{Arch, Platform};

use super::symbol::{digest, is_pure, limited, symbol};
use super::syntax::{Node, parse};

/// The machine that a stage runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    /// That of the image's platform.
    Target(Platform),
    /// The same for both platforms; the text is what `--platform` says.
    Fixed(String),
}

impl Machine {
    /// The architecture of the image, if the stage runs on it.
    pub(super) fn arch(&self) -> Option<Arch> {
        match self {
            Self::Target(platform) => Some(platform.arch()),
            Self::Fixed(_) => None,
        }
    }
}

/// A program that is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The program and its arguments.
    pub words: Vec<String>,
    pub env: Rc<BTreeMap<String, String>>,
    pub cwd: String,
    /// What is piped into it.
    pub input: String,
    /// The files that its output is written to.
    pub outputs: Vec<String>,
    /// What has to be true for it to run; empty if it certainly runs.
    pub guard: String,
    /// The byte offset in the text of RUN.
    pub at: usize,
}

/// How a command ends.
pub(super) enum Status {
    Yes,
    No,
    /// It has to succeed for the build to go on.
    Likely,
    /// It decides what runs next; the text describes it.
    Unsure(String),
}

/// Reads a file that an earlier instruction has put into the stage, if it is a shell script.
pub(super) type Scripts<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) struct Shell<'a> {
    pub env: Rc<BTreeMap<String, String>>,
    pub cwd: String,
    pub machine: &'a Machine,
    pub scripts: Scripts<'a>,
    pub commands: Vec<Command>,
    pub(super) functions: BTreeMap<String, Rc<Node<'a>>>,
    pub(super) guard: String,
    pub(super) input: String,
    /// The place of every command, inside of a script.
    pub(super) fixed_at: Option<usize>,
    pub(super) depth: usize,
    pub(super) word_depth: Cell<usize>,
}

/// The most commands that are followed.
const MAX_COMMANDS: usize = 2000;

impl<'a> Shell<'a> {
    pub(super) fn new(
        env: BTreeMap<String, String>,
        cwd: &str,
        machine: &'a Machine,
        scripts: Scripts<'a>,
    ) -> Self {
        Self {
            env: Rc::new(env),
            cwd: cwd.to_owned(),
            machine,
            scripts,
            commands: vec![],
            functions: BTreeMap::new(),
            guard: String::new(),
            input: String::new(),
            fixed_at: None,
            depth: 0,
            word_depth: Cell::new(0),
        }
    }

    /// Runs the text of a RUN. What cannot be read becomes a single unknown command.
    pub(super) fn run_text(&mut self, text: &'a str) {
        match parse(text) {
            Some(node) => {
                self.run(&node);
            }
            None => self.push(vec![symbol(text)], vec![], 0),
        }
    }

    /// What a program sees besides its arguments.
    pub(super) fn surroundings(&self) -> String {
        match self.machine {
            Machine::Target(platform) => platform.to_string(),
            Machine::Fixed(_) => digest(&self.env),
        }
    }

    pub(super) fn run(&mut self, node: &Node<'a>) -> Status {
        if self.commands.len() > MAX_COMMANDS {
            return Status::Likely;
        }
        match node {
            Node::Simple(simple) => self.simple(simple),
            Node::List(items) => self.list(items),
            Node::Pipe(parts) => self.pipe(parts),
            Node::Not(inner) => match self.run(inner) {
                Status::Yes => Status::No,
                Status::No => Status::Yes,
                Status::Likely => Status::Unsure("!".to_owned()),
                unsure => unsure,
            },
            Node::If(branches) => self.branches(branches),
            Node::Case(word, arms) => self.case(word, arms),
            Node::For(name, words, body) => self.each(name, words, body),
            Node::While(condition, body) => {
                let condition = self.condition(condition);
                self.guarded(&condition, |shell| shell.run(body))
            }
            Node::Function(name, body) => {
                self.functions.insert((*name).to_owned(), Rc::new((**body).clone()));
                Status::Yes
            }
        }
    }

    fn pipe(&mut self, parts: &[Node<'a>]) -> Status {
        let input = std::mem::take(&mut self.input);
        let mut status = Status::Likely;
        for part in parts {
            let first = self.commands.len();
            status = self.run(part);
            self.input = limited(self.describe_from(first));
        }
        let described = std::mem::replace(&mut self.input, input);
        match status {
            Status::Unsure(_) => Status::Unsure(described),
            _ => Status::Likely,
        }
    }

    /// A text for the commands from an index on, equal for two platforms only if they do the same.
    pub(super) fn describe_from(&self, first: usize) -> String {
        let commands = self.commands.iter().skip(first);
        commands.map(|command| format!("{}|{}", command.input, self.identity(command))).collect()
    }

    /// A text that is equal for two platforms only if the command does the same on both.
    pub(super) fn identity(&self, command: &Command) -> String {
        let words = command.words.join(" ");
        match command.words.first().is_some_and(|program| is_pure(program)) {
            true => words,
            false => format!("{words} {}", self.surroundings()),
        }
    }

    /// A text for a condition that cannot be decided, or `true` or `false`.
    pub(super) fn condition(&mut self, node: &Node<'a>) -> String {
        let first = self.commands.len();
        match self.run(node) {
            Status::Yes => "true".to_owned(),
            Status::No => "false".to_owned(),
            Status::Unsure(text) => text,
            Status::Likely => self.describe_from(first),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        Rc::make_mut(&mut self.env).insert(name.to_owned(), limited(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runs for amd64 on the image's platform; a command that may not run has a `?`.
    fn run(text: &str) -> Vec<String> {
        let machine = Machine::Target(Platform::ALL[0]);
        let script = |path: &str| path.ends_with("/get.sh").then(|| "curl $1/$(uname -m)".to_owned());
        let env = [("TARGETARCH".to_owned(), "amd64".to_owned())].into();
        let mut shell = Shell::new(env, "/", &machine, &script);
        shell.run_text(text);
        let show = |command: &Command| {
            let guard = if command.guard.is_empty() { "" } else { "? " };
            format!("{guard}{}", command.words.join(" ").replace('\u{1}', "_"))
        };
        shell.commands.iter().map(show).collect()
    }

    #[test]
    fn conditions_on_the_platform_are_decided() {
        for (text, expected) in [
            ("if [ amd64 = \"$TARGETARCH\" ]; then a; else b; fi", "a"),
            ("[ $TARGETARCH = arm64 ] && a; b", "b"),
            ("[ $TARGETARCH = arm64 ] || a", "a"),
            ("test \"${TARGETARCH}\" != arm64 && a", "a"),
            ("case $TARGETARCH in arm64) X=1;; amd*) X=2;; esac; a $X", "a 2"),
            ("case $(uname -m) in x86_64) a;; *) b;; esac", "a"),
            ("A=$(dpkg --print-architecture); a ${A}-${B:-c}", "a amd64-c"),
            ("for i in x y; do a $i; done", "a x, a y"),
            ("L='x y'; for i in $L; do a $i; done", "a x, a y"),
            ("f() { a \"$1\"; }; f x; f y", "a x, a y"),
            ("chmod +x /get.sh && /get.sh https://x", "chmod +x /get.sh, curl https://x/x86_64"),
            ("sh -e ./get.sh x", "curl x/x86_64"),
            ("sh -ec 'a && [ $TARGETARCH = arm64 ] || b'", "a, b"),
            ("X=1 a; b $X", "a, b _X_"),
        ] {
            assert_eq!(run(text).join(", "), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_decided_may_run() {
        for (text, expected) in [
            ("if [ \"$CI\" = 1 ]; then a; fi", "? a"),
            ("if b; then a; fi", "b, ? a"),
            ("b || a", "b, ? a"),
            ("echo $X | grep -q y && a", "echo _X_, grep -q y, ? a"),
            ("while read x; do a; done", "read x, ? a"),
            ("a )", "_a )_"),
        ] {
            assert_eq!(run(text).join(", "), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_command_can_be_run(text in "(if |then |fi |case |in |esac |for |do |done |a|f\\(\\)|!|\\(|\\)|\\{|\\}|;|;;|&&|>|\\||\\$|\\$\\(|=|'|\"|\\$1|f|\n| ){0,30}") {
            run(&text);
        }
    }
}
