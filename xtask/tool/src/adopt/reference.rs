//! The name of an image.

use sixfold_model::finding::Place;
use sixfold_model::reference::Repository;

/// A name that a command gives the image.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub repository: Repository,
    pub tag: Option<String>,
    pub place: Place,
    /// Where the tag is set.
    pub tag_place: Place,
}

impl Reference {
    /// Reads `repository:tag`. `None` for what is no name of an image with an owner.
    pub(super) fn read(text: &str, place: Place, tag_place: Place) -> Option<Self> {
        let text = text.trim_matches(['"', '\'', ',']);
        let name = text.split('@').next().unwrap_or(text);
        let end = name.rfind('/')?;
        let tag = name.get(end..)?.find(':').map(|at| end + at);
        let (repository, tag) = match tag {
            Some(at) => (name.get(..at)?, name.get(at + 1..)),
            None => (name, None),
        };
        Some(Self { repository: repository.parse().ok()?, tag: tag.map(str::to_owned), place, tag_place })
    }
}
