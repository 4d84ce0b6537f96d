//! The labels of the Dockerfile.

use std::collections::BTreeSet;

use semver::Version;
use sixfold_inspect::check::dockerfile::labels::collect;
use sixfold_inspect::check::image_files::ImageFiles;
use sixfold_model::finding::Place;
use sixfold_model::labels::{Link, Screenshot};
use toml::Value;

use super::draft::Draft;

/// How a label's text becomes a value.
enum Form {
    Text,
    Version,
    /// A list with commas.
    List,
    Screenshots,
    Links,
}

/// The labels, with the table and the key that set them.
const KEYS: [(&str, &str, &str, Form); 15] = [
    ("org.opencontainers.image.version", "", "version", Form::Version),
    ("org.opencontainers.image.description", "", "description", Form::Text),
    ("org.opencontainers.image.licenses", "", "license", Form::Text),
    ("org.opencontainers.image.source", "", "repository", Form::Text),
    ("org.opencontainers.image.title", "labels", "title", Form::Text),
    ("org.opencontainers.image.vendor", "labels", "vendor", Form::Text),
    ("com.docker.desktop.extension.api.version", "labels", "api-version", Form::Text),
    ("com.docker.desktop.extension.icon", "labels", "icon", Form::Text),
    ("com.docker.extension.screenshots", "labels", "screenshots", Form::Screenshots),
    ("com.docker.extension.detailed-description", "labels", "detailed-description", Form::Text),
    ("com.docker.extension.publisher-url", "labels", "publisher-url", Form::Text),
    ("com.docker.extension.additional-urls", "labels", "additional-urls", Form::Links),
    ("com.docker.extension.changelog", "labels", "changelog", Form::Text),
    ("com.docker.extension.categories", "labels", "categories", Form::List),
    ("com.docker.extension.account-info", "labels", "account-info", Form::Text),
];
/// What desktops and Docker's validator need most.
const BASIC: [&str; 4] = ["description", "title", "vendor", "api-version"];

/// Reads the labels. Returns those that the Dockerfile need not set any more.
pub(super) fn find(files: &ImageFiles, draft: &mut Draft) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    let all = collect(&files.file, &files.source);
    for (label, table, key, form) in KEYS {
        let Some(found) = all.get(label) else {
            if BASIC.contains(&key) {
                draft.lacks(key, format!("the Dockerfile has no label {label}"), help(table, key));
            }
            continue;
        };
        let place = Place { label: None, ..found.place.clone() };
        let value = match &found.value {
            _ if found.is_damaged => Err("loses its inner quotes".to_owned()),
            None => Err("depends on a variable that is only known when the image is built".to_owned()),
            // Templates leave these empty.
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => form.value(text).map(Some),
        };
        match value {
            Ok(value) => {
                taken.insert(label.to_owned());
                value.into_iter().for_each(|value| draft.set(table, key, value, &place));
            }
            Err(why) => draft.lacks(key, format!("the label in {place} {why}"), help(table, key)),
        }
    }
    taken
}

fn help(table: &str, key: &str) -> String {
    match table {
        "" => format!("set `{key}`"),
        table => format!("set `{key}` in the table `{table}`"),
    }
}

impl Form {
    /// Fails with the rest of a sentence about the label.
    fn value(&self, text: &str) -> Result<Value, String> {
        let list = |error: &dyn std::fmt::Display| format!("is not the JSON that it has to be: {error}");
        match self {
            Self::Text => Ok(text.into()),
            Self::Version => match Version::parse(text.trim_start_matches('v')) {
                Ok(version) => Ok(version.to_string().into()),
                Err(_) => Err(format!("is `{text}`, which is not a version such as 1.0.0")),
            },
            Self::List => Ok(text.split(',').map(str::trim).collect::<Vec<_>>().into()),
            Self::Screenshots => {
                let list: Vec<Screenshot> = serde_json::from_str(text).map_err(|error| list(&error))?;
                Value::try_from(list).map_err(|error| error.to_string())
            }
            Self::Links => {
                let list: Vec<Link> = serde_json::from_str(text).map_err(|error| list(&error))?;
                Value::try_from(list).map_err(|error| error.to_string())
            }
        }
    }
}
