//! The pages of a list, of tags or of what refers to an image:
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags>.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use ureq::http::{HeaderMap, Uri, header};

/// The tags on a page. Some registries send `null` for an empty list.
pub(super) fn tags(page: &Value) -> Result<Vec<String>> {
    let tags = page.get("tags").context("the answer is not a list of tags")?;
    let tags: Option<_> = serde_json::from_value(tags.clone()).context("the answer is not a list of tags")?;
    Ok(tags.unwrap_or_default())
}

/// The address of the page after this one, which must be on the same server: it gets the same login.
pub(super) fn next(this: &Uri, headers: &HeaderMap) -> Result<Option<Uri>> {
    let Some(link) = headers.get(header::LINK) else { return Ok(None) };
    let link = link.to_str().ok().filter(|link| link.contains("next"));
    let target = link.and_then(|link| Some(link.split_once('<')?.1.split_once('>')?.0));
    let target = target.context("the registry's link to the next page cannot be read")?;
    let server =
        format!("{}://{}", this.scheme_str().unwrap_or_default(), this.authority().context("no server")?);
    let path = target.strip_prefix(&server).unwrap_or(target);
    ensure!(
        path.starts_with('/') && !path.starts_with("//"),
        "the registry's list goes on at another server"
    );
    Ok(Some(format!("{server}{path}").parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(link: &str) -> Result<Option<String>> {
        let this = "https://reg.example:5000/v2/x/tags/list?n=1000".parse().unwrap();
        let headers = [(header::LINK, link.parse().unwrap())].into_iter().collect();
        Ok(next(&this, &headers)?.map(|uri| uri.to_string()))
    }

    #[test]
    fn the_next_page_is_on_the_same_server() {
        let expected = Some("https://reg.example:5000/v2/x/tags/list?last=b&n=1000".to_owned());
        let path = "/v2/x/tags/list?last=b&n=1000";
        assert_eq!(after(&format!("<{path}>; rel=\"next\"")).unwrap(), expected);
        assert_eq!(after(&format!("<https://reg.example:5000{path}>; rel=\"next\"")).unwrap(), expected);
        for link in [
            "<https://evil.example/v2>; rel=\"next\"",
            "<//evil.example/v2>; rel=\"next\"",
            "<https://reg.example:50001/v2>; rel=\"next\"",
            "<http://reg.example:5000/v2>; rel=\"next\"",
            "next",
        ] {
            assert!(after(link).is_err(), "{link}");
        }
        assert_eq!(next(&"https://reg.example/".parse().unwrap(), &HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn only_lists_of_texts_are_tags() {
        assert_eq!(tags(&serde_json::json!({ "name": "x", "tags": ["1", "2"] })).unwrap(), ["1", "2"]);
        assert!(tags(&serde_json::json!({ "tags": null })).unwrap().is_empty());
        for page in
            [serde_json::json!([]), serde_json::json!({ "tags": [1] }), serde_json::json!({ "tags": "1" })]
        {
            assert!(tags(&page).is_err(), "{page}");
        }
    }
}
