//! Texts with placeholders in braces, such as `v{version}`.

/// A text, cut at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts<T>(Vec<Part<T>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<T> {
    Text(String),
    Slot(T),
}

impl<T> Parts<T> {
    /// `read` gets the name of each placeholder. Fails with its error, and with `unclosed` for a `{` without a `}`.
    pub(crate) fn of(
        text: &str,
        read: impl Fn(&str) -> Result<T, String>,
        unclosed: impl Fn() -> String,
    ) -> Result<Self, String> {
        let (mut parts, mut rest) = (vec![], text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').ok_or_else(&unclosed)?;
            parts.extend([Part::Text(before.to_owned()), Part::Slot(read(name)?)]);
            rest = behind;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// The placeholders, in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Slot(slot) => Some(slot),
        })
    }

    /// The text with every placeholder replaced.
    pub(crate) fn fill(&self, word: impl Fn(&T) -> String) -> String {
        let part = |part: &Part<T>| match part {
            Part::Text(text) => text.clone(),
            Part::Slot(slot) => word(slot),
        };
        self.0.iter().map(part).collect()
    }
}
