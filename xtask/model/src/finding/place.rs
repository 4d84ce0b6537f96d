//! Where a finding is.

use std::fmt;

use crate::matrix::Platform;

/// The place of a finding: a file of an image or of the sources, a label, or the extension as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// In an image: absolute, with `/`. In sources: relative to the project's root, with `/`.
    pub path: Option<String>,
    /// The platform of the image. `None` for all platforms, and for sources.
    pub platform: Option<Platform>,
    /// The key of a label.
    pub label: Option<String>,
    /// 1-based.
    pub line: Option<usize>,
    /// 1-based, in characters.
    pub column: Option<usize>,
}

impl Place {
    /// The extension as a whole.
    pub fn whole() -> Self {
        Self::default()
    }

    /// A file of the image or of the sources.
    pub fn path(path: impl fmt::Display) -> Self {
        Self { path: Some(path.to_string()), ..Self::default() }
    }

    /// A label of the image, by its key.
    pub fn label(label: &str) -> Self {
        Self { label: Some(label.into()), ..Self::default() }
    }

    /// The same place in the image of one platform only.
    pub fn on(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }

    /// The same file, at a line and column, both 1-based.
    pub fn at(self, line: usize, column: usize) -> Self {
        Self { line: Some(line), column: Some(column), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, &self.label) {
            (Some(path), _) => f.write_str(path)?,
            (None, Some(label)) => write!(f, "label {label}")?,
            (None, None) => f.write_str("the extension")?,
        }
        if let Some(line) = self.line {
            write!(f, ":{line}:{}", self.column.unwrap_or(1))?;
        }
        if let (Some(_), Some(label)) = (&self.path, &self.label) {
            write!(f, ", label {label}")?;
        }
        match self.platform {
            Some(platform) => write!(f, " in {platform}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_file_label_and_platform() {
        assert_eq!(Place::path("Dockerfile").at(3, 5).to_string(), "Dockerfile:3:5");
        assert_eq!(Place::label("a.b").to_string(), "label a.b");
        let both = Place { label: Some("a.b".into()), ..Place::path("Cargo.toml").at(3, 5) };
        assert_eq!(both.to_string(), "Cargo.toml:3:5, label a.b");
        assert_eq!(Place::path("/x").on(Platform::ALL[0]).to_string(), "/x in linux/amd64");
        assert_eq!(Place::whole().to_string(), "the extension");
    }
}
