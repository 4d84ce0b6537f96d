//! Which targets have C code to compile, and in which crates: read from cargo's graph, without building anything.
//!
//! A crate compiles C where its build script uses `cc`, `cmake` or the like. A project without such a crate in the
//! graph of a target never needs a C compiler for it, and so never needs zig for linux and darwin.

use std::collections::{BTreeSet, HashMap, HashSet};

use cargo_metadata::cargo_platform::Cfg;
use cargo_metadata::{DependencyKind, Metadata, Node, NodeDep, Package, PackageId, TargetKind};
use serde::Serialize;

use sixfold_model::matrix::{Arch, HostOs, Target};

/// Libraries through which build scripts call a C compiler.
const CALLERS: [&str; 4] = ["cc", "cmake", "cxx-build", "autotools"];
/// Libraries through which build scripts compile Windows resources. embed-resource depends on `cc`, but does not call it where it
/// finds windres.
const RESOURCE_COMPILERS: [&str; 2] = ["winresource", "embed-resource"];

/// What compiles C for a target. The names are those of `plan --format json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CCompiler {
    Zig,
    /// The author's: a `CC_…` that is set, or the compiler that comes with a native linker.
    Native,
}

impl CCompiler {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Zig => "zig",
            Self::Native => "native",
        }
    }
}

/// The C code of a target: what compiles it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CCode {
    pub compiler: CCompiler,
    /// The crates that have it.
    pub crates: BTreeSet<String>,
    /// Half a sentence for the plan.
    pub why: String,
}

impl CCode {
    /// Chooses the compiler for the C code in `crates`: `native`, where the author has chosen one, else zig. `None` when
    /// there is no C code.
    pub(crate) fn choose(crates: BTreeSet<String>, native: Option<String>) -> Option<Self> {
        let names = || crates.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let (compiler, why) = match (crates.len(), native) {
            (0, _) => return None,
            (_, Some(native)) => (CCompiler::Native, format!("{native}; C code in {}", names())),
            (_, None) => (CCompiler::Zig, format!("C code in {}", names())),
        };
        Some(Self { compiler, crates, why })
    }
}

/// Cargo's graph of dependencies, indexed by package.
pub(crate) struct Graph<'a> {
    packages: HashMap<&'a PackageId, &'a Package>,
    nodes: HashMap<&'a PackageId, &'a Node>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(workspace: &'a Metadata) -> Self {
        let nodes = workspace.resolve.iter().flat_map(|resolve| &resolve.nodes);
        Self {
            packages: workspace.packages.iter().map(|package| (&package.id, package)).collect(),
            nodes: nodes.map(|node| (&node.id, node)).collect(),
        }
    }

    /// The crates that compile C code when the packages named `roots` are built for `target`.
    pub(crate) fn c_crates<'n>(
        &self,
        roots: impl Iterator<Item = &'n str>,
        target: Target,
    ) -> BTreeSet<String> {
        self.callers(roots, target, &CALLERS)
    }

    /// The crates that compile Windows resources when the packages named `roots` are built for `target`.
    pub(crate) fn resource_crates<'n>(
        &self,
        roots: impl Iterator<Item = &'n str>,
        target: Target,
    ) -> BTreeSet<String> {
        match target.os {
            HostOs::Windows => self.callers(roots, target, &RESOURCE_COMPILERS),
            HostOs::Darwin | HostOs::Linux => BTreeSet::new(),
        }
    }

    /// The crates below `roots` whose build scripts use one of these libraries.
    fn callers<'n>(
        &self,
        roots: impl Iterator<Item = &'n str>,
        target: Target,
        libraries: &[&str],
    ) -> BTreeSet<String> {
        let roots: HashSet<_> = roots.collect();
        let start = self.packages.values().filter(|package| roots.contains(package.name.as_str()));
        self.reach(start.map(|package| &package.id).collect(), target)
            .into_iter()
            .filter(|id| self.calls(id, target, libraries))
            .filter_map(|id| self.packages.get(id).map(|package| package.name.to_string()))
            .collect()
    }

    /// The packages that are compiled for the target. Proc macros and their dependencies are not: they are compiled for
    /// this machine. Nor is what a compiler of resources depends on.
    fn reach(&self, start: Vec<&'a PackageId>, target: Target) -> HashSet<&'a PackageId> {
        let mut reached = HashSet::new();
        let mut next = start;
        while let Some(id) = next.pop() {
            if !self.is_proc_macro(id) && reached.insert(id) && !self.is_one_of(id, &RESOURCE_COMPILERS) {
                next.extend(self.dependencies(id, DependencyKind::Normal, target));
            }
        }
        reached
    }

    /// True if the package's build script uses one of these libraries, directly or through a library such as openssl-src.
    fn calls(&self, id: &'a PackageId, target: Target, libraries: &[&str]) -> bool {
        let build: Vec<_> = self.dependencies(id, DependencyKind::Build, target).collect();
        self.reach(build, target).into_iter().any(|id| self.is_one_of(id, libraries))
    }

    fn is_one_of(&self, id: &PackageId, names: &[&str]) -> bool {
        self.packages.get(id).is_some_and(|package| names.contains(&package.name.as_str()))
    }

    fn is_proc_macro(&self, id: &PackageId) -> bool {
        let is = |package: &&Package| {
            package.targets.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro))
        };
        self.packages.get(id).is_some_and(is)
    }

    fn dependencies(
        &self,
        id: &PackageId,
        kind: DependencyKind,
        target: Target,
    ) -> impl Iterator<Item = &'a PackageId> + use<'a> {
        let cfg = cfg(target);
        let counts = move |dep: &&NodeDep| {
            dep.dep_kinds.iter().filter(|info| info.kind == kind).any(|info| {
                info.target.as_ref().is_none_or(|platform| platform.matches(target.triple(), &cfg))
            })
        };
        self.nodes.get(id).copied().into_iter().flat_map(|node| &node.deps).filter(counts).map(|dep| &dep.pkg)
    }
}

/// The part of `rustc --print cfg` for the target that decides about dependencies.
fn cfg(target: Target) -> Vec<Cfg> {
    let (os, family, vendor, env, abi) = match target.os {
        HostOs::Darwin => ("macos", "unix", "apple", "", ""),
        HostOs::Windows => ("windows", "windows", "pc", "gnu", "llvm"),
        HostOs::Linux => ("linux", "unix", "unknown", "musl", ""),
    };
    let arch = match target.arch {
        Arch::Amd64 => "x86_64",
        Arch::Arm64 => "aarch64",
    };
    let pairs = [
        ("target_os", os),
        ("target_family", family),
        ("target_vendor", vendor),
        ("target_env", env),
        ("target_abi", abi),
        ("target_arch", arch),
        ("target_pointer_width", "64"),
        ("target_endian", "little"),
    ];
    let pairs = pairs.map(|(key, value)| format!("{key}=\"{value}\""));
    // All of them are well-formed. One that is not would be left out.
    pairs.iter().map(String::as_str).chain([family]).filter_map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cfg_of_every_target_matches_rustc() {
        for target in Target::all() {
            let output = std::process::Command::new("rustc")
                .args(["--print", "cfg", "--target", target.triple()])
                .output();
            let text = String::from_utf8(output.unwrap().stdout).unwrap();
            let known: Vec<_> = text.lines().collect();
            for cfg in cfg(target) {
                let cfg = cfg.to_string().replace(" = ", "=");
                // Not every version of rustc prints empty values.
                assert!(known.contains(&cfg.as_str()) || cfg.ends_with("\"\""), "{target}: {cfg}");
            }
        }
    }

    #[test]
    fn the_reason_for_a_c_compiler_names_the_crates() {
        let ring = || BTreeSet::from(["ring".to_owned()]);
        assert_eq!(CCode::choose(BTreeSet::new(), None), None);
        assert_eq!(CCode::choose(ring(), None).unwrap().why, "C code in ring");
        let set = CCode::choose(ring(), Some("CC_x is set".to_owned())).unwrap();
        assert_eq!((set.compiler, set.why.as_str()), (CCompiler::Native, "CC_x is set; C code in ring"));
    }
}
