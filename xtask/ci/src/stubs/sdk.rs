//! Compares the lists with the text stubs of an SDK that the caller has. Nothing of the SDK is copied.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use super::lists::List;
use super::tbd;

/// For each list whose library has a stub in the SDK: the names that the stub does not have.
pub(crate) fn contradictions(lists: &[List], sdk: &Utf8Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for list in lists {
        let path = stub(sdk, &list.install_name);
        // What a library re-exports is in other stubs.
        if path.is_file() && list.reexports.is_empty() {
            let known = tbd::read(&fs_err::read_to_string(&path)?)?.names;
            let known: std::collections::BTreeSet<_> = known.linker_names().collect();
            let missing = list.names.linker_names().filter(|name| !known.contains(name));
            found.extend(missing.map(|name| format!("{}: {name}", list.name)));
        }
    }
    Ok(found)
}

/// Where an SDK has the stub of a library.
fn stub(sdk: &Utf8Path, install_name: &str) -> Utf8PathBuf {
    let path = install_name.trim_start_matches('/');
    sdk.join(format!("{}.tbd", path.strip_suffix(".dylib").unwrap_or(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stubs::cfg::Arches;

    #[test]
    fn a_name_that_the_sdk_lacks_is_a_contradiction() {
        let temp = tempfile::tempdir().unwrap();
        let sdk = Utf8Path::from_path(temp.path()).unwrap();
        fs_err::create_dir_all(sdk.join("usr/lib")).unwrap();
        let text = "--- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos ]\ninstall-name: '/usr/lib/liba.1.dylib'\n\
                    exports:\n  - targets: [ arm64-macos ]\n    symbols: [ _a ]\n...\n";
        fs_err::write(sdk.join("usr/lib/liba.1.tbd"), text).unwrap();
        let mut list =
            List { name: "liba".into(), install_name: "/usr/lib/liba.1.dylib".into(), ..List::default() };
        list.names.add_c("a", Arches::ALL);
        list.names.add_c("b", Arches::ALL);
        let other =
            List { name: "libb".into(), install_name: "/usr/lib/libb.dylib".into(), ..List::default() };
        assert_eq!(contradictions(&[list, other], sdk).unwrap(), ["liba: _b"]);
    }
}
