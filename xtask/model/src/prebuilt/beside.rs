//! Files next to a prebuilt binary: a helper, a `.dll`, a script. Each is next to the binary on the host, because Docker Desktop
//! copies all files of an extension into one folder.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::address::InnerPath;
use super::template::Template;
use crate::matrix::HostOs;
use crate::values::Hosts;

/// A file that is copied next to the binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Where it comes from.
    pub source: Source,
    hosts: Option<Hosts>,
}

/// Where a file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A member of the archive that contains the binary.
    Member(InnerPath),
    /// A file of the workspace.
    Path(InnerPath),
}

impl Beside {
    /// True if hosts of this system get the file.
    pub(crate) fn is_for(&self, os: HostOs) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.as_slice().contains(&os))
    }

    /// The path with its placeholders.
    pub fn template(&self) -> &Template {
        match &self.source {
            Source::Member(path) | Source::Path(path) => path.template(),
        }
    }
}

/// The table form, with all keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    member: Option<InnerPath>,
    path: Option<InnerPath>,
    hosts: Option<Hosts>,
}

impl TryFrom<Table> for Beside {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let source = match (table.member, table.path) {
            (Some(member), None) => Source::Member(member),
            (None, Some(path)) => Source::Path(path),
            _ => {
                return Err(
                    "set either `member` (a file of the archive) or `path` (a file of the workspace)".into(),
                );
            }
        };
        Ok(Self { source, hosts: table.hosts })
    }
}

/// Written by hand because an untagged enum loses the place of an error inside the table.
impl<'de> Deserialize<'de> for Beside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberOrTable)
    }
}

struct MemberOrTable;

impl<'de> Visitor<'de> for MemberOrTable {
    type Value = Beside;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member of the archive, or { member = \"…\" } or { path = \"…\" } with `hosts`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Beside, E> {
        let member = InnerPath::try_from(text.to_owned()).map_err(E::custom)?;
        Ok(Beside { source: Source::Member(member), hosts: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Beside, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        Beside::try_from(table).map_err(A::Error::custom)
    }
}
