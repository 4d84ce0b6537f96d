//! The answers of the author: flags, or what was typed at the terminal.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use clap::error::ErrorKind;
use sixfold_inspect::labels;
use sixfold_model::reference::Repository;

/// Names that cargo or rustc would refuse for a package with a binary, or that files on Windows cannot have, or that the project
/// has already.
const TAKEN: [&str; 32] = [
    "alloc",
    "async",
    "await",
    "aux",
    "backend",
    "build",
    "con",
    "const",
    "core",
    "crate",
    "deps",
    "enum",
    "examples",
    "false",
    "fn",
    "incremental",
    "match",
    "mod",
    "nul",
    "prn",
    "proc-macro",
    "proc_macro",
    "self",
    "sixfold",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "true",
    "use",
    "xtask",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// The name of the host binary, and of its package
    #[arg(long, value_name = "NAME", value_parser = bin)]
    bin: Option<String>,
    /// The repository of the image, such as you/your-extension
    #[arg(long, value_name = "REPO")]
    image: Option<Repository>,
    /// The title of the extension and of its tab
    #[arg(long, value_parser = title)]
    title: Option<String>,
    /// Who publishes the extension
    #[arg(long, value_parser = line)]
    vendor: Option<String>,
    /// The UI: React with Docker's theme, one HTML page without a build, or none [default: react]
    #[arg(long, value_enum)]
    ui: Option<Ui>,
    /// Add a backend: a program that runs in Docker's VM, and that the UI calls
    #[arg(long)]
    backend: bool,
    /// The service that the workflows for tests and releases are for
    #[arg(long, value_enum, default_value_t)]
    ci: Ci,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Ui {
    #[default]
    React,
    Plain,
    None,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Ci {
    #[default]
    Github,
    Gitlab,
    None,
}

/// What a project is made from.
pub(super) struct Answers {
    pub bin: String,
    pub image: String,
    pub title: String,
    pub vendor: String,
    /// The answers that the template knows.
    pub chosen: Vec<&'static str>,
}

impl Flags {
    /// Asks for what the flags leave open, if there is a terminal. Otherwise a missing flag is wrong usage, which ends the
    /// program. `folder` is the name of the project's folder.
    pub(super) fn complete(self, folder: &str) -> Result<Answers> {
        let missing = self.missing();
        if missing.is_empty() {
            return self.answers(folder, &mut &b""[..], false);
        }
        if is_interactive() {
            return self.answers(folder, &mut io::stdin().lock(), true);
        }
        let message =
            format!("{} required, because there is no terminal to ask for it\n", missing.join(", "));
        clap::Error::raw(ErrorKind::MissingRequiredArgument, message).exit()
    }

    /// What the template has for the chosen service.
    pub(super) fn ci(&self) -> &'static [&'static str] {
        match self.ci {
            Ci::Github => &["github"],
            Ci::Gitlab => &["gitlab"],
            Ci::None => &[],
        }
    }

    fn missing(&self) -> Vec<&'static str> {
        let is_missing = [
            (self.bin.is_none(), "--bin"),
            (self.image.is_none(), "--image"),
            (self.title.is_none(), "--title"),
            (self.vendor.is_none(), "--vendor"),
        ];
        is_missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, flag)| flag).collect()
    }

    fn answers(self, folder: &str, input: &mut dyn BufRead, is_asked: bool) -> Result<Answers> {
        let ci = self.ci();
        let mut ask = Ask(input);
        let bin = ask.unless(self.bin, "Name of the host binary", &suggestion(folder), bin)?;
        let image = |text: &str| text.parse::<Repository>();
        let image = ask.unless(self.image, "Repository of the image", &format!("you/{bin}"), image)?;
        let title = ask.unless(self.title, "Title", &spelled(&bin), title)?;
        let vendor = ask.unless(self.vendor, "Vendor", "", line)?;
        let ui = match self.ui {
            None if !is_asked => Ui::default(),
            ui => ask.unless(ui, "UI (react, plain or none)", "react", |text| Ui::from_str(text, true))?,
        };
        let question = "Backend in Docker's VM (yes or no)";
        let has_backend = self.backend || is_asked && ask.unless(None, question, "no", yes_or_no)?;
        let ui: &[_] = match ui {
            Ui::React => &["ui", "react"],
            Ui::Plain => &["ui", "plain"],
            Ui::None => &[],
        };
        let chosen = [ui, backend(has_backend, !ui.is_empty()), ci].concat();
        Ok(Answers { bin, image: image.as_str().to_owned(), title, vendor, chosen })
    }
}

/// Whether there is someone to ask.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What the template has for a project with or without a backend, and for a page that calls it.
pub(super) fn backend(has_backend: bool, has_ui: bool) -> &'static [&'static str] {
    match (has_backend, has_ui) {
        (false, _) => &["no-backend"],
        (true, false) => &["backend"],
        (true, true) => &["backend", "backend-ui"],
    }
}

/// Asks a question that is answered with yes or no. An empty line means no.
pub(super) fn confirms(question: &str) -> Result<bool> {
    Ask(&mut io::stdin().lock()).unless(None, &format!("{question} (yes or no)"), "no", yes_or_no)
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("answer with yes or no".to_owned()),
    }
}

/// Reads answers, one in each line.
struct Ask<'a>(&'a mut dyn BufRead);

impl Ask<'_> {
    /// The given value. Without one, asks until the answer is valid; an empty line means the default.
    fn unless<T>(
        &mut self,
        given: Option<T>,
        question: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T> {
        if let Some(given) = given {
            return Ok(given);
        }
        loop {
            let hint = if default.is_empty() { String::new() } else { format!(" [{default}]") };
            eprint!("{question}{hint}: ");
            io::stderr().flush().context("cannot write to the terminal")?;
            let mut answer = String::new();
            if self.0.read_line(&mut answer).context("cannot read the answer")? == 0 {
                bail!("no answer\nhelp: run the command again, or pass the answers as flags");
            }
            match parse(if answer.trim().is_empty() { default } else { answer.trim() }) {
                Ok(value) => return Ok(value),
                Err(error) => eprintln!("{error}"),
            }
        }
    }
}

/// The name of the folder as the name of a binary, as far as possible.
fn suggestion(folder: &str) -> String {
    let lower = folder.to_ascii_lowercase();
    let plain = lower.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let name = plain.trim_matches(|c: char| !c.is_ascii_lowercase());
    bin(name).unwrap_or_default()
}

/// The words of a name, the first of which begins with a capital letter.
fn spelled(bin: &str) -> String {
    let mut letters = bin.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect::<String>().replace(['-', '_'], " ")
}

fn bin(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if text.len() > 64 || !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(plain) {
        let help = "use lower-case letters, digits, `-` and `_`, and begin with a letter";
        return Err(format!("`{}` is not a name for a binary\nhelp: {help}", text.escape_debug()));
    }
    if TAKEN.contains(&text) {
        return Err(format!(
            "`{text}` has another meaning for cargo or for the system\nhelp: use another name"
        ));
    }
    Ok(text.to_owned())
}

fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err("it must have 1 to 100 characters in one line, without control characters".to_owned());
    }
    Ok(text.to_owned())
}

fn title(text: &str) -> Result<String, String> {
    let title = line(text)?;
    labels::title_mistake(&title)
        .map_or(Ok(title), |finding| Err(format!("{}\nhelp: {}", finding.message, finding.help)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> Flags {
        Flags { bin: None, image: None, title: None, vendor: None, ui: None, backend: false, ci: Ci::None }
    }

    #[test]
    fn at_a_terminal_it_asks_until_the_answer_is_valid() {
        let typed = "Not A Name\n\nyou/thing\n\nMe\nvue\nplain\nmaybe\nyes\n";
        let answers = flags().answers("My Thing", &mut typed.as_bytes(), true).unwrap();
        assert_eq!((answers.bin.as_str(), answers.image.as_str()), ("my-thing", "you/thing"));
        assert_eq!((answers.title.as_str(), answers.vendor.as_str()), ("My thing", "Me"));
        assert_eq!(answers.chosen, ["ui", "plain", "backend", "backend-ui"]);
        let error = flags().answers("x", &mut &b"x\n"[..], true).err().unwrap().to_string();
        assert!(error.starts_with("no answer\nhelp: "), "{error}");
    }

    #[test]
    fn a_given_flag_is_not_asked_for() {
        let given = Flags { bin: Some("a".into()), title: Some("T".into()), ui: Some(Ui::None), ..flags() };
        assert_eq!(given.missing(), ["--image", "--vendor"]);
        let answers = given.answers("", &mut &b"you/a\nMe\n\n"[..], true).unwrap();
        assert_eq!(answers.chosen, ["no-backend"]);
    }

    #[test]
    fn a_name_that_cargo_or_a_system_refuses_is_an_error() {
        for name in ["", "A", "1a", "-a", "a b", "a.b", "ä", "test", "con", "xtask", "a\"]\n", "match"] {
            assert!(bin(name).is_err(), "{name:?}");
        }
        assert_eq!(bin("my-tool_2").as_deref(), Ok("my-tool_2"));
        assert_eq!(suggestion("2. Mein Täst"), "mein-t-st");
    }

    #[test]
    fn a_title_is_one_line_that_docker_accepts() {
        for text in ["", "  ", "a\nb", "a\u{1b}[2J", "My Extension", "Q & A", &"x".repeat(101)] {
            assert!(title(text).is_err(), "{text:?}");
        }
        assert_eq!(title(" Ein \"Titel\" ").as_deref(), Ok("Ein \"Titel\""));
    }
}
