//! The parts of image references.

/// `localhost:5000/x/y:1@sha256:…` without tag and digest.
pub(super) fn without_tag(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// The tag that Docker uses: `latest` if the reference has neither a tag nor a digest.
pub(super) fn tag(reference: &str) -> Option<String> {
    let name = reference.split('@').next().unwrap_or_default();
    let tag = name.strip_prefix(without_tag(name))?.strip_prefix(':').map(str::to_owned);
    tag.or_else(|| (!reference.contains('@')).then(|| "latest".into()))
}

/// The tag in an annotation of a stored image, which may be only the tag or a whole reference.
pub(super) fn stored_tag(name: &str) -> Option<String> {
    if name.contains([':', '/']) { tag(name) } else { Some(name.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_split_into_their_parts() {
        for (reference, repository, expected) in [
            ("x/y", "x/y", Some("latest")),
            ("x/y:1.0.0", "x/y", Some("1.0.0")),
            ("localhost:5000/x/y", "localhost:5000/x/y", Some("latest")),
            ("localhost:5000/x/y:1", "localhost:5000/x/y", Some("1")),
            ("x/y:1@sha256:00", "x/y", Some("1")),
            ("x/y@sha256:00", "x/y", None),
        ] {
            assert_eq!(without_tag(reference), repository, "{reference}");
            assert_eq!(tag(reference).as_deref(), expected, "{reference}");
        }
        assert_eq!(stored_tag("1.0.0").as_deref(), Some("1.0.0"));
        assert_eq!(stored_tag("localhost:5000/x/y:2.0.0").as_deref(), Some("2.0.0"));
    }
}
