//! Collects the packages of a document, and how they relate to each other.

use std::collections::{BTreeMap, BTreeSet};

use sixfold_project::crates::{Crate, Kind};

use super::packages::crate_package;
use super::spdx::{Package, Relationship};

#[derive(Default)]
pub(super) struct Builder {
    packages: Vec<Package>,
    relationships: BTreeSet<Relationship>,
    /// The names of crates, by name, version and source.
    crates: BTreeMap<(String, String, Option<String>), String>,
}

impl Builder {
    /// Adds a package. Returns its name in the document.
    pub(super) fn add(&mut self, kind: &str, mut package: Package) -> String {
        package.id = format!("SPDXRef-{kind}-{}", self.packages.len());
        let id = package.id.clone();
        self.packages.push(package);
        id
    }

    /// The same for a package that may have been added before, with this digest.
    pub(super) fn add_once(&mut self, kind: &str, package: Package) -> String {
        let prefix = format!("SPDXRef-{kind}-");
        let digest = |package: &Package| package.checksums.first().map(|sum| sum.checksum_value.clone());
        let is_same = |other: &&Package| other.id.starts_with(&prefix) && digest(other) == digest(&package);
        match self.packages.iter().find(is_same) {
            Some(other) => other.id.clone(),
            None => self.add(kind, package),
        }
    }

    pub(super) fn relate(&mut self, from: &str, how: &'static str, to: &str) {
        self.relationships.insert(Relationship {
            spdx_element_id: from.to_owned(),
            relationship_type: how,
            related_spdx_element: to.to_owned(),
        });
    }

    /// Adds what cargo builds a file from. The crates of several files are listed once.
    pub(super) fn crates(&mut self, file: &str, crates: &[Crate]) {
        let ids: Vec<_> = crates.iter().map(|found| self.krate(found)).collect();
        for (found, id) in crates.iter().zip(&ids) {
            match (found.is_root, found.kind) {
                (true, _) => self.relate(file, "GENERATED_FROM", id),
                (false, Kind::Runtime) => self.relate(file, "CONTAINS", id),
                (false, Kind::Build) => {}
            }
            for dependency in &found.dependencies {
                let (Some(other), Some(needed)) = (ids.get(*dependency), crates.get(*dependency)) else {
                    continue;
                };
                match needed.kind {
                    Kind::Runtime => self.relate(id, "DEPENDS_ON", other),
                    Kind::Build => self.relate(other, "BUILD_DEPENDENCY_OF", id),
                }
            }
        }
    }

    fn krate(&mut self, found: &Crate) -> String {
        let key = (found.name.clone(), found.version.to_string(), found.source.clone());
        if let Some(id) = self.crates.get(&key) {
            return id.clone();
        }
        let id = self.add("Crate", crate_package(found));
        self.crates.insert(key, id.clone());
        id
    }

    pub(super) fn finish(self) -> (Vec<Package>, BTreeSet<Relationship>) {
        (self.packages, self.relationships)
    }
}
