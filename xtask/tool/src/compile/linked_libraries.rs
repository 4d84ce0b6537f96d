//! The libraries that crates link, and an explanation for those that a link did not find.

use std::collections::{BTreeMap, BTreeSet};

/// By library: the crates whose build scripts link it.
#[derive(Debug, Default)]
pub(super) struct LinkedLibraries(BTreeMap<String, BTreeSet<String>>);

impl LinkedLibraries {
    pub(super) fn extend(&mut self, other: Self) {
        for (library, packages) in other.0 {
            self.0.entry(library).or_default().extend(packages);
        }
    }

    /// `libraries` as cargo reports them: `udev`, `dylib=udev`, `static:+whole-archive=udev`.
    pub(super) fn add<'a>(&mut self, package: &str, libraries: impl Iterator<Item = &'a str>) {
        for library in libraries {
            let name = library.rsplit('=').next().unwrap_or(library);
            self.0.entry(name.to_owned()).or_default().insert(package.to_owned());
        }
    }

    /// A sentence for each library that is missing according to the output of a failed link.
    pub(super) fn explain_missing(&self, text: &str) -> BTreeSet<String> {
        text.lines().filter_map(missing_library).map(|name| self.explain(name)).collect()
    }

    /// The crates that link a library. `library` is the name in a binary: `libssl.so.3`, `SSL.dll`,
    /// `/opt/lib/libssl.dylib`.
    pub(super) fn crates_that_link(&self, library: &str) -> Vec<&str> {
        let file = library.rsplit('/').next().unwrap_or(library).to_ascii_lowercase();
        let stem = file.split('.').next().unwrap_or_default();
        let names = [stem, stem.strip_prefix("lib").unwrap_or(stem)];
        let found = self.0.iter().filter(|(name, _)| names.contains(&name.to_ascii_lowercase().as_str()));
        found.flat_map(|(_, packages)| packages).map(String::as_str).collect()
    }

    fn explain(&self, name: &str) -> String {
        let linked_by = match self.0.get(name) {
            Some(packages) => {
                let packages: Vec<_> = packages.iter().map(String::as_str).collect();
                format!(" (linked by {})", packages.join(", "))
            }
            None => String::new(),
        };
        format!(
            "library {name} does not exist for this target{linked_by}: have its crate build it from source, usually by a \
             feature called `vendored`, `bundled` or `static`, or remove the dependency"
        )
    }
}

/// The library that ld.lld, or zig, cannot find according to this line. Messages of ld64.lld are explained by the stubs.
fn missing_library(line: &str) -> Option<&str> {
    const STARTS: [&str; 3] = [
        "unable to find library -l",
        "unable to find dynamic system library '",
        "unable to find static system library '",
    ];
    let rest = STARTS.iter().find_map(|start| line.split_once(start))?.1;
    rest.split(['\'', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_explained_with_the_crates_that_link_it() {
        let mut libraries = LinkedLibraries::default();
        libraries.add("libudev-sys", ["dylib=udev"].into_iter());
        libraries.add("other", ["static:+whole-archive=other", "udev"].into_iter());
        let text = "rust-lld: error: unable to find library -ludev\nerror: unable to find dynamic system library 'x' using";
        let lines: Vec<_> = libraries.explain_missing(text).into_iter().collect();
        let udev = "library udev does not exist for this target (linked by libudev-sys, other): have";
        assert!(lines[0].starts_with(udev), "{}", lines[0]);
        assert!(lines[1].starts_with("library x does not exist for this target: have"), "{}", lines[1]);
        assert!(libraries.explain_missing("error: linking failed").is_empty());
        assert_eq!(libraries.crates_that_link("/opt/lib/libUDEV.so.1"), ["libudev-sys", "other"]);
        assert!(libraries.crates_that_link("udev2.dll").is_empty());
    }
}
