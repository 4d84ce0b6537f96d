//! Which targets have C code to compile, and for which crate: read from cargo's graph, without building anything.
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

/// What compiles C for a target. The names are those of `plan --format json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compiler {
    Zig,
    /// The author's: a `CC_…` that is set, or what belongs to a native linker.
    Native,
}

impl Compiler {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zig => "zig",
            Self::Native => "native",
        }
    }
}

/// A C compiler of a target, and why there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compiled {
    pub compiler: Compiler,
    /// The crates that need it.
    pub crates: BTreeSet<String>,
    /// Half a sentence for people.
    pub why: String,
}

impl Compiled {
    /// The compiler of a target that `crates` need; `set` says which one the author has chosen.
    pub fn choose(crates: BTreeSet<String>, set: Option<String>) -> Option<Self> {
        let names = || crates.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let (compiler, why) = match (crates.len(), set) {
            (0, _) => return None,
            (_, Some(set)) => (Compiler::Native, format!("{set}; C code in {}", names())),
            (_, None) => (Compiler::Zig, format!("C code in {}", names())),
        };
        Some(Self { compiler, crates, why })
    }
}

/// Cargo's graph, ready to be walked.
pub struct Graph<'a> {
    packages: HashMap<&'a PackageId, &'a Package>,
    nodes: HashMap<&'a PackageId, &'a Node>,
}

impl<'a> Graph<'a> {
    pub fn new(workspace: &'a Metadata) -> Self {
        let nodes = workspace.resolve.iter().flat_map(|resolve| &resolve.nodes);
        Self {
            packages: workspace.packages.iter().map(|package| (&package.id, package)).collect(),
            nodes: nodes.map(|node| (&node.id, node)).collect(),
        }
    }

    /// The crates that compile C code when the packages named are built for `target`.
    pub fn c_crates<'n>(&self, roots: impl Iterator<Item = &'n str>, target: Target) -> BTreeSet<String> {
        let roots: HashSet<_> = roots.collect();
        let start = self.packages.values().filter(|package| roots.contains(package.name.as_str()));
        self.reach(start.map(|package| &package.id).collect(), target)
            .into_iter()
            .filter(|id| self.calls_compiler(id, target))
            .filter_map(|id| self.packages.get(id).map(|package| package.name.to_string()))
            .collect()
    }

    /// What is compiled for the target: proc macros, and what they need, are compiled for this machine.
    fn reach(&self, start: Vec<&'a PackageId>, target: Target) -> HashSet<&'a PackageId> {
        let mut reached = HashSet::new();
        let mut next = start;
        while let Some(id) = next.pop() {
            if !self.is_proc_macro(id) && reached.insert(id) {
                next.extend(self.dependencies(id, DependencyKind::Normal, target));
            }
        }
        reached
    }

    /// Whether a build script of the package uses one of the callers, itself or through a library such as openssl-src.
    fn calls_compiler(&self, id: &'a PackageId, target: Target) -> bool {
        let build: Vec<_> = self.dependencies(id, DependencyKind::Build, target).collect();
        self.reach(build, target)
            .into_iter()
            .filter_map(|id| self.packages.get(id))
            .any(|package| CALLERS.contains(&package.name.as_str()))
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

/// What `rustc --print cfg` says of the target, as far as dependencies are chosen by it.
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
    // Each is well-formed; one that were not would only be left out.
    pairs.iter().map(String::as_str).chain([family]).filter_map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cfg_of_every_target_is_rustcs() {
        for target in Target::all() {
            let output = std::process::Command::new("rustc")
                .args(["--print", "cfg", "--target", target.triple()])
                .output();
            let text = String::from_utf8(output.unwrap().stdout).unwrap();
            let known: Vec<_> = text.lines().collect();
            for cfg in cfg(target) {
                let cfg = cfg.to_string().replace(" = ", "=");
                // Not every version prints what is empty.
                assert!(known.contains(&cfg.as_str()) || cfg.ends_with("\"\""), "{target}: {cfg}");
            }
        }
    }

    #[test]
    fn a_compiler_is_there_for_a_reason() {
        let ring = || BTreeSet::from(["ring".to_owned()]);
        assert_eq!(Compiled::choose(BTreeSet::new(), None), None);
        assert_eq!(Compiled::choose(ring(), None).unwrap().why, "C code in ring");
        let set = Compiled::choose(ring(), Some("CC_x is set".to_owned())).unwrap();
        assert_eq!((set.compiler, set.why.as_str()), (Compiler::Native, "CC_x is set; C code in ring"));
    }
}
