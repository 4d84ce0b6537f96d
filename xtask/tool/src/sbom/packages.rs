//! Packages as they are in the registries of Rust and npm.

use sixfold_model::prebuilt::secrets::shown;
use sixfold_model::purl;
use sixfold_project::crates::Crate;
use sixfold_project::plan::UiPackage;

use super::spdx::{Checksum, NO_ASSERTION, Package};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// An address for people, without secrets. SPDX wants one of the web.
pub(super) fn location(url: &str) -> String {
    let url = shown(url);
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.is_ascii() && !url.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_web && is_plain { url } else { NO_ASSERTION.to_owned() }
}

/// A package that cargo builds from.
pub(super) fn crate_package(found: &Crate) -> Package {
    let version = found.version.to_string();
    let mut package = Package::new(&found.name).with_license(found.license.as_deref());
    if let Some(checksum) = &found.checksum {
        package = package.with_sha256(checksum);
    }
    if found.source.as_deref() == Some(CRATES_IO) {
        package = package.with_purl(purl::cargo(&found.name, &version));
    }
    package.primary_package_purpose = Some(if found.is_root { "APPLICATION" } else { "LIBRARY" });
    package.version_info = Some(version);
    package
}

/// A package of the UI.
pub(super) fn npm_package(found: &UiPackage) -> Package {
    let mut package = Package::new(&found.name).with_license(found.license.as_deref());
    let checksum = |(algorithm, value): &(String, String)| Checksum {
        algorithm: algorithm.clone(),
        checksum_value: value.clone(),
    };
    package.checksums = found.digests.iter().map(checksum).collect();
    package.version_info.clone_from(&found.version);
    package.primary_package_purpose = Some("LIBRARY");
    let resolved = found.resolved.as_deref();
    package.download_location = resolved.map_or_else(|| NO_ASSERTION.to_owned(), location);
    match &found.version {
        Some(version) if is_from_a_registry(found) => package.with_purl(purl::npm(&found.name, version)),
        _ => package,
    }
}

/// True if npm has the package from a registry: these have archives at `NAME/-/…`, and npm can leave out their addresses
/// (`omit-lockfile-registry-resolved`). A folder, or an archive from elsewhere, is not what a registry has under this name.
fn is_from_a_registry(found: &UiPackage) -> bool {
    match &found.resolved {
        Some(address) => address.starts_with("https://") && address.contains(&format!("/{}/-/", found.name)),
        None => !found.digests.is_empty(),
    }
}
