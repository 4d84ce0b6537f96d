//! The table of a binary or of the backend in the configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::backend_path;
use crate::binary::{BinaryConfig, BinarySource};
use crate::built::Built;
use crate::image_path::PathTemplate;
use crate::matrix::{HostOs, ImagePath};
use crate::prebuilt::Sha256;
use crate::prebuilt::address::{Address, InnerPath};
use crate::prebuilt::beside::Beside;
use crate::prebuilt::by_cell::{ByCell, CellName};
use crate::prebuilt::check;
use crate::prebuilt::template::{Template, Word};
use crate::prebuilt::{Prebuilt, Spelling};
use crate::values::{BinaryName, Hosts};

/// All keys that a table of `binaries`, and that of the backend, can have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    bin: Option<BinaryName>,
    hosts: Option<Hosts>,
    features: Option<Vec<String>>,
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
    path: Option<InnerPath>,
    build: Option<Template>,
    env: Option<BTreeMap<String, Template>>,
    inputs: Option<Vec<InnerPath>>,
    image_path: Option<PathTemplate>,
}

impl Table {
    /// The binary. Fails if two keys contradict each other. The error is a sentence without a place.
    pub(crate) fn resolve(self, name: &BinaryName) -> Result<BinaryConfig, String> {
        refuse(&[("bin", self.bin.is_some())], |_| {
            "is for the backend\nhelp: remove it: the name of the table is that of the bin".into()
        })?;
        let hosts = self.hosts.clone().unwrap_or_else(Hosts::all);
        let image_path = self.image_path.clone();
        BinaryConfig { source: self.source(&hosts, name)?, hosts, image_path }.check()
    }

    /// The backend, and its name. Fails like [`Self::resolve`].
    pub(crate) fn backend(self) -> Result<(BinaryName, BinaryConfig), String> {
        let for_hosts = [
            ("hosts", self.hosts.is_some()),
            ("files", self.files.is_some()),
            ("skip", self.skip.is_some()),
            ("emulate", self.emulate.is_some()),
        ];
        refuse(&for_hosts, |_| {
            "is for host binaries\nhelp: remove it: the backend runs in Linux only".into()
        })?;
        let name = self.backend_name()?;
        let (hosts, image_path) = (Hosts::linux(), self.image_path.clone());
        let binary = BinaryConfig { source: self.source(&hosts, &name)?, hosts, image_path };
        let path = binary.path(HostOs::Linux, None);
        backend_path::check_path(path.as_ref().map_or(name.as_str(), ImagePath::relative))?;
        Ok((name, binary))
    }

    /// The bin, or else the file name in the image.
    fn backend_name(&self) -> Result<BinaryName, String> {
        match (&self.bin, &self.image_path) {
            (Some(_), _) if self.url.is_some() || self.build.is_some() => {
                Err("a backend cannot have both `bin` and `url` or `build`\nhelp: remove `bin`; the backend has the \
                     file name of `image-path`"
                    .into())
            }
            (Some(bin), _) => Ok(bin.clone()),
            (None, _) if self.url.is_none() && self.build.is_none() => {
                Err("the backend has none of `bin`, `url` and `build`\nhelp: set `bin` to a bin of this workspace".into())
            }
            (None, Some(path)) => path.path(HostOs::Linux).base_name().to_owned().try_into(),
            (None, None) => backend_path::DEFAULT_NAME.to_owned().try_into(),
        }
    }

    fn source(self, hosts: &Hosts, name: &BinaryName) -> Result<BinarySource, String> {
        Ok(match (&self.url, &self.build) {
            (Some(_), Some(_)) => {
                return Err("a binary cannot have both `url` and `build`\nhelp: remove one of them".into());
            }
            (Some(url), None) => {
                let url = url.clone();
                BinarySource::Prebuilt(Box::new(self.prebuilt(url, hosts, name)?))
            }
            (None, Some(build)) => {
                let build = build.clone();
                BinarySource::Built(Box::new(self.built(build, hosts)?))
            }
            (None, None) => self.own(name)?,
        })
    }

    fn own(self, name: &BinaryName) -> Result<BinarySource, String> {
        if self.path.is_some() {
            return Err("`path` needs `build`, the command that writes the file\n\
                 help: add it; for a file that is in the repository, use `url` with its path"
                .into());
        }
        let keys = [self.for_prebuilt().as_slice(), &self.with_placeholders()].concat();
        refuse(&keys, |key| {
            format!(
                "is for prebuilt binaries\nhelp: add `url`, or remove `{key}` if {name} is a bin of this workspace"
            )
        })?;
        refuse(&[("env", self.env.is_some()), ("inputs", self.inputs.is_some())], |_| {
            "needs `build`, the command that builds the binary\nhelp: add `build` and `path`".into()
        })?;
        Ok(BinarySource::Own { features: self.features.unwrap_or_default() })
    }

    fn built(self, build: Template, hosts: &Hosts) -> Result<Built, String> {
        refuse(&self.for_prebuilt(), |_| {
            "is for prebuilt binaries\nhelp: remove it, or use `url` instead of `build`".into()
        })?;
        refuse(&[("features", self.features.is_some())], |_| {
            "is for bins of this workspace\nhelp: remove it, and enable features in the command".into()
        })?;
        let path = self.path.ok_or("`build` needs `path`, the file that the command writes\nhelp: add it")?;
        let spelling = Spelling {
            os: self.os.unwrap_or_default(),
            arch: self.arch.unwrap_or_default(),
            ext: self.ext.unwrap_or_default(),
        };
        let (version, env, inputs) = (self.version, self.env.unwrap_or_default(), self.inputs);
        let built = Built { hosts: hosts.clone(), version, spelling, path, build, env, inputs };
        built.check().map(|()| built)
    }

    fn prebuilt(self, url: ByCell<Address>, hosts: &Hosts, name: &BinaryName) -> Result<Prebuilt, String> {
        refuse(
            &[
                ("path", self.path.is_some()),
                ("env", self.env.is_some()),
                ("inputs", self.inputs.is_some()),
                ("features", self.features.is_some()),
            ],
            |_| "is not for prebuilt binaries\nhelp: remove it".into(),
        )?;
        let prebuilt = Prebuilt {
            hosts: hosts.clone(),
            version: self.version,
            url,
            sha256: self.sha256.unwrap_or_default(),
            member: self.member.unwrap_or_default(),
            spelling: Spelling {
                os: self.os.unwrap_or_default(),
                arch: self.arch.unwrap_or_default(),
                ext: self.ext.unwrap_or_default(),
            },
            checksums: self.checksums.unwrap_or_default(),
            skip: self.skip.unwrap_or_default(),
            emulate: self.emulate.unwrap_or_default(),
            files: self.files.unwrap_or_default(),
        };
        check(&prebuilt, name).map(|()| prebuilt)
    }

    /// The keys that only prebuilt binaries have, and whether they are given.
    fn for_prebuilt(&self) -> [(&'static str, bool); 6] {
        [
            ("sha256", self.sha256.is_some()),
            ("member", self.member.is_some()),
            ("checksums", self.checksums.is_some()),
            ("skip", self.skip.is_some()),
            ("emulate", self.emulate.is_some()),
            ("files", self.files.is_some()),
        ]
    }

    /// The keys that give placeholders a value.
    fn with_placeholders(&self) -> [(&'static str, bool); 4] {
        [
            ("version", self.version.is_some()),
            ("os", self.os.is_some()),
            ("arch", self.arch.is_some()),
            ("ext", self.ext.is_some()),
        ]
    }
}

/// Fails if the table has one of the keys. `why` follows the key in the message.
fn refuse(keys: &[(&str, bool)], why: impl FnOnce(&str) -> String) -> Result<(), String> {
    match keys.iter().find(|(_, is_given)| *is_given) {
        Some((key, _)) => Err(format!("`{key}` {}", why(key))),
        None => Ok(()),
    }
}
