//! Package URLs (<https://github.com/package-url/purl-spec>).

use std::fmt::Write as _;

use crate::matrix::Platform;
use crate::reference::Tagged;

/// The image of one platform, as BuildKit names it: `pkg:docker/example/tool@1.0.0?platform=linux%2Famd64`.
pub fn image(name: &str, platform: Platform) -> String {
    let (path, tag) = match name.parse::<Tagged>() {
        Ok(tagged) => (tagged.repository.familiar().to_owned(), tagged.tag.to_string()),
        Err(_) => (name.to_owned(), "latest".to_owned()),
    };
    format!("pkg:docker/{}@{}?platform={}", segments(&path), encode(&tag), encode(&platform.to_string()))
}

/// A package of the Rust registry.
pub fn cargo(name: &str, version: &str) -> String {
    format!("pkg:cargo/{}@{}", encode(name), encode(version))
}

/// A package of npm's registry, such as `pkg:npm/%40scope/name@1.0.0`.
pub fn npm(name: &str, version: &str) -> String {
    format!("pkg:npm/{}@{}", segments(name), encode(version))
}

fn segments(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_encoded() {
        assert_eq!(npm("@mui/material", "6.5.0"), "pkg:npm/%40mui/material@6.5.0");
        assert_eq!(cargo("a", "1.0.0+b"), "pkg:cargo/a@1.0.0%2Bb");
        let image = |name| image(name, Platform::ALL[0]);
        assert_eq!(image("x/y:1"), "pkg:docker/x/y@1?platform=linux%2Famd64");
        assert_eq!(image("docker.io/x/y:1"), image("x/y:1"));
        assert_eq!(image("localhost:5000/x/y:1"), "pkg:docker/localhost%3A5000/x/y@1?platform=linux%2Famd64");
    }
}
