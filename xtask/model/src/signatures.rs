//! Signatures of an image, which cosign keeps beside it in its registry. `sixfold-fetch signatures` prints the answer of a registry
//! as a line of JSON.
//!
//! Only what a signature says is read. Whether the key has made it, only cosign can tell.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// What a registry has beside an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signatures {
    /// The digest of the image.
    pub digest: Digest,
    pub found: Vec<ImageSignature>,
    /// True if a key was used to verify them. It is always false here.
    pub verified: bool,
}

/// One signature, or one signed attestation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSignature {
    /// Where it is: a tag or a digest in the repository of the image.
    pub at: String,
    /// The predicate type of a signed attestation. `None` for a signature.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attests: Option<String>,
    /// The digest that is signed, or why it cannot be read.
    pub signs: Signed,
}

/// What a signature is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    Digest(Digest),
    Unreadable(String),
}

impl Signatures {
    /// Those that say they are for this image.
    pub fn matching(&self) -> impl Iterator<Item = &ImageSignature> {
        let is_for_it =
            |it: &&ImageSignature| matches!(&it.signs, Signed::Digest(digest) if *digest == self.digest);
        self.found.iter().filter(is_for_it)
    }

    /// True if one of them is a signature, not only an attestation.
    pub fn has_signature(&self) -> bool {
        self.matching().any(|it| it.attests.is_none())
    }
}
