//! The files of a new project.
//!
//! They are in `template/` of this crate, in folders that are named like the answer they belong to. A manifest has another
//! name there, because cargo leaves a folder with a Cargo.toml out of a package. A line `@if ANSWER@` begins what only
//! projects with this answer get, and `@end@` ends it. `@NAME@` stands for a value.

use camino::Utf8Path;

/// The files that come with an answer; `all` is for all projects.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

macro_rules! groups {
    ($($answer:literal: [$($path:literal)*])*) => {
        &[$(($answer, &[$(($path, include_str!(concat!("../../template/", $answer, "/", $path)))),*])),*]
    };
}

/// Every file of the template.
const GROUPS: &[Group] = groups! {
    "all": [
        ".cargo/config.toml" ".dockerignore" ".gitattributes" ".gitignore" "CHANGELOG.md" "Cargo.toml.in" "Dockerfile"
        "README.md" "extension/Cargo.toml.in" "extension/src/main.rs" "icon.svg" "metadata.json" "xtask/Cargo.toml.in"
        "xtask/src/main.rs"
    ]
    "react": [
        "ui/.npmrc" "ui/index.html" "ui/package-lock.json" "ui/package.json" "ui/src/App.test.tsx" "ui/src/App.tsx"
        "ui/src/Theme.tsx" "ui/src/ambient.d.ts" "ui/src/binary.ts" "ui/src/host/arguments.ts" "ui/src/host/failure.ts"
        "ui/src/host/find.ts" "ui/src/host/run.ts" "ui/src/main.tsx" "ui/src/test-setup.ts" "ui/tsconfig.json"
        "ui/vite.config.ts"
    ]
    "plain": ["ui/index.html" "ui/main.js"]
    "backend": [
        "docker-compose.yaml" "extension/backend/Cargo.toml.in" "extension/backend/src/healthcheck.rs"
        "extension/backend/src/main.rs" "extension/backend/src/server.rs"
    ]
    "github": [".github/workflows/ci.yml" ".github/workflows/release.yml"]
    "gitlab": [".gitlab-ci.yml"]
};

/// A value, and the name that stands for it in the template.
pub(super) type Value<'a> = (&'a str, &'a str);

/// The path and the text of every file of a project with these answers. `texts` are free texts, which are written as the
/// format of each file requires; `words` mean the same in every format.
pub(super) fn files(
    answers: &[&str],
    words: &[Value<'_>],
    texts: &[Value<'_>],
) -> impl Iterator<Item = (&'static str, String)> {
    let chosen = GROUPS.iter().filter(|(answer, _)| *answer == "all" || answers.contains(answer));
    chosen.flat_map(|(_, files)| *files).map(|(path, text)| {
        let path = path.trim_end_matches(".in");
        let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, written(path, text))).collect();
        let values = words.iter().copied().chain(texts.iter().map(|(name, text)| (*name, text.as_str())));
        (path, fill(&select(text, answers), &values.collect::<Vec<_>>()))
    })
}

/// Leaves out what belongs to other answers.
fn select(text: &str, answers: &[&str]) -> String {
    let mut is_chosen = true;
    let mut chosen = String::new();
    for line in text.lines() {
        match line.strip_prefix("@if ").and_then(|answer| answer.strip_suffix('@')) {
            Some(answer) => is_chosen = answers.contains(&answer),
            None if line == "@end@" => is_chosen = true,
            None if is_chosen => chosen.extend([line, "\n"]),
            None => {}
        }
    }
    chosen
}

/// Replaces each `@NAME@`. What has been put in is not looked at again.
fn fill(text: &str, values: &[Value<'_>]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let value = |(name, value): &Value<'_>| {
            let after = after.strip_prefix(name)?.strip_prefix('@')?;
            Some(((*value).to_owned(), after))
        };
        let (value, after) = values.iter().find_map(value).unwrap_or_else(|| ("@".to_owned(), after));
        filled.extend([before, &value]);
        rest = after;
    }
    filled + rest
}

/// A text as it is written in a file of this name. TOML has the same escapes as JSON.
fn written(path: &str, text: &str) -> String {
    match Utf8Path::new(path).extension() {
        Some("json" | "toml") => {
            let quoted = serde_json::Value::from(text).to_string();
            quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&quoted).to_owned()
        }
        Some("html" | "svg") => {
            escaped(text, |c| matches!(c, '&' | '<' | '>' | '"'), |c| format!("&#{};", c as u32))
        }
        _ => escaped(text, |c| c.is_ascii_punctuation() && !"-.,:'".contains(c), |c| format!("\\{c}")),
    }
}

fn escaped(text: &str, is_special: impl Fn(char) -> bool, escape: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if is_special(c) { escape(c) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_the_answers_is_kept() {
        let text = "a\n@if ui@\nb\n@end@\nc\n";
        assert_eq!(select(text, &["ui"]), "a\nb\nc\n");
        assert_eq!(select(text, &[]), "a\nc\n");
    }

    #[test]
    fn a_value_is_not_filled_again_and_other_at_signs_stay() {
        let values = [("A", "@B@"), ("B", "b")];
        assert_eq!(fill("x@y.z @A@@B@ @docker/theme@1", &values), "x@y.z @B@b @docker/theme@1");
    }

    #[test]
    fn a_text_cannot_leave_its_place() {
        let hostile = "a\"b\\c</title><x> `d`";
        let toml: toml::Table = format!("title = \"{}\"", written("Cargo.toml", hostile)).parse().unwrap();
        assert_eq!(toml["title"].as_str(), Some(hostile));
        let json: serde_json::Value =
            serde_json::from_str(&format!("\"{}\"", written("metadata.json", hostile))).unwrap();
        assert_eq!(json, hostile);
        assert_eq!(written("index.html", "</title>\"&"), "&#60;/title&#62;&#34;&#38;");
        assert_eq!(written("README.md", "[a](b) `c`"), "\\[a\\]\\(b\\) \\`c\\`");
    }

    #[test]
    fn free_texts_are_only_in_files_whose_format_is_known() {
        let texts = [("TITLE", "free"), ("VENDOR", "free")];
        for answers in [&["ui", "react", "github"], &["ui", "plain", "gitlab"]] {
            for (path, text) in files(answers, &[], &texts) {
                let is_known = ["json", "toml", "html", "svg", "md"]
                    .contains(&Utf8Path::new(path).extension().unwrap_or_default());
                assert!(is_known || !text.contains("free"), "{path}");
            }
        }
    }

    #[test]
    fn no_mark_of_the_template_is_left() {
        let words = [("BIN", "b"), ("IMAGE", "i"), ("TOOL", "t")];
        for answers in [
            &["ui", "react", "github", "backend", "backend-ui"][..],
            &["ui", "plain", "gitlab", "no-backend"],
            &["no-backend"],
        ] {
            for (path, text) in files(answers, &words, &[("TITLE", "t"), ("VENDOR", "v")]) {
                let is_mark = |word: &str| {
                    word.len() > 2 && word.bytes().all(|c| c.is_ascii_uppercase()) || word.starts_with("if ")
                };
                assert!(!text.split('@').skip(1).any(is_mark), "{path}: {text}");
            }
        }
    }
}
