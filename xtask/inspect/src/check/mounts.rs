//! What RUN mounts from a build context, a stage or an image.

use sixfold_image::dockerfile::Instruction;

/// `RUN --mount=type=bind,…`.
pub(super) struct Mount<'a> {
    /// The stage, context or image; `None` for the build context.
    pub from: Option<&'a str>,
    /// The path in it.
    pub source: &'a str,
    /// Where it is mounted.
    pub target: &'a str,
}

/// The files and folders that a RUN mounts to read them.
pub(super) fn mounts(item: &Instruction) -> impl Iterator<Item = Mount<'_>> {
    let flags = item.line.text.split_whitespace().take_while(|word| word.starts_with("--"));
    flags.filter_map(|word| word.strip_prefix("--mount=")).filter_map(|mount| {
        let value = |names: &[&str]| {
            let pairs = mount.split(',').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(name, _)| names.contains(name)).map(|(_, value)| value).next_back()
        };
        let target = value(&["target", "dst", "destination"])
            .filter(|_| matches!(value(&["type"]), None | Some("bind")))?;
        Some(Mount { from: value(&["from"]), source: value(&["source", "src"]).unwrap_or("."), target })
    })
}
