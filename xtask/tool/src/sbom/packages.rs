//! Packages as they are in the registries of Rust and npm.

use sixfold_model::prebuilt::secrets::shown;
use sixfold_model::purl;
use sixfold_project::crates::Crate;
use sixfold_project::plan::UiPackage;

use super::spdx::{Checksum, NO_ASSERTION, Package};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// An address for people, without secrets. SPDX wants one of the web, and its validator takes no host without a domain.
pub(super) fn location(url: &str) -> String {
    let url = shown(url);
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
    let is_name =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_web = host.contains('.') && host.split('.').all(is_name);
    let is_plain = url.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_validator_of_spdx_takes_is_an_address() {
        for (url, expected) in [
            ("https://npm.example/a/-/a-1.0.0.tgz", "https://npm.example/a/-/a-1.0.0.tgz"),
            ("http://user:pw@npm.example:8080/a.tgz#x", "http://npm.example:8080/a.tgz"),
            ("https://localhost:4873/a/-/a-1.0.0.tgz", NO_ASSERTION),
            ("https:///a.tgz", NO_ASSERTION),
            ("https://a..b/a.tgz", NO_ASSERTION),
            ("http://[::1]:80/a.tgz", NO_ASSERTION),
            ("https://npm.example/<a>", NO_ASSERTION),
            ("file:../a.tgz", NO_ASSERTION),
        ] {
            assert_eq!(location(url), expected, "{url}");
        }
    }
}
