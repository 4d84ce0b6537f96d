//! The names that GitHub workflows give the image.

use std::collections::BTreeMap;

use sixfold_inspect::check::source::Source;

use super::makefile::image_words;
use super::reference::Reference;
use super::sources::Sources;

const FOLDER: &str = ".github/workflows";

/// The workflows of the repository, by name.
pub(super) fn files(sources: &Sources) -> Vec<String> {
    let entries = sources.root.join(FOLDER).read_dir_utf8().into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| format!("{FOLDER}/{}", entry.file_name())).collect();
    names.retain(|name| name.ends_with(".yml") || name.ends_with(".yaml"));
    names.sort();
    names
}

/// The images in `tags` and `images` of actions, and in commands with `docker`. Reads lines: what a line cannot tell is not
/// found.
pub(super) fn references(source: &Source) -> Vec<Reference> {
    let mut found = vec![];
    let (mut at, mut list): (usize, Option<usize>) = (0, None);
    let variables = variables(&source.text);
    for line in source.text.split_inclusive('\n') {
        let (start, body) = (at, line.trim());
        at += line.len();
        let indent = line.len() - line.trim_start().len();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        list = list.filter(|outer| indent > *outer);
        let value =
            ["tags:", "images:"].iter().find_map(|key| body.trim_start_matches("- ").strip_prefix(key));
        let expanded = expand(value.unwrap_or(body), &variables);
        if value.is_some() {
            list = Some(indent);
        }
        let words: Vec<&str> = match list {
            Some(_) => expanded.split([',', ' ', '[', ']']).collect(),
            None if expanded.contains("docker") => image_words(&expanded),
            None => vec![],
        };
        let place = source.place(start + indent);
        let read = |word: &&str| Reference::read(word, place.clone(), place.clone());
        found.extend(words.iter().filter_map(read));
    }
    found
}

/// `NAME: value` in any `env`.
fn variables(text: &str) -> BTreeMap<&str, &str> {
    let pairs = text.lines().filter_map(|line| line.trim().split_once(": "));
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    pairs
        .filter(|(name, _)| is_name(name))
        .map(|(name, value)| (name, value.trim().trim_matches(['"', '\''])))
        .collect()
}

/// Replaces `${{ env.NAME }}` and `$NAME`. What is left of an expression has no space, so that it stays one word.
fn expand(text: &str, variables: &BTreeMap<&str, &str>) -> String {
    let mut text = text.replace("${{ ", "${{").replace(" }}", "}}");
    // The longest first: one name can begin with another.
    let mut names: Vec<_> = variables.iter().collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, value) in names {
        for form in [format!("${{{{env.{name}}}}}"), format!("${{{name}}}"), format!("${name}")] {
            text = text.replace(&form, value);
        }
    }
    // A tag that is not known does not matter.
    text.replace(":${{", " ${{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_found_in_actions_and_commands() {
        let text = "on:\n  push:\n    tags: ['v*']\nenv:\n  IMAGE: you/ext\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          tags: ${{ env.IMAGE }}:${{ github.ref_name }}\n      - with:\n          images: |\n            you/other\n          labels: a/b\n      - run: docker buildx build -t \"$IMAGE:1.0.0\" .\n";
        let found = references(&Source::new(".github/workflows/a.yml", text));
        let shown: Vec<_> = found
            .iter()
            .map(|found| {
                format!("{} {} {}", found.repository, found.tag.as_deref().unwrap_or("-"), found.place)
            })
            .collect();
        let file = ".github/workflows/a.yml";
        assert_eq!(
            shown,
            [
                format!("you/ext - {file}:12:11"),
                format!("you/other - {file}:15:13"),
                format!("you/ext 1.0.0 {file}:17:7")
            ]
        );
    }
}
