//! Finds what an author has left from the example in Sixfold's repository.

use super::places::finding;
use super::source::Source;
use sixfold_model::config::Config;
use sixfold_model::finding::Finding;

sixfold_model::lints! {
    /// A value is still that of the example.
    SAMPLE_VALUE = Warning "sample-value";
}

const IMAGE: &str = "example/system-report";
const TITLE: &str = "System Report";
const VENDOR: &str = "Example";
/// A site for examples, see RFC 2606.
const SITE: &str = "example.org";

/// The values of the example. None if all of its names are there, because then it is the example.
pub(super) fn check(source: &Source, config: &Config) -> Vec<Finding> {
    let labels = &config.labels;
    let names = [
        (&["image"][..], config.image.as_str() == IMAGE),
        (&["labels", "title"], labels.title.as_deref() == Some(TITLE)),
        (&["labels", "vendor"], labels.vendor.as_deref() == Some(VENDOR)),
    ];
    if names.iter().all(|(_, is_left)| *is_left) {
        return vec![];
    }
    let is_of_site = |url: &str| {
        let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', ':', '?', '#']).next());
        host.is_some_and(|host| host == SITE)
    };
    let is_set = |url: &Option<String>| url.as_deref().is_some_and(is_of_site);
    let addresses = [
        (&["labels", "icon"][..], is_set(&labels.icon)),
        (&["labels", "publisher-url"], is_set(&labels.publisher_url)),
        (&["labels", "screenshots"], labels.screenshots.iter().any(|it| is_of_site(&it.url))),
        (&["labels", "additional-urls"], labels.additional_urls.iter().any(|it| is_of_site(&it.url))),
    ];
    let left: Vec<_> = names.into_iter().chain(addresses).filter(|(_, is_left)| *is_left).collect();
    // Other people may have this name.
    if left.iter().all(|(keys, _)| keys.contains(&"vendor")) {
        return vec![];
    }
    let finding = |(keys, _): (&[&str], bool)| {
        let message = format!("`{}` is still that of Sixfold's example", keys.join("."));
        finding(&SAMPLE_VALUE, source, keys, message, "write your own value, or remove the key")
    };
    left.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixfold_model::config;

    #[test]
    fn what_is_left_of_the_example_is_found_but_not_the_example_itself() {
        let example = include_str!("../../../../Cargo.toml");
        let left = |text: &str| {
            let (config, _) = config::parse(text).unwrap();
            let found = check(&Source::new("Cargo.toml", text), &config);
            found.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
        };
        assert_eq!(left(example), [""; 0]);
        let changed = example.replace(IMAGE, "you/mine");
        let keys = ["title", "vendor", "icon", "publisher-url", "screenshots", "additional-urls"];
        let expected = keys.map(|key| format!("`labels.{key}` is still that of Sixfold's example"));
        assert_eq!(left(&changed), expected);
        let own = changed.replace(TITLE, "Mine").replace(SITE, "example.org.test");
        assert_eq!(left(&own), [""; 0]);
    }
}
