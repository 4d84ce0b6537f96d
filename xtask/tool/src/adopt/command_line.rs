//! Commands as the configuration has them.

/// The words as a command line. Words with characters that a shell would interpret are quoted.
pub(super) fn join<S: AsRef<str>>(words: &[S]) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+{}".contains(c);
    let quoted = |word: &S| match word.as_ref() {
        word if !word.is_empty() && word.chars().all(is_plain) => word.to_owned(),
        word => format!("'{}'", word.replace('\'', r"'\''")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}
