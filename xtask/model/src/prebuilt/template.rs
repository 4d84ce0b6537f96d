//! Strings with placeholders: `{version}`, `{os}`, `{arch}`, `{exe}`, `{ext}`.

use std::fmt;

use serde::Deserialize;

use super::secrets::shown;
use crate::placeholders::Parts;

/// A placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `version` of the configuration.
    Version,
    /// The host system, as the publisher spells it.
    Os,
    /// The architecture, as the publisher spells it.
    Arch,
    /// `.exe` on Windows, otherwise nothing.
    Exe,
    /// The extension of the archive: `zip`, `tar.gz`.
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

/// A string in which every placeholder is a known one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    text: String,
    parts: Parts<Placeholder>,
}

impl Template {
    /// The string as the author wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True if the placeholder occurs.
    pub fn uses(&self, placeholder: Placeholder) -> bool {
        self.parts.slots().any(|slot| *slot == placeholder)
    }

    /// The string with every placeholder replaced.
    pub fn fill(&self, word: impl Fn(Placeholder) -> String) -> String {
        self.parts.fill(|placeholder| word(*placeholder))
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let unclosed = || format!("`{}` has a `{{` without a `}}`", shown(&text));
        let read = |name: &str| {
            let known = Placeholder::ALL.iter().find(|(known, _)| *known == name);
            known.map(|(_, placeholder)| *placeholder).ok_or_else(|| {
                let all = Placeholder::ALL.map(|(name, _)| format!("{{{name}}}"));
                // What looks like a placeholder may be part of a password.
                let slot = format!("{{{name}}}");
                let slot = if shown(&text).contains(&slot) { &slot } else { "{…}" };
                format!("`{slot}` is not a placeholder\nhelp: use one of {}", all.join(", "))
            })
        };
        let parts = Parts::of(&text, read, unclosed)?;
        Ok(Self { text, parts })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value for a placeholder: without white space, `\` and `..`, so that it cannot leave a folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Word(String);

impl Word {
    /// As the author wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '~' | '/');
        if !text.is_empty() && text.chars().all(plain) && !text.contains("..") && !text.starts_with('/') {
            return Ok(Self(text));
        }
        Err(format!(
            "`{}` cannot be used in an address\nhelp: use letters, digits, `-`, `_`, `.`, `+`, `~` and `/`",
            text.escape_debug()
        ))
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
    fn unknown_and_unclosed_placeholders_are_errors() {
        assert!(
            template("{target}")
                .unwrap_err()
                .contains("`{target}` is not a placeholder\nhelp: use one of {version}")
        );
        assert!(template("x{os").unwrap_err().contains("without a `}`"));
        for text in ["https://me:s3cret@h/{os", "https://me:{s3cret}@h/", "https://h/?t={s3cret}"] {
            let error = template(text).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_without_braces_is_unchanged(text in "[^{]{0,40}") {
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
