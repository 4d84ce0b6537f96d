//! Checks that a document is what its descriptor states, so that every reader finds the same image.

use anyhow::{Result, anyhow, ensure};
use serde::Deserialize;

use crate::oci::{ATTESTED, DAMAGED, Descriptor, ImageConfig, Index, MEDIA_IN_TOTO, Manifest, OciPlatform};

/// The fields that tell an index from a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
    config: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
}

/// Fails if a document has another media type than its descriptor, or has the fields of an index and of a manifest: readers
/// that go by one or the other would find different images.
pub(super) fn check_form(descriptor: &Descriptor, bytes: &[u8]) -> Result<()> {
    if !descriptor.is_index() && !descriptor.is_manifest() {
        return Ok(());
    }
    let form: Form = serde_json::from_slice(bytes)
        .map_err(|_| anyhow!("it is not a manifest or an index in JSON\n{DAMAGED}"))?;
    let stated = &descriptor.media_type;
    ensure!(
        form.media_type.as_ref().is_none_or(|media_type| media_type == stated),
        "its media type is not `{stated}`, as its descriptor states\n{DAMAGED}"
    );
    let is_ambiguous = match descriptor.is_index() {
        true => form.config.is_some() || form.layers.is_some(),
        false => form.manifests.is_some(),
    };
    ensure!(!is_ambiguous, "it has the fields of both an index and a manifest");
    Ok(())
}

/// Engines select an image by the platform of its descriptor, so the configuration must agree.
pub(super) fn check_platform(
    descriptor: &Descriptor,
    platform: &OciPlatform,
    config: &ImageConfig,
) -> Result<()> {
    // An arm64 platform without a variant is v8.
    let variant = |architecture: &str, variant: &Option<String>| match architecture {
        "arm64" => Some(variant.clone().unwrap_or_else(|| "v8".to_owned())),
        _ => variant.clone(),
    };
    let same_variant = match (
        variant(&platform.architecture, &platform.variant),
        variant(&config.architecture, &config.variant),
    ) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    ensure!(
        platform.os == config.os && platform.architecture == config.architecture && same_variant,
        "the index lists {} for {}/{}, but its configuration is for {}/{}\nhelp: build the image again for each platform",
        descriptor.digest,
        platform.os,
        platform.architecture,
        config.os,
        config.architecture
    );
    Ok(())
}

/// True for what BuildKit adds to describe another manifest. Annotations alone do not hide an image.
pub(super) fn is_attestation(descriptor: &Descriptor, manifest: &Manifest) -> bool {
    descriptor.platform.as_ref().is_some_and(OciPlatform::is_unknown)
        && manifest.layers.iter().all(|layer| layer.media_type == MEDIA_IN_TOTO)
        && descriptor.annotations.contains_key(ATTESTED)
}

/// True if the index lists the manifest that this attestation is about.
pub(super) fn is_about_one_of(descriptor: &Descriptor, index: &Index) -> bool {
    let is_listed = |digest: &String| index.manifests.iter().any(|other| other.digest.as_str() == digest);
    descriptor.annotations.get(ATTESTED).is_some_and(is_listed)
}
