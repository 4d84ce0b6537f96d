//! What the tool tells the programs that cargo runs for it: its wrapper around rustc, and its wrappers around zig.

use std::env;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

/// Holds the [`Wrapper`] as JSON.
const VARIABLE: &str = "SIXFOLD_RUSTC_WRAPPER";

/// What the wrapper has to know.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapper {
    /// Directories of this machine, and what stands for each in the binaries.
    pub directories: Vec<(String, String)>,
    /// The author's own `RUSTC_WRAPPER`, which then runs rustc.
    pub next: Option<String>,
    /// A directory that gets a file with the name of each target for which rustc fails.
    pub failure_reports: Utf8PathBuf,
}

impl Wrapper {
    /// The variables that make cargo run rustc through this program.
    pub fn variables(&self) -> Result<[(&'static str, String); 2]> {
        let own = env::current_exe().context("the tool cannot find its own program")?;
        let own = own.into_os_string().into_string().ok().context("the path of the tool is not UTF-8")?;
        Ok([("RUSTC_WRAPPER", own), (VARIABLE, serde_json::to_string(self)?)])
    }

    /// The flags by which a C compiler replaces the same directories. A build script calls it with the variables that cargo
    /// sets for both.
    pub fn c_flags() -> Vec<String> {
        Self::inherited()
            .map(|wrapper| wrapper.file_prefix_maps(&Package::from_environment()))
            .unwrap_or_default()
    }

    /// What the tool has passed on through cargo, if this process runs below it.
    pub fn inherited() -> Option<Self> {
        serde_json::from_str(&env::var(VARIABLE).ok()?).ok()
    }

    fn file_prefix_maps(&self, package: &Package) -> Vec<String> {
        let remap = self.remap(package).into_iter();
        remap.map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect()
    }

    /// The directories to replace. rustc and clang take the last one that matches, so the longest comes last.
    pub fn remap(&self, package: &Package) -> Vec<(String, String)> {
        let mut all = self.directories.clone();
        let Package { name, version, directory, out_dir } = package;
        if self.stand_in(directory).is_none() {
            all.push((directory.clone(), format!("/packages/{name}-{version}")));
        }
        all.extend(out_dir.iter().map(|out_dir| (out_dir.clone(), format!("/out/{name}-{version}"))));
        all.retain(|(from, _)| !from.is_empty());
        all.sort_by_key(|(from, _)| from.len());
        all
    }

    /// The path with the directory of this machine replaced, if it is in one that is known.
    pub fn stand_in(&self, path: &str) -> Option<String> {
        let within = |(from, to): &(String, String)| {
            let rest = Utf8Path::new(path).strip_prefix(from).ok()?;
            Some((from.len(), format!("{to}/{rest}")))
        };
        self.directories.iter().filter_map(within).max().map(|(_, path)| path)
    }
}

/// The package that is compiled, as cargo describes it to rustc.
#[derive(Debug, Default)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub directory: String,
    /// The output of its build script, if it has one.
    pub out_dir: Option<String>,
}

impl Package {
    /// What the variables of this process say.
    pub fn from_environment() -> Self {
        let variable = |name| env::var(name).ok();
        Self {
            name: variable("CARGO_PKG_NAME").unwrap_or_default(),
            version: variable("CARGO_PKG_VERSION").unwrap_or_default(),
            directory: variable("CARGO_MANIFEST_DIR").unwrap_or_default(),
            out_dir: variable("OUT_DIR"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper(root: &str) -> Wrapper {
        let directories =
            [(root.to_owned(), "/workspace".to_owned()), ("/home/me/.cargo".into(), "/cargo".into())];
        Wrapper { directories: directories.into(), next: None, failure_reports: "/failures".into() }
    }

    fn package(directory: &str) -> Package {
        Package { name: "dep".into(), version: "1.0.0".into(), directory: directory.into(), out_dir: None }
    }

    #[test]
    fn c_code_loses_the_same_directories() {
        let mut package = package("/a/project");
        package.out_dir = Some("/a/project/target/x/build/dep-0a1b/out".into());
        let flags = wrapper("/a/project").file_prefix_maps(&package);
        assert_eq!(flags[0], "-ffile-prefix-map=/a/project=/workspace");
        assert_eq!(flags[2], "-ffile-prefix-map=/a/project/target/x/build/dep-0a1b/out=/out/dep-1.0.0");
    }

    #[test]
    fn a_directory_that_only_starts_alike_is_another_one() {
        assert_eq!(wrapper("/a/project").stand_in("/a/project2/dep"), None);
        assert_eq!(wrapper("/a/project").stand_in("/a/project/dep").unwrap(), "/workspace/dep");
    }
}
