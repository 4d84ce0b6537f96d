//! The names that a Makefile gives the image.

use sixfold_inspect::check::source::Source;

use super::reference::Reference;

/// The most values that a text with variables can have.
const MAX_VALUES: usize = 16;

/// A variable with one of its values.
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
    at: usize,
}

/// The images that commands with `docker` name: what `build` tags, and what is pushed or installed.
pub(super) fn references(source: &Source) -> Vec<Reference> {
    let lines = lines(&source.text);
    let variables: Vec<_> = lines.iter().filter_map(|(at, line)| variable(*at, line)).collect();
    let mut found = vec![];
    for (at, line) in lines.iter().filter(|(_, line)| line.starts_with('\t') && line.contains("docker")) {
        for word in image_words(line) {
            // The variable is what an author would change.
            let place = |word: &str| {
                let name = reference(word).filter(|(start, ..)| *start == 0).map(|(.., name)| name);
                let variable = variables.iter().find(|variable| Some(variable.name) == name);
                source.place(variable.map_or(*at, |variable| variable.at))
            };
            let (image, tag) = (place(word), place(word.rsplit(':').next().unwrap_or(word)));
            let read = |text: &String| Reference::read(text, image.clone(), tag.clone());
            found.extend(values(word, &variables).iter().filter_map(read));
        }
    }
    found
}

/// The lines with their offsets. A backslash at the end joins a line with the next one.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = vec![];
    let (mut at, mut goes_on) = (0, false);
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let kept = body.strip_suffix('\\').unwrap_or(body);
        match lines.last_mut() {
            Some((_, last)) if goes_on => last.push_str(kept),
            _ => lines.push((at, kept.to_owned())),
        }
        goes_on = body.ends_with('\\');
        at += line.len();
    }
    lines
}

fn variable(at: usize, line: &str) -> Option<Variable<'_>> {
    if line.starts_with(['\t', '#']) {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+', ' ']).trim();
    let name = name.rsplit(' ').next().unwrap_or(name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let value = value.split(" #").next().unwrap_or(value).trim();
    (!name.is_empty() && name.chars().all(is_name)).then_some(Variable { name, value, at })
}

/// The words of a command that name the image.
pub(super) fn image_words(line: &str) -> Vec<&str> {
    let words: Vec<_> = line.split_whitespace().collect();
    let mut found = vec![];
    for (number, word) in words.iter().enumerate() {
        let next = |steps: usize| words.get(number + steps).copied();
        match *word {
            "-t" | "--tag" => found.extend(next(1)),
            "docker" if next(1) == Some("push") => found.extend(next(2)),
            "extension" if matches!(next(1), Some("install" | "update" | "validate")) => {
                found.extend(words.iter().skip(number + 2).find(|word| !word.starts_with('-')));
            }
            word => found.extend(word.strip_prefix("--tag=").or(word.strip_prefix("-t="))),
        }
    }
    found
}

/// The values that a word can have: with each value that a variable is given. Empty if one has none, or calls a function.
fn values(word: &str, variables: &[Variable<'_>]) -> Vec<String> {
    let (mut open, mut done) = (vec![(word.to_owned(), 0)], vec![]);
    while let Some((text, depth)) = open.pop() {
        let Some((start, end, name)) = reference(&text) else {
            done.push(text);
            continue;
        };
        let values = variables.iter().filter(|variable| variable.name == name && depth < MAX_VALUES);
        for variable in values.take(MAX_VALUES.saturating_sub(open.len() + done.len())) {
            let (before, after) =
                (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
            open.push((format!("{before}{}{after}", variable.value), depth + 1));
        }
        // A tag that is not known does not matter.
        let is_tag = text.get(..start).is_some_and(|before| before.ends_with(':') && before.contains('/'));
        if is_tag && !variables.iter().any(|variable| variable.name == name) {
            done.extend(text.get(..start - 1).map(str::to_owned));
        }
    }
    done
}

/// The first `$(NAME)` or `${NAME}`, as its place and its name.
fn reference(text: &str) -> Option<(usize, usize, &str)> {
    let start = text.find("$(").into_iter().chain(text.find("${")).min()?;
    let length = text.get(start..)?.find([')', '}'])?;
    Some((start, start + length + 1, text.get(start + 2..start + length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let source = Source::new("Makefile", text);
        let shown = |found: Reference| {
            format!("{} {} {}", found.repository, found.tag.unwrap_or_default(), found.place)
        };
        references(&source).into_iter().map(shown).collect()
    }

    #[test]
    fn names_of_images_are_found_in_commands() {
        let text = "export ORG = you\nIMAGE ?= $(ORG)/ext # the image\nTAG:=1.0.0\n\nall:\n\
                    \tdocker buildx build --push \\\n\t\t--tag=$(IMAGE):$(TAG) .\n\tdocker extension install -f ${IMAGE}:$(V)\n";
        assert_eq!(found(text), ["you/ext 1.0.0 Makefile:2:1", "you/ext  Makefile:2:1"]);
        assert_eq!(found("a:\n\tdocker build -t you/a:1 . && docker push you/a:1\n").len(), 2);
        assert_eq!(
            found("X = $(X)\na:\n\tdocker build -t $(X) -t $(shell git) -t plain .\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_value_of_a_variable_counts() {
        let text = "ifdef CI\nI = a/b\nelse\nI = c/d\nendif\nx:\n\tdocker build -t $(I) .\n";
        let mut found = found(text);
        found.sort();
        assert_eq!(found, ["a/b  Makefile:2:1", "c/d  Makefile:2:1"]);
    }
}
