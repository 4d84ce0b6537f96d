//! Since which macOS libSystem exports a name. Older versions of the package `ziglang` have the lists of older SDKs.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::Utf8Path;

use super::manifest::Manifest;
use super::names::Names;
use super::tbd;
use super::zig::Package;

/// The first SDK with each name, by linker name. A name of the oldest SDK is left out, because every supported macOS has it.
pub(crate) fn since(
    workspace: &Utf8Path,
    manifest: &Manifest,
    current: &Package,
) -> Result<BTreeMap<String, String>> {
    let mut sdks = Vec::new();
    for version in &manifest.older_ziglang {
        sdks.extend(Package::lists_only(workspace, version)?.dated_lists()?);
    }
    sdks.extend(current.dated_lists()?);
    let read = |(version, text): (String, String)| Ok((version, tbd::read(&text)?.names));
    Ok(first_of(&sdks.into_iter().map(read).collect::<Result<Vec<_>>>()?))
}

/// `sdks` from old to new.
fn first_of(sdks: &[(String, Names)]) -> BTreeMap<String, String> {
    let mut first = BTreeMap::new();
    for (version, names) in sdks {
        for name in names.symbols.keys() {
            first.entry(name.clone()).or_insert_with(|| version.clone());
        }
    }
    let oldest = sdks.first().map(|(version, _)| version);
    first.retain(|_, version| Some(&*version) != oldest);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_exists_since_the_first_sdk_that_lists_it() {
        let sdk = |version: &str, symbols: &[&str]| {
            let mut names = Names::default();
            symbols.iter().for_each(|name| names.add_symbol(name, super::super::cfg::Arches::ALL));
            (version.to_owned(), names)
        };
        let sdks = [sdk("11", &["_a", "_gone"]), sdk("12", &["_a", "_b"]), sdk("15.5", &["_a", "_b", "_c"])];
        let found: Vec<_> = first_of(&sdks).into_iter().collect();
        assert_eq!(found, [("_b".into(), "12".into()), ("_c".into(), "15.5".into())]);
    }
}
