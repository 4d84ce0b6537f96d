//! Places and findings at keys of the configuration.

use super::source::Source;
use crate::labels;
use sixfold_model::config_file::ConfigFile;
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::place::key_span;

/// The form of the configuration in this file.
pub(super) fn file(source: &Source) -> ConfigFile {
    ConfigFile::of(&source.name)
}

/// A finding at a key of the configuration.
pub(super) fn finding(
    lint: &'static Lint,
    source: &Source,
    keys: &[&str],
    message: impl Into<String>,
    help: impl Into<String>,
) -> Finding {
    Finding::new(lint, place(source, &file(source).keys(keys)), message, help)
}

/// The place where a label is set, or where it could be set.
pub(super) fn label_place(source: &Source, label: &str) -> Place {
    let file = file(source);
    let in_package = |key| place(source, &file.package_keys(&[key]));
    let in_table = |key| place(source, &file.keys(&["labels", key]));
    let found = match label {
        labels::DESCRIPTION if key_span(&source.text, &file.keys(&["labels", "description"])).is_none() => {
            in_package("description")
        }
        "org.opencontainers.image.source" => in_package("repository"),
        labels::API_VERSION => in_table("api-version"),
        _ => in_table(label.rsplit('.').next().unwrap_or_default()),
    };
    Place { label: Some(label.to_owned()), ..found }
}

/// The place of a key or, if it does not exist, of the innermost existing table around it.
pub(super) fn place(source: &Source, keys: &[&str]) -> Place {
    let known = (1..=keys.len()).rev().find_map(|length| key_span(&source.text, keys.get(..length)?));
    source.place(known.map_or(0, |span| span.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_the_place_of_their_key_or_table() {
        let text = "[workspace.package]\nversion = \"1.0.0\"\n\n[workspace.metadata.extension.labels]\ntitle = \"T\"\n";
        let source = Source::new("Cargo.toml", text);
        let place = |label| label_place(&source, label).to_string();
        assert_eq!(place(labels::TITLE), "Cargo.toml:5:1, label org.opencontainers.image.title");
        assert!(place(labels::DESCRIPTION).starts_with("Cargo.toml:1:"));
        let categories = place("com.docker.extension.categories");
        assert!(categories.starts_with("Cargo.toml:4:31,"), "{categories}");
    }

    proptest::proptest! {
        #[test]
        fn labels_have_a_place_in_any_text(text in "([\\[\\]=.\"'#{},\n ]|workspace|metadata|extension|labels|ä){0,30}") {
            label_place(&Source::new("Cargo.toml", &text), labels::TITLE);
        }
    }
}
