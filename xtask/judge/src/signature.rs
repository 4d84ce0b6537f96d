//! What is known about the code signature of a program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::cms::Signed;
use sixfold_model::matrix::{ImagePath, Platform};

/// The code signature of a program for macOS or Windows, as JSON shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Signature {
    /// There is no signature.
    None,
    /// For macOS: every page matches its hash, and no certificate says who signed.
    AdHoc,
    /// The digests match the file, and there is a certificate.
    Identity(Identity),
    /// The digests are not those of the file, or the kernel would refuse it, for this reason.
    Invalid { reason: String },
    /// It cannot be verified here, for this reason.
    Unverifiable { reason: String },
}

/// Who signed, and how. The chain of the certificate is not verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The common name of the certificate.
    pub name: String,
    /// For macOS: whether the hardened runtime is on, which notarisation requires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardened_runtime: Option<bool>,
    /// Whether there is a time stamp for this signature.
    pub timestamp: bool,
    /// When the certificate is valid, in seconds since 1970.
    #[serde(skip)]
    pub valid: Range<i64>,
}

impl Identity {
    /// Fails if the certificate or the time stamp cannot be read.
    pub(crate) fn of(signed: &Signed<'_>, hardened_runtime: Option<bool>) -> std::io::Result<Self> {
        let certificate = signed.certificate()?;
        let (name, valid) = (certificate.name, certificate.valid);
        Ok(Self { name, hardened_runtime, timestamp: signed.is_timestamped()?, valid })
    }
}

/// A line for each kind of signature, or of something else that files have, with the files that have it. Paths come from the
/// image, as they are.
pub fn lines_by_kind<'a>(
    files: impl Iterator<Item = (&'a ImagePath, Platform, Option<impl ToString>)>,
) -> Vec<String> {
    let mut kinds: BTreeMap<&ImagePath, BTreeSet<String>> = BTreeMap::new();
    let mut lines: BTreeMap<String, BTreeMap<&ImagePath, Platform>> = BTreeMap::new();
    for (path, platform, kind) in files {
        if let Some(kind) = kind.map(|kind| kind.to_string()) {
            kinds.entry(path).or_default().insert(kind.clone());
            lines.entry(kind).or_default().insert(path, platform);
        }
    }
    let spell = |(path, platform): (&ImagePath, Platform)| match kinds.get(path) {
        Some(kinds) if kinds.len() > 1 => format!("{path} ({})", platform.arch()),
        _ => path.to_string(),
    };
    let line = |(kind, paths): (String, BTreeMap<_, _>)| {
        format!("{kind}: {}", paths.into_iter().map(spell).collect::<Vec<_>>().join(", "))
    };
    lines.into_iter().map(line).collect()
}

/// As reports show it. The name comes from the file, so control characters are escaped.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("not signed"),
            Self::AdHoc => f.write_str("signed ad hoc"),
            Self::Invalid { .. } => f.write_str("signature invalid"),
            Self::Unverifiable { .. } => f.write_str("signature not verifiable"),
            Self::Identity(identity) => {
                let parts = [
                    (identity.hardened_runtime == Some(true)).then_some("hardened runtime"),
                    identity.timestamp.then_some("time stamp"),
                ];
                write!(f, "signed as {} (certificate not verified)", identity.name.escape_debug())?;
                parts.iter().flatten().try_for_each(|part| write!(f, ", {part}"))
            }
        }
    }
}
