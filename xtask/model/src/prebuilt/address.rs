//! Where a publisher has a program: a URL, or a file of this repository.

use camino::Utf8Path;
use serde::Deserialize;

use super::secrets::shown;
use super::template::Template;

/// An address with placeholders: `https://`, `http://`, `file://`, or a path from the root of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(Template);

impl Address {
    pub fn template(&self) -> &Template {
        &self.0
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once("://") {
            Some((scheme, rest)) => {
                if !matches!(scheme, "https" | "http" | "file") {
                    return Err(format!(
                        "`{}://` cannot be fetched: use https://, file:// or a path in this repository",
                        scheme.escape_debug()
                    ));
                }
                if rest.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                    return Err(format!("`{}` is no address", shown(&text).escape_debug()));
                }
            }
            None => inside(&text, "a path from the root of the workspace, or a URL")?,
        }
        Template::try_from(text).map(Self)
    }
}

/// A path with placeholders that stays below where it starts: of a member of an archive, or of a file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct InnerPath(Template);

impl InnerPath {
    pub fn template(&self) -> &Template {
        &self.0
    }
}

impl TryFrom<String> for InnerPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        inside(&text, "a path inside, written with `/`")?;
        Template::try_from(text).map(Self)
    }
}

/// Refuses what leads elsewhere. `what` completes "must be".
fn inside(text: &str, what: &str) -> Result<(), String> {
    let is_sound = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0', ':']);
    match text.strip_prefix("./").unwrap_or(text).split('/').all(is_sound) {
        true => Ok(()),
        false => Err(format!("`{}` must be {what}, without `..`, `\\` and `:`", text.escape_debug())),
    }
}

/// An address with its placeholders filled, as `fetch` takes it: a URL, or the absolute path of a file.
pub fn resolve(address: &str, root: &Utf8Path) -> String {
    match address.contains("://") {
        true => address.to_owned(),
        false => root.join(address.strip_prefix("./").unwrap_or(address)).into_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_urls_or_paths_inside() {
        for good in
            ["https://example.org/{os}", "file:///x/y", "vendor/{os}/tool", "./tool", "http://[::1]:8/x"]
        {
            assert!(Address::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in
            ["", "ftp://x/y", "https://", "https://a b/", "/etc/passwd", "../x", "a/../b", "C:\\x", "a//b"]
        {
            assert!(Address::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(InnerPath::try_from("https://x/y".to_owned()).is_err());
    }

    #[test]
    fn a_path_starts_at_the_root_of_the_workspace() {
        assert_eq!(resolve("./vendor/tool", "/project".into()).replace('\\', "/"), "/project/vendor/tool");
        assert_eq!(resolve("file:///x", "/project".into()), "file:///x");
    }
}
