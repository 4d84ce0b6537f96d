//! Texts with placeholders: `{version}`, `{os}`, `{arch}`, `{exe}`, `{ext}`.

use std::fmt;

use serde::Deserialize;

use super::secrets::shown;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    Version,
    /// The host system, in the publisher's spelling.
    Os,
    /// The architecture, in the publisher's spelling.
    Arch,
    /// `.exe` on Windows, else nothing.
    Exe,
    /// What the archive's name ends with.
    Ext,
}

impl Placeholder {
    const ALL: [(&'static str, Self); 5] = [
        ("version", Self::Version),
        ("os", Self::Os),
        ("arch", Self::Arch),
        ("exe", Self::Exe),
        ("ext", Self::Ext),
    ];
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(Placeholder),
}

/// A text whose placeholders are known ones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

impl Template {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn uses(&self, placeholder: Placeholder) -> bool {
        self.parts.contains(&Part::Slot(placeholder))
    }

    /// The text with every placeholder replaced.
    pub fn fill(&self, word: impl Fn(Placeholder) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Slot(placeholder) => word(*placeholder),
        };
        self.parts.iter().map(part).collect()
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = vec![];
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after
                .split_once('}')
                .ok_or_else(|| format!("`{}` has a `{{` without its `}}`", shown(&text)))?;
            let known = Placeholder::ALL.iter().find(|(known, _)| *known == name);
            let (_, placeholder) = known.ok_or_else(|| {
                let all = Placeholder::ALL.map(|(name, _)| format!("{{{name}}}"));
                // A password may hold braces.
                let slot = format!("{{{name}}}");
                let slot = if shown(&text).contains(&slot) { &slot } else { "{…}" };
                format!("`{slot}` is no placeholder; they are {}", all.join(", "))
            })?;
            parts.extend([Part::Text(before.to_owned()), Part::Slot(*placeholder)]);
            rest = behind;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { text, parts })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A word that replaces a placeholder: no white space, no `\`, no `..`, so that it cannot lead out of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Word(String);

impl Word {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '~' | '/');
        match !text.is_empty() && text.chars().all(plain) && !text.contains("..") && !text.starts_with('/') {
            true => Ok(Self(text)),
            false => Err(format!(
                "`{}` cannot be put into an address: use letters, digits, `-`, `_`, `.`, `+`, `~` and `/`",
                text.escape_debug()
            )),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<Template, String> {
        Template::try_from(text.to_owned())
    }

    #[test]
    fn placeholders_are_replaced() {
        let filled = template("v{version}/{os}-{arch}{exe}}").unwrap().fill(|slot| format!("<{slot:?}>"));
        assert_eq!(filled, "v<Version>/<Os>-<Arch><Exe>}");
        assert!(template("{os}").unwrap().uses(Placeholder::Os));
        assert!(!template("os").unwrap().uses(Placeholder::Os));
    }

    #[test]
    fn unknown_and_open_placeholders_are_refused() {
        assert!(
            template("{target}").unwrap_err().contains("`{target}` is no placeholder; they are {version}")
        );
        assert!(template("x{os").unwrap_err().contains("without its `}`"));
        for text in ["https://me:s3cret@h/{os", "https://me:{s3cret}@h/", "https://h/?t={s3cret}"] {
            let error = template(text).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_without_braces_stays(text in "[^{]{0,40}") {
            assert_eq!(template(&text).unwrap().fill(|_| unreachable!()), text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "([{}a]|\\{os\\}|\\{version\\}){0,12}") {
            if let Ok(read) = template(&text) {
                assert_eq!(read.fill(|slot| if slot == Placeholder::Os { "{os}" } else { "{version}" }.to_owned()), text);
            }
        }
    }
}
