//! Libraries that a link did not find, and the crates that ask for them.

use std::collections::{BTreeMap, BTreeSet};

/// Which crates have cargo link which libraries, as their build scripts said.
#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<String, BTreeSet<String>>);

impl Asked {
    /// `libraries` as cargo reports them: `udev`, `dylib=udev`, `static:+whole-archive=udev`.
    pub(super) fn add<'a>(&mut self, package: &str, libraries: impl Iterator<Item = &'a str>) {
        for library in libraries {
            let name = library.rsplit('=').next().unwrap_or(library);
            self.0.entry(name.to_owned()).or_default().insert(package.to_owned());
        }
    }

    /// A sentence for each library that the text of a failed link says is not there.
    pub(super) fn explain(&self, text: &str) -> BTreeSet<String> {
        text.lines().filter_map(absent).map(|name| self.sentence(name)).collect()
    }

    /// The crates that asked for a library, which is named as a program names it: `libssl.so.3`, `SSL.dll`,
    /// `/opt/lib/libssl.dylib`.
    pub(super) fn wanting(&self, library: &str) -> Vec<&str> {
        let file = library.rsplit('/').next().unwrap_or(library).to_ascii_lowercase();
        let stem = file.split('.').next().unwrap_or_default();
        let names = [stem, stem.strip_prefix("lib").unwrap_or(stem)];
        let found = self.0.iter().filter(|(name, _)| names.contains(&name.to_ascii_lowercase().as_str()));
        found.flat_map(|(_, packages)| packages).map(String::as_str).collect()
    }

    fn sentence(&self, name: &str) -> String {
        let by = match self.0.get(name) {
            Some(packages) => {
                let packages: Vec<_> = packages.iter().map(String::as_str).collect();
                format!(" (wanted by {})", packages.join(", "))
            }
            None => String::new(),
        };
        format!(
            "library {name} is not there for this target{by}; have its crate build it from source, mostly by a feature \
             called `vendored`, `bundled` or `static`, or do without"
        )
    }
}

/// The library that a line of ld.lld, or of zig, says it cannot find. ld64.lld's are explained by the stubs.
fn absent(line: &str) -> Option<&str> {
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
    fn a_library_is_explained_by_the_crate_that_asked() {
        let mut asked = Asked::default();
        asked.add("libudev-sys", ["dylib=udev"].into_iter());
        asked.add("other", ["static:+whole-archive=other", "udev"].into_iter());
        let text = "rust-lld: error: unable to find library -ludev\nerror: unable to find dynamic system library 'x' using";
        let said: Vec<_> = asked.explain(text).into_iter().collect();
        assert!(
            said[0].starts_with("library udev is not there for this target (wanted by libudev-sys, other);")
        );
        assert!(said[1].starts_with("library x is not there for this target; have"));
        assert!(asked.explain("error: linking failed").is_empty());
        assert_eq!(asked.wanting("/opt/lib/libUDEV.so.1"), ["libudev-sys", "other"]);
        assert!(asked.wanting("udev2.dll").is_empty());
    }
}
