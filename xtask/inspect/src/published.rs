//! What is wrong with a published image that only the network can tell: the tags beside its own, and the pictures that its labels
//! name. Nothing is asked here: the caller passes the answers.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde_json::Value;

use crate::labels::{ICON, SCREENSHOTS};
use sixfold_model::finding::{Finding, Lint, Place};
use sixfold_model::published::{Answers, Picture};
use sixfold_model::reference::Tag;

sixfold_model::lints! {
    /// Users get another version than this one.
    TAG_NOT_GREATEST = Warning "tag-not-greatest";
    TAGS_UNKNOWN = Warning "tags-unknown";
    /// The marketplace would show nothing.
    PICTURE_MISSING = Error "picture-missing";
    SCREENSHOT_SIZE = Warning "screenshot-size";
}

/// What Docker recommends for screenshots, in pixels: <https://docs.docker.com/extensions/extensions-sdk/extensions/labels/>.
const SCREENSHOT: (usize, usize) = (2400, 1600);

type Labels = BTreeMap<String, String>;

/// The addresses of the icon and of the screenshots. Malformed labels have findings of their own.
pub fn pictures(labels: &Labels) -> BTreeSet<String> {
    addresses(labels).map(|(_, address)| address).collect()
}

fn addresses(labels: &Labels) -> impl Iterator<Item = (&'static str, String)> {
    let value = |label: &str| labels.get(label).map(|value| value.trim()).filter(|value| !value.is_empty());
    let screenshots = value(SCREENSHOTS).and_then(|value| serde_json::from_str::<Vec<Value>>(value).ok());
    let screenshots = screenshots.unwrap_or_default().into_iter();
    let screenshots =
        screenshots.filter_map(|item| Some((SCREENSHOTS, item.get("url")?.as_str()?.to_owned())));
    value(ICON).map(|value| (ICON, value.to_owned())).into_iter().chain(screenshots)
}

/// Checks an image with this tag and these labels.
pub fn check(tag: &Tag, labels: &Labels, answers: &Answers) -> Vec<Finding> {
    let pictures = addresses(labels).filter_map(|(label, address)| {
        let picture = answers.pictures.get(&address)?;
        check_picture(label, &address, picture)
    });
    check_tags(tag, &answers.tags).into_iter().chain(pictures).collect()
}

fn check_tags(tag: &Tag, tags: &Result<Vec<String>, String>) -> Option<Finding> {
    let finding =
        |lint: &'static Lint, message: String, help| Some(Finding::new(lint, Place::whole(), message, help));
    let tags = match tags {
        Ok(tags) => tags,
        Err(why) => {
            let message = format!(
                "the registry does not list the tags, so it is unknown which one is the greatest: {why}"
            );
            return finding(&TAGS_UNKNOWN, message, "log in to the registry, or look at its web page");
        }
    };
    let own = Version::parse(&tag.to_string()).ok()?;
    let greatest = tags.iter().filter_map(|tag| Version::parse(tag).ok()).max()?;
    if greatest <= own {
        return None;
    }
    let message = format!("{greatest} is a greater version than {own}, so Docker Desktop offers {greatest}");
    finding(&TAG_NOT_GREATEST, message, "publish this version with a greater number, or remove the other tag")
}

fn check_picture(label: &str, address: &str, picture: &Picture) -> Option<Finding> {
    let (lint, message, help) = match picture {
        Picture::None(why) => {
            let help = "put a picture there, or correct the address";
            (&PICTURE_MISSING, format!("there is no picture at {address}: {why}"), help)
        }
        Picture::Pixels { width, height } if label == SCREENSHOTS && (*width, *height) != SCREENSHOT => {
            let message = format!("the screenshot {address} has {width} x {height} pixels");
            (&SCREENSHOT_SIZE, message, "use 2400 x 1600 pixels, as Docker recommends")
        }
        _ => return None,
    };
    Some(Finding::new(lint, Place::label(label), message, help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(tags: &[&str], pictures: &[(&str, Picture)]) -> Answers {
        Answers {
            tags: Ok(tags.iter().map(|tag| (*tag).to_owned()).collect()),
            pictures: pictures.iter().map(|(url, picture)| ((*url).to_owned(), picture.clone())).collect(),
        }
    }

    fn codes(tag: &str, labels: &Labels, answers: &Answers) -> Vec<&'static str> {
        check(&tag.parse().unwrap(), labels, answers).iter().map(Finding::code).collect()
    }

    #[test]
    fn a_greater_version_hides_this_one() {
        let found = |tag: &str, tags: &[&str]| codes(tag, &Labels::new(), &answers(tags, &[]));
        assert_eq!(found("1.9.0", &["1.9.0", "1.10.0"]), ["tag-not-greatest"]);
        assert_eq!(found("1.0.0", &["1.0.0", "1.0.1-rc.1"]), ["tag-not-greatest"]);
        assert_eq!(found("1.0.0", &["1.0.0", "1.0.0-rc.1", "latest", "v2.0.0", "9"]), [""; 0]);
        // `tag-not-semver` says what is wrong.
        assert_eq!(found("latest", &["1.0.0", "latest"]), [""; 0]);
    }

    #[test]
    fn unknown_tags_are_not_reported_as_checked() {
        let unknown = Answers { tags: Err("401 Unauthorized".to_owned()), pictures: BTreeMap::new() };
        assert_eq!(codes("1.0.0", &Labels::new(), &unknown), ["tags-unknown"]);
    }

    #[test]
    fn each_address_must_lead_to_a_picture_of_the_right_size() {
        let [icon, small, good] = ["https://a/i.svg", "https://a/s.png", "https://a/g.png"];
        let screenshots = format!(r#"[{{"alt":"a","url":"{small}"}},{{"alt":"b","url":"{good}"}}]"#);
        let labels =
            Labels::from([(ICON.to_owned(), icon.to_owned()), (SCREENSHOTS.to_owned(), screenshots)]);
        assert_eq!(pictures(&labels), [icon, small, good].map(str::to_owned).into());
        let right = Picture::Pixels { width: 2400, height: 1600 };
        let all = |icon_is: Picture| {
            let small_is = Picture::Pixels { width: 240, height: 160 };
            answers(&[], &[(icon, icon_is), (small, small_is), (good, right.clone())])
        };
        assert_eq!(codes("1.0.0", &labels, &all(Picture::Svg)), ["screenshot-size"]);
        let missing = all(Picture::None("404 Not Found".to_owned()));
        assert_eq!(codes("1.0.0", &labels, &missing), ["picture-missing", "screenshot-size"]);
        assert_eq!(pictures(&Labels::from([(SCREENSHOTS.to_owned(), "{".to_owned())])), BTreeSet::new());
    }
}
