//! The packages of a workspace, as far as the configuration of an extension depends on them.

use crate::config::PackageFields;
use crate::values::BinaryName;

/// A package of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Member {
    pub name: String,
    /// The names of its bins.
    pub bins: Vec<String>,
    pub fields: PackageFields,
}

/// Why a configured binary cannot be built from source.
#[derive(Debug, PartialEq, Eq)]
pub struct NoBin {
    pub message: String,
    pub help: String,
}

/// The package that builds the binary. Fails unless exactly one package has a bin of this name.
pub fn owner<'a>(members: &'a [Member], name: &BinaryName) -> Result<&'a Member, NoBin> {
    let owners: Vec<_> =
        members.iter().filter(|member| member.bins.iter().any(|bin| bin == name.as_str())).collect();
    match owners.as_slice() {
        [member] => Ok(member),
        [] => {
            let bins: Vec<_> = members.iter().flat_map(|member| &member.bins).map(String::as_str).collect();
            Err(NoBin {
                message: format!("no package of this workspace has a bin called {name}"),
                help: format!(
                    "use one of its bins ({}), or give a third-party binary its `url`",
                    bins.join(", ")
                ),
            })
        }
        _ => Err(NoBin {
            message: format!("several packages of this workspace have a bin called {name}"),
            help: "rename all but one".to_owned(),
        }),
    }
}

impl PackageFields {
    /// Fills fields that `[workspace.package]` does not set from this package.
    pub fn complete(&mut self, member: &Member) {
        let fields = member.fields.clone();
        self.version = self.version.take().or(fields.version);
        self.description = self.description.take().or(fields.description);
        self.repository = self.repository.take().or(fields.repository);
        self.license = self.license.take().or(fields.license);
    }
}
