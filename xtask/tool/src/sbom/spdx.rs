//! The part of SPDX 2.3 that the documents here use (<https://spdx.github.io/spdx-spec/v2.3/>), as JSON.

use std::collections::BTreeSet;

use serde::Serialize;

/// What SPDX writes for a value that is not known.
pub(super) const NO_ASSERTION: &str = "NOASSERTION";
pub(super) const DOCUMENT: &str = "SPDXRef-DOCUMENT";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub spdx_version: &'static str,
    pub data_license: &'static str,
    #[serde(rename = "SPDXID")]
    pub id: &'static str,
    pub name: String,
    pub document_namespace: String,
    pub creation_info: CreationInfo,
    pub comment: String,
    pub packages: Vec<Package>,
    pub relationships: BTreeSet<Relationship>,
}

#[derive(Debug, Serialize)]
pub(super) struct CreationInfo {
    pub created: String,
    pub creators: Vec<String>,
}

/// A package, or a single file. SPDX wants a SHA-1 digest for what it calls a file, so files are packages of the purpose `FILE`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package {
    #[serde(rename = "SPDXID")]
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_file_name: Option<String>,
    pub download_location: String,
    pub files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checksums: Vec<Checksum>,
    pub license_concluded: &'static str,
    pub license_declared: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_comments: Option<String>,
    pub copyright_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_package_purpose: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_refs: Vec<ExternalRef>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checksum {
    pub algorithm: String,
    pub checksum_value: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Relationship {
    pub spdx_element_id: String,
    pub relationship_type: &'static str,
    pub related_spdx_element: String,
}

impl Package {
    /// A package of which nothing else is known. It gets its `id` when it is added.
    pub(super) fn new(name: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            version_info: None,
            package_file_name: None,
            download_location: NO_ASSERTION.to_owned(),
            files_analyzed: false,
            checksums: vec![],
            license_concluded: NO_ASSERTION,
            license_declared: NO_ASSERTION.to_owned(),
            license_comments: None,
            copyright_text: NO_ASSERTION,
            comment: None,
            primary_package_purpose: None,
            external_refs: vec![],
        }
    }

    pub(super) fn with_sha256(mut self, hex: &str) -> Self {
        self.checksums.push(Checksum { algorithm: "SHA256".to_owned(), checksum_value: hex.to_owned() });
        self
    }

    pub(super) fn with_purl(mut self, purl: String) -> Self {
        self.external_refs.push(ExternalRef {
            reference_category: "PACKAGE-MANAGER",
            reference_type: "purl",
            reference_locator: purl,
        });
        self
    }

    /// With the licence that the package states. SPDX takes only names from its list, so any other text is a comment.
    pub(super) fn with_license(mut self, stated: Option<&str>) -> Self {
        let Some(stated) = stated else { return self };
        match super::license::expression(stated) {
            Some(expression) => self.license_declared = expression,
            None => self.license_comments = Some(format!("The package states: {stated}")),
        }
        self
    }
}
