//! Rules for the Dockerfile of an extension.
//!
//! They cover only what makes an extension wrong: host binaries for the wrong architecture, missing files, damaged labels. For
//! general advice on Dockerfiles use hadolint or `docker build --check`. A rule never guesses: if a value is not known here,
//! it reports nothing.

pub mod arguments;
pub mod copies;
pub mod labels;
pub mod platforms;
#[cfg(test)]
mod test_helpers;

pub use sixfold_image::dockerfile::Dockerfile;

use super::source::Source;
use sixfold_model::finding::{Finding, Place};

sixfold_model::lints! {
    DOCKERFILE_MISSING = Note "dockerfile-missing";
    DOCKERFILE_INVALID = Error "dockerfile-invalid";
}

/// Reads the file. Fails with a finding if it is not a Dockerfile.
pub fn parse(source: &Source) -> Result<Dockerfile, Box<Finding>> {
    Dockerfile::parse(&source.text).map_err(|error| {
        let place = Place::path(&source.name).at(error.line, error.column);
        Box::new(Finding::new(&DOCKERFILE_INVALID, place, error.message, error.help))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_reported_at_its_place() {
        let place = |text: &str| parse(&Source::new("Dockerfile", text)).unwrap_err().place.to_string();
        assert_eq!(place("FROM scratch\n\nCPOY a b\n"), "Dockerfile:3:1");
        assert_eq!(place(""), "Dockerfile:1:1");
        assert_eq!(place(&"FROM a\n".repeat(101)), "Dockerfile:1:1");
    }
}
