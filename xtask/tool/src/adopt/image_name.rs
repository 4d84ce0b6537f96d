//! The name of the image and the version, from what builds and pushes the image today.

use std::collections::BTreeMap;

use semver::Version;
use sixfold_inspect::check::source::Source;
use sixfold_model::finding::Place;
use sixfold_model::reference::Repository;

use super::draft::Draft;
use super::reference::Reference;
use super::sources::Sources;
use super::{makefile, workflow};

/// The version of an extension without one.
const FIRST: &str = "0.1.0";

/// Finds the image and, if it is asked for and no label has one, the version.
pub(super) fn find(sources: &Sources, asked: Option<&Repository>, with_version: bool, draft: &mut Draft) {
    let makefiles = ["Makefile", "makefile", "GNUmakefile"].map(str::to_owned);
    let mut all = vec![];
    for name in makefiles.into_iter().chain(workflow::files(sources)) {
        match sources.read(&name) {
            Ok(Some(source)) => all.extend(references(&source)),
            Ok(None) => {}
            Err(error) => {
                let error = error.to_string();
                let (message, help) = error.split_once("\nhelp: ").unwrap_or((&error, "make it readable"));
                draft.lacks(&name, format!("was not read: {message}"), help);
            }
        }
    }
    choose(&all, asked, draft);
    if with_version && !draft.has("", "version") {
        version(&all, draft);
    }
}

fn references(source: &Source) -> Vec<Reference> {
    if source.name.starts_with('.') { workflow::references(source) } else { makefile::references(source) }
}

fn choose(all: &[Reference], asked: Option<&Repository>, draft: &mut Draft) {
    let mut names: BTreeMap<&str, &Reference> = BTreeMap::new();
    for found in all {
        names.entry(found.repository.familiar()).or_insert(found);
    }
    let found: Vec<_> = names.into_values().collect();
    match (asked, found.as_slice()) {
        (Some(asked), _) => draft.set("", "image", asked.as_str(), &Place::path("--image")),
        (None, [one]) => draft.set("", "image", one.repository.as_str(), &one.place),
        (None, []) => draft.needs(
            "image",
            "neither a Makefile nor a workflow names the image",
            "pass its repository: `--image you/your-extension`",
        ),
        (None, several) => {
            let list: Vec<_> =
                several.iter().map(|one| format!("{} ({})", one.repository, one.place)).collect();
            draft.needs(
                "image",
                format!("has several names: {}", list.join(", ")),
                "choose one with `--image`",
            );
        }
    }
}

fn version(all: &[Reference], draft: &mut Draft) {
    let read = |found: &&Reference| Version::parse(found.tag.as_deref()?.trim_start_matches('v')).ok();
    let versions: BTreeMap<Version, &Reference> =
        all.iter().filter_map(|found| Some((read(&found)?, found))).collect();
    match versions.iter().next_back() {
        Some((version, found)) => draft.set("", "version", version.to_string(), &found.tag_place),
        None => {
            draft.add("", vec![super::draft::entry("version", FIRST)]);
            draft.lacks("version", format!("nothing names one, so it is {FIRST}"), "change `version`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(makefile: &str, asked: Option<&str>) -> (String, Vec<String>) {
        let all = makefile::references(&Source::new("Makefile", makefile));
        let asked = asked.map(|text| text.parse().unwrap());
        let mut draft = Draft::default();
        choose(&all, asked.as_ref(), &mut draft);
        version(&all, &mut draft);
        let text = draft.text(sixfold_model::config_file::ConfigFile::ExtensionToml);
        (text, draft.missing.into_iter().map(|missing| missing.message).collect())
    }

    #[test]
    fn a_makefile_names_the_image_and_the_version() {
        let text = "IMAGE?=you/ext\nTAG ?= 1.2.0\nbuild:\n\tdocker build --tag=$(IMAGE):$(TAG) .\n";
        assert_eq!(found(text, None), ("version = \"1.2.0\"\nimage = \"you/ext\"\n".into(), vec![]));
        let (text, missing) = found(&text.replace("1.2.0", "latest"), None);
        assert_eq!(text, "version = \"0.1.0\"\nimage = \"you/ext\"\n");
        assert_eq!(missing, ["nothing names one, so it is 0.1.0"]);
    }

    #[test]
    fn of_several_images_none_is_chosen() {
        let text = "a:\n\tdocker build -t you/one:1.0.0 .\nb:\n\tdocker push you/two:1.0.0\n";
        let (config, missing) = found(text, None);
        assert_eq!(config, "version = \"1.0.0\"\n");
        assert_eq!(missing, ["has several names: you/one (Makefile:2:1), you/two (Makefile:4:1)"]);
        assert!(found(text, Some("you/two")).0.ends_with("image = \"you/two\"\n"));
    }
}
