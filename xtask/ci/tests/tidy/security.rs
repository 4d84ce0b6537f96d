//! What CI downloads is pinned by digest, and every test that docs/security.md names exists.

use std::collections::BTreeMap;

/// The page with the tables of attacks. The last cell of each row has the names of tests.
pub(crate) const PAGE: &str = "docs/security.md";
/// The first row of each of the tables.
const HEADER: &str = "| attack | result | test |";

/// Lines of workflows that use an action without a commit, or an image without a digest.
pub(crate) fn unpinned(workflows: &BTreeMap<String, String>) -> Vec<String> {
    let is_pinned = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let (action, image) = (line.strip_prefix("uses: "), line.strip_prefix("image: "));
        action.is_none_or(|name| ends_with_hex(name, "@", 40))
            && image.is_none_or(|name| ends_with_hex(name, "@sha256:", 64))
    };
    let lines = workflows.iter().flat_map(|(path, text)| text.lines().map(move |line| (path, line)));
    lines
        .filter(|(_, line)| !is_pinned(line))
        .map(|(path, line)| format!("{path}: {}", line.trim()))
        .collect()
}

fn ends_with_hex(name: &str, separator: &str, length: usize) -> bool {
    let digest = name.split(' ').next().unwrap_or_default().rsplit_once(separator);
    digest.is_some_and(|(_, hex)| hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Tests in the last column of the table that no source file has.
pub(crate) fn missing_tests(page: &str, sources: &BTreeMap<String, String>) -> Vec<String> {
    let attacks = page.split_once("\n## Attacks\n").map_or("", |(_, attacks)| attacks);
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| ---") && *line != HEADER;
    let rows = attacks.lines().filter(is_row);
    let cells = rows.filter_map(|row| Some((row, row.trim_end_matches([' ', '|']).rsplit_once(" | ")?.1)));
    let names = cells.flat_map(|(row, cell)| {
        let names: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
        let none = names.is_empty().then(|| format!("{PAGE}: no test in: {row}"));
        let exists = |name: &str| {
            let [function, title] = [format!("fn {name}("), format!("test(\"{name}\"")];
            sources.values().any(|text| text.contains(&function) || text.contains(&title))
        };
        let missing = names.into_iter().filter(move |name| !exists(name));
        none.into_iter().chain(missing.map(|name| format!("{PAGE}: there is no test `{name}`")))
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_images_need_a_digest() {
        let (commit, digest) = ("a".repeat(40), "b".repeat(64));
        let text = format!(
            "- uses: x/y@{commit} # v1\n  image: rust:1@sha256:{digest}\n- uses: x/y@v1\nimage: rust:1\nimage: r@sha256:{commit}\n"
        );
        let found = unpinned(&[("ci.yml".to_owned(), text)].into());
        let short = format!("ci.yml: image: r@sha256:{commit}");
        assert_eq!(found, ["ci.yml: - uses: x/y@v1", "ci.yml: image: rust:1", &short]);
    }

    #[test]
    fn each_row_of_the_table_names_tests_that_exist() {
        let sources =
            [("a.rs".to_owned(), "fn one() {}\nfn two() {}\ntest(\"in words\", f)".to_owned())].into();
        let rows =
            "| --- | --- | --- |\n| a | x | `one`, `two`, `in words` |\n| b | x | `three` |\n| c | none |\n";
        let page = format!("| other | table |\n\n## Attacks\n\n{HEADER}\n{rows}");
        let found = missing_tests(&page, &sources);
        let expected = ["there is no test `three`", "no test in: | c | none |"];
        assert_eq!(found, expected.map(|text| format!("{PAGE}: {text}")));
    }
}
