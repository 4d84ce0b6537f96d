//! Digests in the configuration.

use serde::Deserialize;

use crate::digest::Digest;

/// A SHA-256 digest as publishers write it: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sha256(pub Digest);

impl TryFrom<String> for Sha256 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix("sha256:").unwrap_or(&text).to_ascii_lowercase();
        format!("sha256:{digits}").parse().map(Self).map_err(|_| {
            format!(
                "`{}` is not a SHA-256 digest\nhelp: write its 64 hexadecimal digits",
                text.escape_debug()
            )
        })
    }
}
