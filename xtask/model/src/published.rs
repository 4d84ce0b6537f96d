//! A question about a published image, and the answers. `sixfold-fetch published` reads the one from its standard input, and prints
//! the others as a line of JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// As `repository:tag`.
    pub image: String,
    /// The addresses of pictures.
    pub pictures: BTreeSet<String>,
}

/// The answers of a registry, and of the servers of pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// All tags of the repository, or why they are not known.
    pub tags: Result<Vec<String>, String>,
    /// By address.
    pub pictures: BTreeMap<String, Picture>,
}

/// What a server sends for the address of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// A picture of this size.
    Pixels { width: usize, height: usize },
    /// A picture that has any size.
    Svg,
    /// No picture: the reason.
    None(String),
}
