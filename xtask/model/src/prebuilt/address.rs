//! Where a prebuilt binary comes from: a URL, or a file of the workspace.

use camino::Utf8Path;
use serde::Deserialize;

use super::secrets::shown;
use super::template::Template;

/// An address with placeholders: `https://`, `http://`, `file://`, or a path relative to the root of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(Template);

impl Address {
    /// The address with its placeholders.
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
                        "`{}://` is not supported\nhelp: use https://, file:// or a path relative to the root of the workspace",
                        scheme.escape_debug()
                    ));
                }
                if rest.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                    return Err(format!("`{}` is not an address", shown(&text).escape_debug()));
                }
            }
            None => inside(&text, "a path relative to the root of the workspace, or a URL")?,
        }
        Template::try_from(text).map(Self)
    }
}

/// A path with placeholders that cannot leave its root: a member of an archive, or a file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct InnerPath(Template);

impl InnerPath {
    /// The path with its placeholders.
    pub fn template(&self) -> &Template {
        &self.0
    }
}

impl TryFrom<String> for InnerPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        inside(&text, "a relative path with `/`")?;
        Template::try_from(text).map(Self)
    }
}

/// Refuses paths that leave their root. `what` completes "must be".
fn inside(text: &str, what: &str) -> Result<(), String> {
    let is_sound = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0', ':']);
    if text.strip_prefix("./").unwrap_or(text).split('/').all(is_sound) {
        return Ok(());
    }
    Err(format!("`{}` must be {what}, without `..`, `\\` and `:`", text.escape_debug()))
}

/// An address without placeholders, as `fetch` expects it: a URL, or the absolute path of a file.
pub fn resolve(address: &str, root: &Utf8Path) -> String {
    if address.contains("://") {
        return address.to_owned();
    }
    root.join(address.strip_prefix("./").unwrap_or(address)).into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_url_or_a_path_in_the_workspace() {
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
    fn a_path_is_relative_to_the_root_of_the_workspace() {
        assert_eq!(resolve("./vendor/tool", "/project".into()).replace('\\', "/"), "/project/vendor/tool");
        assert_eq!(resolve("file:///x", "/project".into()), "file:///x");
    }
}
