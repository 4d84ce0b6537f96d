//! The table of a binary in the configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::address::{Address, InnerPath};
use super::beside::Beside;
use super::by_cell::{ByCell, CellName};
use super::rules;
use super::sha256::Sha256;
use super::supply::Prebuilt;
use super::template::Word;
use crate::values::{BinaryName, Hosts};

/// All keys that a table of `binaries` can have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    hosts: Option<Hosts>,
    /// Only for a binary that is built from source.
    pub(crate) features: Option<Vec<String>>,
    version: Option<Word>,
    url: Option<ByCell<Address>>,
    sha256: Option<BTreeMap<CellName, Sha256>>,
    member: Option<ByCell<InnerPath>>,
    os: Option<ByCell<Word>>,
    arch: Option<ByCell<Word>>,
    ext: Option<ByCell<Word>>,
    checksums: Option<ByCell<Address>>,
    skip: Option<Vec<CellName>>,
    emulate: Option<Vec<CellName>>,
    files: Option<Vec<Beside>>,
}

impl Table {
    /// The hosts, and what is prebuilt for them; `None` for a binary that is built from source.
    ///
    /// Fails if two keys contradict each other. The error is a sentence without a place.
    pub(crate) fn resolve(self, name: &BinaryName) -> Result<(Hosts, Option<Prebuilt>), String> {
        let hosts = self.hosts.clone().unwrap_or_else(Hosts::all);
        let Some(url) = self.url else {
            return self.refuse_other_keys(name).map(|()| (hosts, None));
        };
        let prebuilt = Prebuilt {
            hosts: hosts.clone(),
            version: self.version,
            url,
            sha256: self.sha256.unwrap_or_default(),
            member: self.member.unwrap_or_default(),
            os: self.os.unwrap_or_default(),
            arch: self.arch.unwrap_or_default(),
            ext: self.ext.unwrap_or_default(),
            checksums: self.checksums.unwrap_or_default(),
            skip: self.skip.unwrap_or_default(),
            emulate: self.emulate.unwrap_or_default(),
            files: self.files.unwrap_or_default(),
        };
        rules::check(&prebuilt, name).map(|()| (hosts, Some(prebuilt)))
    }

    /// Fails if a binary that is built from source has a key that only prebuilt ones have.
    fn refuse_other_keys(&self, name: &BinaryName) -> Result<(), String> {
        let keys = [
            ("version", self.version.is_some()),
            ("sha256", self.sha256.is_some()),
            ("member", self.member.is_some()),
            ("os", self.os.is_some()),
            ("arch", self.arch.is_some()),
            ("ext", self.ext.is_some()),
            ("checksums", self.checksums.is_some()),
            ("skip", self.skip.is_some()),
            ("emulate", self.emulate.is_some()),
            ("files", self.files.is_some()),
        ];
        match keys.iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(format!(
                "`{key}` is for prebuilt binaries\nhelp: add `url`, or remove `{key}` if {name} is a bin of this workspace"
            )),
            None => Ok(()),
        }
    }
}
