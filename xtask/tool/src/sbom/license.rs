//! Licences as packages state them.

/// The names that packages of Rust and npm commonly use, from <https://spdx.org/licenses/>.
const LICENSES: &[&str] = &[
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "EPL-2.0",
    "EUPL-1.2",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "NCSA",
    "OpenSSL",
    "Python-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "WTFPL",
    "Zlib",
];
const EXCEPTIONS: &[&str] = &["LLVM-exception", "Classpath-exception-2.0"];

/// The expression, if it consists of these names. Old packages of Rust write `/` for OR.
pub(super) fn expression(stated: &str) -> Option<String> {
    let text = stated.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = text.split_whitespace().collect();
    let (mut depth, mut before) = (0_u32, "OR");
    for word in &words {
        let is_operator = |word: &str| matches!(word, "AND" | "OR");
        let wants_name = is_operator(before) || before == "(";
        let fits = match *word {
            "(" => wants_name,
            ")" => depth > 0 && !wants_name && before != "WITH",
            "AND" | "OR" => !wants_name && before != "WITH",
            "WITH" => LICENSES.contains(&before),
            name if before == "WITH" => EXCEPTIONS.contains(&name),
            name => wants_name && LICENSES.contains(&name),
        };
        if !fits {
            return None;
        }
        match *word {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        before = word;
    }
    let is_complete = depth == 0 && !words.is_empty() && !matches!(before, "AND" | "OR" | "WITH");
    is_complete.then(|| words.join(" ").replace("( ", "(").replace(" )", ")"))
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn only_expressions_of_known_names_are_kept() {
        for (stated, expected) in [
            ("MIT", Some("MIT")),
            ("MIT/Apache-2.0", Some("MIT OR Apache-2.0")),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", Some("(MIT OR Apache-2.0) AND Unicode-3.0")),
            ("Apache-2.0 WITH LLVM-exception OR MIT", Some("Apache-2.0 WITH LLVM-exception OR MIT")),
            ("UNLICENSED", None),
            ("SEE LICENSE IN LICENSE.md", None),
            ("MIT Apache-2.0", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT)", None),
            ("MIT WITH MIT", None),
            ("", None),
        ] {
            assert_eq!(expression(stated).as_deref(), expected, "{stated}");
        }
    }
}
