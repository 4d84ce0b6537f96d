//! Words that this project does not use, in comments, messages, names and pages.

use std::collections::BTreeMap;

/// The files that are read.
pub(crate) const EXTENSIONS: &[&str] =
    &["css", "html", "js", "json", "md", "mjs", "rs", "snap", "toml", "ts", "tsx", "yml"];

/// Files that have to hold such a word: this list itself.
const EXEMPT: &str = "xtask/ci/tests/tidy/prose.rs";

/// Words and phrases, in lower case, with what to write instead.
const UNWANTED: [(&str, &str); 11] = [
    ("mend", "fix"),
    ("mends", "fixes; in a message a line `help: …`"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("is no file", "is not a file, or: no such file"),
    ("aside", "say where: to a temporary file, next to it"),
    ("whoever", "the user, the author, or the program that does it"),
    ("anybody", "anyone, or say who"),
    ("nobody", "no one, or say who"),
    ("goes astray", "is lost"),
    ("go astray", "are lost"),
];

/// Every line with an unwanted word, and what to write instead.
pub(crate) fn violations(texts: &BTreeMap<String, String>) -> Vec<String> {
    let texts = texts.iter().filter(|(path, _)| *path != EXEMPT);
    let lines =
        texts.flat_map(|(path, text)| text.lines().zip(1..).map(move |(line, number)| (path, line, number)));
    let found = lines.flat_map(|(path, line, number)| {
        let words = words(line);
        let unwanted = UNWANTED.iter().filter(move |(phrase, _)| words.contains(&format!(" {phrase} ")));
        unwanted.map(move |(phrase, instead)| format!("{path}:{number}: \"{phrase}\": write {instead}"))
    });
    found.collect()
}

/// The words of a line in lower case, each with a blank on both sides. `snake_case` and `CamelCase` are taken apart.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    let mut was_lower = false;
    for letter in line.chars() {
        let ends_word = !letter.is_alphabetic() || letter.is_uppercase() && was_lower;
        if ends_word && !words.ends_with(' ') {
            words.push(' ');
        }
        if letter.is_alphabetic() {
            words.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
    }
    words + " "
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> usize {
        violations(&BTreeMap::from([("a.rs".to_owned(), line.to_owned())])).len()
    }

    #[test]
    fn unwanted_words_are_found_in_prose_and_in_names() {
        assert_eq!(found("// What mends it: x is no\tfile"), 2);
        assert_eq!(found("fn what_mends_it() -> MendedFile { nobody() }"), 3);
    }

    #[test]
    fn words_that_only_contain_them_are_fine() {
        assert_eq!(found("recommend amended asides baside"), 0);
    }

    #[test]
    fn a_violation_says_where_it_is_and_what_to_write() {
        let texts = BTreeMap::from([("docs/a.md".to_owned(), "fine\nWhoever reads\n".to_owned())]);
        let found = violations(&texts);
        assert!(found[0].starts_with("docs/a.md:2: \"whoever\": write the user"), "{found:?}");
    }
}
