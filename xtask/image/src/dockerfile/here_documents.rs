//! Here-documents that `parse-dockerfile` does not know: those in the middle of a command, as in `RUN cat <<EOF >/x`.

/// The same text with the lines of those here-documents as comments of the same length, so that all offsets stay.
pub(super) fn hidden(text: &str, escape: char) -> String {
    let mut hidden = String::with_capacity(text.len());
    let (mut open, mut is_continued, mut may_have) = (vec![], false, false);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        if !is_continued && let Some(delimiter) = open.first() {
            let is_end = bare == *delimiter;
            hidden.push_str(&commented(line));
            if is_end {
                open.remove(0);
            }
            continue;
        }
        hidden.push_str(line);
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if !is_continued {
            let keyword = bare.split_whitespace().next().unwrap_or_default();
            may_have = keyword.eq_ignore_ascii_case("RUN");
        }
        is_continued = bare.ends_with(escape);
        if may_have {
            open.extend(delimiters(bare));
        }
    }
    hidden
}

fn commented(line: &str) -> String {
    let body = line.trim_end_matches('\n');
    let end = line.get(body.len()..).unwrap_or_default();
    if body.is_empty() { line.to_owned() } else { format!("#{}{end}", " ".repeat(body.len() - 1)) }
}

/// The delimiters of the here-documents in a line, except for one that is the whole script, or at the end.
fn delimiters(line: &str) -> Vec<&str> {
    let starts = line.match_indices("<<").map(|(at, _)| at);
    let is_first = |before: &str| before.split_whitespace().skip(1).all(|word| word.starts_with("--"));
    let other =
        starts.filter(|at| line.get(..*at).is_some_and(|before| !before.ends_with('<') && !is_first(before)));
    let delimiter = |at: usize| {
        let rest = line.get(at + 2..)?.trim_start_matches('-').trim_start_matches(['\'', '"']);
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        let is_last = after.trim_start_matches(['\'', '"']).is_empty();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        (is_name && !is_last).then_some(name)
    };
    other.filter_map(delimiter).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Dockerfile;
    use super::*;

    #[test]
    fn here_documents_before_other_words_are_no_instructions() {
        for run in [
            "RUN cat <<'EOF' > /x\n#!/bin/sh\ncurl x\n\nEOF\n",
            "RUN cat > /x <<-EOF && chmod +x /x\n\techo\n\tEOF\n",
            "RUN a && \\\n  cat <<A <<\"B\" > /x; \\\n  b\none\nA\ntwo ä\nB\n",
            "RUN <<EOF\necho\nEOF\n",
            "RUN --mount=type=cache,target=/c <<EOF bash\necho\nEOF\n",
            "COPY <<EOF /x\nhello\nEOF\n",
        ] {
            let text = format!("FROM x\n{run}USER y\n");
            let file = Dockerfile::parse(&text).unwrap();
            let keywords: Vec<_> =
                file.stages[0].instructions.iter().map(|item| item.keyword.name()).collect();
            assert_eq!((keywords.len(), keywords[1]), (2, "USER"), "{run}");
        }
    }

    proptest::proptest! {
        #[test]
        fn offsets_stay(text in "(RUN|COPY|<<|EOF|'|-|\n|\\\\| |ä|x|>){0,30}") {
            let hidden = hidden(&text, '\\');
            assert_eq!(hidden.len(), text.len());
            assert_eq!(hidden.lines().count(), text.lines().count());
        }
    }
}
