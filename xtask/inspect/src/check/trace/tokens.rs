//! The words and operators of a shell command.

/// A part of a shell command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// With its quotes, and its byte offset in the text.
    Word(&'a str, usize),
    /// A new line counts as `;`.
    Operator(&'a str),
    /// The target of an ignored redirection follows: `2>`.
    Ignored,
}

/// The longest come first.
const OPERATORS: [&str; 18] = [
    "<<-", "<<<", "&>>", "&&", "||", ";;", "|&", "&>", "<<", ">>", ">&", "<&", ">|", "|", "&", ";", "(", ")",
];
const REDIRECTIONS: [&str; 2] = ["<", ">"];

/// Splits a text. Here-documents are left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = vec![];
    let mut delimiters: Vec<&str> = vec![];
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let start = at;
        if let Some(line) = rest.strip_prefix('\n') {
            at += 1;
            for delimiter in delimiters.drain(..) {
                at += here_document(text.get(at..).unwrap_or(line), delimiter);
            }
            tokens.push(Token::Operator(";"));
        } else if rest.starts_with("\\\n") {
            at += 2;
        } else if rest.starts_with(char::is_whitespace) {
            at += rest.chars().next().map_or(1, char::len_utf8);
        } else if rest.starts_with('#') {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(operator) = OPERATORS.iter().chain(&REDIRECTIONS).find(|op| rest.starts_with(**op))
        {
            at += operator.len();
            tokens.push(Token::Operator(operator));
        } else {
            at += word_length(rest);
            let word = text.get(start..at).unwrap_or_default();
            let is_descriptor =
                word.bytes().all(|b| b.is_ascii_digit()) && text[at..].starts_with(['<', '>']);
            match tokens.last() {
                Some(Token::Operator("<<" | "<<-")) => delimiters.push(word),
                _ if is_descriptor && word != "1" => {
                    at += text[at..].len() - text[at..].trim_start_matches(['<', '>', '&']).len();
                    tokens.push(Token::Ignored);
                    continue;
                }
                _ if is_descriptor => continue,
                _ => {}
            }
            tokens.push(Token::Word(word, start));
        }
    }
    tokens
}

/// The length of a here-document's lines, with the line that ends it.
fn here_document(text: &str, delimiter: &str) -> usize {
    let delimiter = delimiter.trim_matches(['\'', '"']);
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        if line.trim() == delimiter {
            break;
        }
    }
    length
}

/// The length of the word at the start of a text, in bytes.
fn word_length(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || "|&;()<>".contains(c);
    length_until(text, is_end)
}

/// The length of the text before the first unquoted character that ends it.
fn length_until(text: &str, is_end: impl Fn(char) -> bool) -> usize {
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if is_end(c) || text.get(at..).is_some_and(|rest| rest.starts_with("\\\n")) {
            break;
        }
        at += piece_length(text.get(at..).unwrap_or_default());
    }
    at.min(text.len())
}

/// The length of the piece at the start of a text: a quoted text, `$(…)`, `${…}`, or one character.
pub(super) fn piece_length(text: &str) -> usize {
    piece_length_at(text, 0)
}

/// How deeply pieces may be nested: each level takes stack.
const MAX_DEPTH: usize = 30;

fn piece_length_at(text: &str, depth: usize) -> usize {
    if depth > MAX_DEPTH {
        return text.len();
    }
    let Some(first) = text.chars().next() else { return 0 };
    let rest = text.get(first.len_utf8()..).unwrap_or_default();
    let closed = |length: usize| (first.len_utf8() + length + 1).min(text.len());
    match first {
        '\\' => 1 + rest.chars().next().map_or(0, char::len_utf8),
        '\'' | '`' => closed(rest.find(first).unwrap_or(rest.len())),
        '"' => closed(quoted_length(rest, depth + 1)),
        '$' if rest.starts_with('(') => {
            (closed(1 + nested_length(rest.get(1..).unwrap_or_default(), ')', depth + 1))).min(text.len())
        }
        '$' if rest.starts_with('{') => {
            (closed(1 + nested_length(rest.get(1..).unwrap_or_default(), '}', depth + 1))).min(text.len())
        }
        _ => first.len_utf8(),
    }
}

/// The length of the text before the `"` that ends it.
fn quoted_length(text: &str, depth: usize) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty() && !rest.starts_with('"')) {
        at += if rest.starts_with('\'') { 1 } else { piece_length_at(rest, depth) };
    }
    at.min(text.len())
}

/// The length of the text before the bracket that ends it.
fn nested_length(text: &str, end: char, depth: usize) -> usize {
    let start = if end == ')' { '(' } else { '{' };
    let (mut at, mut open) = (0, 0);
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            _ if c == end && open == 0 => break,
            _ if c == end => open -= 1,
            _ if c == start => open += 1,
            _ => {}
        }
        at += piece_length_at(text.get(at..).unwrap_or_default(), depth);
    }
    at.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        let show = |token| match token {
            Token::Word(word, at) => {
                assert!(text[at..].starts_with(word));
                word
            }
            Token::Operator(operator) => operator,
            Token::Ignored => "2>",
        };
        tokens(text).into_iter().map(show).collect()
    }

    #[test]
    fn words_and_operators_are_told_apart() {
        for (text, expected) in [
            ("a&&b||c;d", &["a", "&&", "b", "||", "c", ";", "d"][..]),
            ("a 'b c' \"d $(e \"f\") g\" ${h:-i j}", &["a", "'b c'", "\"d $(e \"f\") g\"", "${h:-i j}"]),
            ("a >b 2>/dev/null 2>&1", &["a", ">", "b", "2>", "/dev/null", "2>", "1"]),
            ("a # b\nc", &["a", ";", "c"]),
            ("cat <<'E' >f\n( x\nE\ng", &["cat", "<<", "'E'", ">", "f", ";", "g"]),
            ("a\\\n b\\ c", &["a", "b\\ c"]),
            ("(a)", &["(", "a", ")"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_read_in_time() {
        for piece in ["$(", "${", "\"$(", "`", "(", "'"] {
            shown(&piece.repeat(20_000));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_split(text in "[a\\\\$(){}'\"`<>&|;#\n ä12]{0,40}") {
            shown(&text);
        }
    }
}
