//! The parts of the OCI image format that an extension's image uses (<https://github.com/opencontainers/image-spec>).
//!
//! Unknown fields are ignored when reading, as the specification demands.

use std::collections::BTreeMap;

use anyhow::ensure;
use serde::{Deserialize, Deserializer, Serialize};
use sixfold_model::digest::Digest;

pub(crate) const LAYOUT_FILE: &str = "oci-layout";
pub(crate) const INDEX_FILE: &str = "index.json";
/// The only version of the layout.
pub(crate) const LAYOUT_VERSION: &str = "1.0.0";

pub const MEDIA_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const MEDIA_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const MEDIA_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const MEDIA_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// Docker's own names for an index and a manifest, which registries still use.
pub(crate) const MEDIA_DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const MEDIA_DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// The tag, in the index of a layout.
pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The full reference, which containerd and `docker load` use as the name of the image.
pub(crate) const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// The media type of the layers of an attestation (<https://docs.docker.com/build/metadata/attestations/attestation-storage/>).
pub(crate) const MEDIA_IN_TOTO: &str = "application/vnd.in-toto+json";
/// On such a layer, the kind of its statement.
pub(crate) const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";
/// The kind of an SBOM in SPDX.
pub const SPDX_DOCUMENT: &str = "https://spdx.dev/Document";
/// In the descriptor of an attestation, the digest of the image that it is about.
pub(crate) const ATTESTED: &str = "vnd.docker.reference.digest";
/// In the same descriptor, what it is: [`ATTESTATION`].
pub(crate) const ATTESTED_AS: &str = "vnd.docker.reference.type";
pub(crate) const ATTESTATION: &str = "attestation-manifest";

/// What to do about an image whose parts contradict each other.
pub(crate) const DAMAGED: &str = "help: the image is damaged; write or download it again";

/// What to do about an image that has more of something than is read.
pub(crate) const TOO_MUCH: &str =
    "help: no extension needs this much: remove what it does not need, and build the image again";

/// The file `oci-layout`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    pub image_layout_version: String,
}

impl Layout {
    pub(crate) fn new() -> Self {
        Self { image_layout_version: LAYOUT_VERSION.to_owned() }
    }
}

/// An image index: `index.json` of a layout, or the blob that lists an image's platforms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    pub schema_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub manifests: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Index {
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        let media_type = Some(MEDIA_INDEX.to_owned());
        Self { schema_version: 2, media_type, manifests, annotations: BTreeMap::new() }
    }
}

/// Points to a blob by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<OciPlatform>,
}

impl Descriptor {
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        let media_type = media_type.to_owned();
        Self { media_type, digest, size, annotations: BTreeMap::new(), platform: None }
    }

    pub(crate) fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), MEDIA_INDEX | MEDIA_DOCKER_INDEX)
    }

    pub fn is_manifest(&self) -> bool {
        matches!(self.media_type.as_str(), MEDIA_MANIFEST | MEDIA_DOCKER_MANIFEST)
    }

    /// Fails if a blob with this digest and size in bytes is not the one that the descriptor describes.
    pub(crate) fn check(&self, digest: &Digest, size: u64) -> anyhow::Result<()> {
        ensure!(self.digest == *digest, "its content does not match its digest\n{DAMAGED}");
        ensure!(self.size == size, "it has {size} bytes, but its descriptor states {}\n{DAMAGED}", self.size);
        Ok(())
    }
}

/// Any platform that an index names, unlike [`sixfold_model::matrix::Platform`]. BuildKit's attestations have
/// `unknown/unknown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OciPlatform {
    pub architecture: String,
    pub os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl OciPlatform {
    const UNKNOWN: &str = "unknown";

    /// The platform of attestations.
    pub(crate) fn unknown() -> Self {
        Self { architecture: Self::UNKNOWN.to_owned(), os: Self::UNKNOWN.to_owned(), variant: None }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.os == Self::UNKNOWN && self.architecture == Self::UNKNOWN
    }
}

/// The image of one platform: its configuration and its layers, lowest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub schema_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    pub config: Descriptor,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub layers: Vec<Descriptor>,
}

/// The configuration of one platform's image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageConfig {
    pub architecture: String,
    #[serde(default)]
    pub config: RunConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub history: Vec<History>,
    pub os: String,
    pub rootfs: RootFs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// How a container of the image runs. Docker Desktop uses only `labels`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The keys have the form `80/tcp`; the values are empty objects.
    #[serde(skip_serializing_if = "is_none_or_empty")]
    pub exposed_ports: Option<BTreeMap<String, Empty>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Deprecated, but BuildKit sets it with an entry point or a command.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub args_escaped: bool,
    /// Missing and null mean empty.
    #[serde(skip_serializing_if = "is_none_or_empty")]
    pub labels: Option<BTreeMap<String, String>>,
}

fn is_none_or_empty<T>(value: &Option<BTreeMap<String, T>>) -> bool {
    value.as_ref().is_none_or(BTreeMap::is_empty)
}

/// BuildKit writes `null` for an empty list. An image from scratch without a COPY has no layers.
fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(input: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}

/// An object without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// One step of the Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    pub created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The step changed only the configuration.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
}

/// The digests of the uncompressed layers, lowest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFs {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub diff_ids: Vec<Digest>,
}

impl RootFs {
    pub fn new(diff_ids: Vec<Digest>) -> Self {
        Self { kind: "layers".to_owned(), diff_ids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_sha256_and_lower_case_hex() {
        assert_eq!(Digest::of(b"").as_str(), NOTHING);
        assert_eq!(NOTHING.parse(), Ok(Digest::of(b"")));
        for bad in [&NOTHING[..70], &NOTHING.to_uppercase(), "sha512:00", "sha256:../../etc/passwd", ""] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
            assert!(serde_json::from_value::<Digest>(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_fields_and_nulls_are_ignored() {
        let text = format!(
            r#"{{"architecture":"arm64","os":"linux","author":"x","variant":"v8","moby.buildkit.cache.v0":"e",
                "config":{{"Labels":null,"Env":null,"Volumes":{{"/x":{{}}}}}},
                "history":null,"rootfs":{{"type":"layers","diff_ids":["{NOTHING}"]}}}}"#
        );
        let config: ImageConfig = serde_json::from_str(&text).unwrap();
        assert_eq!(config.rootfs.diff_ids, [Digest::of(b"")]);
        assert_eq!(config.config, RunConfig::default());
    }

    #[test]
    fn a_descriptor_knows_what_it_points_to() {
        let descriptor = Descriptor::new(MEDIA_DOCKER_INDEX, Digest::of(b""), 0);
        assert!(descriptor.is_index() && !descriptor.is_manifest());
        assert_eq!(
            serde_json::to_string(&descriptor).unwrap(),
            format!(r#"{{"mediaType":"{MEDIA_DOCKER_INDEX}","digest":"{NOTHING}","size":0}}"#)
        );
    }
}
