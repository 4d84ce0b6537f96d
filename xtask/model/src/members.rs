//! The packages of a workspace, as far as the configuration of an extension depends on them.

use serde::Deserialize;

use crate::values::BinaryName;

/// The fields of a package that become labels of the image. A field that `[workspace.package]` does not set comes from the
/// package of the first host binary.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct PackageFields {
    /// Also the tag of the image.
    pub version: Option<semver::Version>,
    /// One sentence.
    pub description: Option<String>,
    /// The address of the sources.
    pub repository: Option<String>,
    /// An SPDX expression.
    pub license: Option<String>,
}

/// A package of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The names of its bins.
    pub bins: Vec<String>,
    /// The names of its features.
    pub features: Vec<String>,
    /// Its fields.
    pub fields: PackageFields,
    /// It is below `xtask/`, so it is no part of the extension.
    pub is_tool: bool,
}

/// Why a configured binary cannot be built from source.
#[derive(Debug, PartialEq, Eq)]
pub struct NoBin {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The package that the binary is built from. Fails unless exactly one package has a bin of this name, and all these features.
pub fn owner<'a>(members: &'a [Member], name: &BinaryName, features: &[String]) -> Result<&'a Member, NoBin> {
    let owners: Vec<_> =
        members.iter().filter(|member| member.bins.iter().any(|bin| bin == name.as_str())).collect();
    match owners.as_slice() {
        [member] => match features.iter().find(|feature| !member.features.contains(feature)) {
            None => Ok(member),
            Some(unknown) => Err(NoBin {
                message: format!("the package {} has no feature named {unknown}", member.name),
                help: format!("use its own features ({})", member.features.join(", ")),
            }),
        },
        [] if members.is_empty() => Err(NoBin {
            message: format!(
                "{name} has neither `url` nor `build`, and there is no Cargo package that could build it"
            ),
            help: "set `path` and `build` for a command that builds it, or `url` for a prebuilt binary"
                .to_owned(),
        }),
        [] => {
            let bins: Vec<_> = bins(members).collect();
            Err(NoBin {
                message: format!("no package of this workspace has a bin named {name}"),
                help: format!(
                    "use one of its bins ({}), or set `url` for a prebuilt binary",
                    bins.join(", ")
                ),
            })
        }
        _ => Err(NoBin {
            message: format!("several packages of this workspace have a bin named {name}"),
            help: "rename all but one".to_owned(),
        }),
    }
}

/// The bins of the extension's packages.
pub fn bins(members: &[Member]) -> impl Iterator<Item = &str> {
    let of_extension = members.iter().filter(|member| !member.is_tool);
    of_extension.flat_map(|member| &member.bins).map(String::as_str)
}

impl PackageFields {
    /// Takes the fields that are not set from this package.
    pub fn complete(&mut self, member: &Member) {
        let fields = member.fields.clone();
        self.version = self.version.take().or(fields.version);
        self.description = self.description.take().or(fields.description);
        self.repository = self.repository.take().or(fields.repository);
        self.license = self.license.take().or(fields.license);
    }
}
