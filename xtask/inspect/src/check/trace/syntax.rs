//! The structure of a shell command: lists, pipelines, `if`, `case`, loops and functions.

use super::tokens::{Token, tokens};

/// A command and what it is made of. Words keep their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Simple(Simple<'a>),
    Pipe(Vec<Node<'a>>),
    /// Each command with the operator before it: `;`, `&&` or `||`.
    List(Vec<(&'a str, Node<'a>)>),
    Not(Box<Node<'a>>),
    /// Conditions with what they guard. The last one may be an empty list, for `else`.
    If(Vec<(Node<'a>, Node<'a>)>),
    Case(&'a str, Vec<(Vec<&'a str>, Node<'a>)>),
    For(&'a str, Vec<&'a str>, Box<Node<'a>>),
    While(Box<Node<'a>>, Box<Node<'a>>),
    Function(&'a str, Box<Node<'a>>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Simple<'a> {
    pub words: Vec<&'a str>,
    /// The files that standard output is written to.
    pub outputs: Vec<&'a str>,
    /// The byte offset of the first word.
    pub at: usize,
}

/// Reads a command. `None` if it has syntax that is not known here.
pub(super) fn parse(text: &str) -> Option<Node<'_>> {
    let mut parser = Parser { tokens: tokens(text), next: 0, depth: 0 };
    let list = parser.list()?;
    parser.peek().is_none().then_some(list)
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
}

/// How deeply commands may be nested: each level takes stack.
const MAX_DEPTH: usize = 50;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).copied()
    }

    fn take(&mut self, operator: &str) -> bool {
        let is_it = self.peek() == Some(Token::Operator(operator));
        self.next += usize::from(is_it);
        is_it
    }

    fn skip(&mut self, separators: &[&str]) {
        while separators.iter().any(|separator| self.take(separator)) {}
    }

    /// The next word, if it is one of these.
    fn keyword(&mut self, words: &[&str]) -> Option<&'a str> {
        let Some(Token::Word(word, _)) = self.peek() else { return None };
        words.contains(&word).then(|| {
            self.next += 1;
            word
        })
    }

    fn word(&mut self) -> Option<&'a str> {
        let Some(Token::Word(word, _)) = self.peek() else { return None };
        self.next += 1;
        Some(word)
    }

    /// Commands up to what ends the group that they are in.
    fn list(&mut self) -> Option<Node<'a>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut items = vec![];
        let mut joint = ";";
        loop {
            self.skip(&[";", "&"]);
            let ends = ["then", "elif", "else", "fi", "do", "done", "esac", "}"];
            match self.peek() {
                None | Some(Token::Operator(")" | ";;")) => break,
                Some(Token::Word(word, _)) if ends.contains(&word) => break,
                _ => items.push((joint, self.pipe()?)),
            }
            joint = match self.peek() {
                Some(Token::Operator(operator @ ("&&" | "||"))) => {
                    self.next += 1;
                    operator
                }
                _ => ";",
            };
        }
        self.depth -= 1;
        Some(Node::List(items))
    }

    fn pipe(&mut self) -> Option<Node<'a>> {
        self.skip(&[";"]);
        if self.keyword(&["!"]).is_some() {
            return Some(Node::Not(Box::new(self.pipe()?)));
        }
        let mut parts = vec![self.command()?];
        while self.take("|") || self.take("|&") {
            self.skip(&[";"]);
            parts.push(self.command()?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Node::Pipe(parts)) }
    }

    fn command(&mut self) -> Option<Node<'a>> {
        if self.take("(") {
            let list = self.list()?;
            return self.take(")").then_some(list).and_then(|list| self.with_redirections(list));
        }
        let compound = match self.keyword(&["{", "if", "case", "for", "while", "until", "function"]) {
            None => return self.simple(),
            Some("{") => self.until(&["}"])?.0,
            Some("if") => self.branches()?,
            Some("case") => self.case()?,
            Some("for") => self.each()?,
            Some("function") => {
                let name = self.word()?;
                return self.function(name);
            }
            Some(_) => {
                let (condition, _) = self.until(&["do"])?;
                Node::While(Box::new(condition), Box::new(self.until(&["done"])?.0))
            }
        };
        self.with_redirections(compound)
    }

    /// A list, and the word that ends it.
    fn until(&mut self, ends: &[&str]) -> Option<(Node<'a>, &'a str)> {
        let list = self.list()?;
        Some((list, self.keyword(ends)?))
    }

    fn branches(&mut self) -> Option<Node<'a>> {
        let mut branches = vec![];
        loop {
            let (condition, _) = self.until(&["then"])?;
            let (body, end) = self.until(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            match end {
                "elif" => {}
                "else" => {
                    branches.push((Node::List(vec![]), self.until(&["fi"])?.0));
                    return Some(Node::If(branches));
                }
                _ => return Some(Node::If(branches)),
            }
        }
    }

    fn case(&mut self) -> Option<Node<'a>> {
        let word = self.word()?;
        self.skip(&[";"]);
        self.keyword(&["in"])?;
        let mut arms = vec![];
        loop {
            self.skip(&[";", ";;"]);
            if self.keyword(&["esac"]).is_some() {
                return Some(Node::Case(word, arms));
            }
            self.take("(");
            let mut patterns = vec![self.word()?];
            while self.take("|") {
                patterns.push(self.word()?);
            }
            arms.push((patterns, self.take(")").then(|| self.list())??));
        }
    }

    fn each(&mut self) -> Option<Node<'a>> {
        let name = self.word()?;
        self.keyword(&["in"])?;
        let mut words = vec![];
        while let Some(Token::Word(word, _)) = self.peek() {
            words.push(word);
            self.next += 1;
        }
        self.skip(&[";"]);
        self.keyword(&["do"])?;
        Some(Node::For(name, words, Box::new(self.until(&["done"])?.0)))
    }

    fn function(&mut self, name: &'a str) -> Option<Node<'a>> {
        if self.take("(") && !self.take(")") {
            return None;
        }
        self.skip(&[";"]);
        Some(Node::Function(name, Box::new(self.command()?)))
    }

    fn simple(&mut self) -> Option<Node<'a>> {
        let mut simple = Simple::default();
        loop {
            match self.peek() {
                Some(Token::Word(word, at)) => {
                    if simple.words.is_empty() {
                        simple.at = at;
                    }
                    self.next += 1;
                    simple.words.push(word);
                }
                Some(Token::Operator("(")) if simple.words.len() == 1 => {
                    return self.function(simple.words.first()?);
                }
                _ if self.redirection(&mut simple.outputs)? => {}
                _ => {
                    return (!simple.words.is_empty() || !simple.outputs.is_empty())
                        .then_some(Node::Simple(simple));
                }
            }
        }
    }

    /// Reads a redirection if there is one.
    fn redirection(&mut self, outputs: &mut Vec<&'a str>) -> Option<bool> {
        let is_output = match self.peek() {
            Some(Token::Operator(">" | ">>" | ">|" | "&>" | "&>>")) => true,
            Some(Token::Operator("<" | "<<" | "<<-" | "<<<" | ">&" | "<&") | Token::Ignored) => false,
            _ => return Some(false),
        };
        self.next += 1;
        let word = self.word()?;
        outputs.extend(is_output.then_some(word));
        Some(true)
    }

    /// A group whose output is written to files: the last command of a pipeline writes them.
    fn with_redirections(&mut self, node: Node<'a>) -> Option<Node<'a>> {
        let mut outputs = vec![];
        while self.redirection(&mut outputs)? {}
        let tee = Simple { words: vec!["cat"], outputs, at: 0 };
        Some(if tee.outputs.is_empty() { node } else { Node::Pipe(vec![node, Node::Simple(tee)]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_structures_are_read() {
        for text in [
            "",
            "a && b || c; d &",
            "if [ a = b ]; then c; elif d; then e; else f; fi",
            "if a\nthen\n b\nfi\n",
            "case $x in a|b) c;; *) d; esac",
            "case $x in\n (a) c ;;\n esac && e",
            "for i in a b; do c $i; done",
            "while read x; do y; done <f",
            "f() { a \"$1\"; }; f b",
            "( cd a && b ) > c",
            "! a | b",
            "{ a; b; } | c",
            "a &&\n b",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in ["if a; then b", "a )", "for x; do", "case a", "a; }", "((((("] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"(".repeat(10_000)), None);
    }

    proptest::proptest! {
        #[test]
        fn any_words_can_be_read(text in "((if|then|fi|case|in|esac|for|do|done|a|!|\\(|\\)|\\{|\\}|;|;;|&&|>|\\|) ){0,30}") {
            parse(&text);
        }
    }
}
