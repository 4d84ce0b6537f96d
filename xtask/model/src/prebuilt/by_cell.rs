//! Values that can differ between cells: one value for all, or a table by host system, architecture or cell.
//!
//! The most specific value wins: that of the cell, then that of the host system, then that of the architecture.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::matrix::{Arch, HostOs, Target};

/// A cell as it is named in the configuration: `darwin-arm64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CellName(pub Target);

impl FromStr for CellName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Target::all().map(Self).find(|cell| cell.to_string() == text).ok_or_else(|| {
            let all: Vec<_> = Target::all().map(|target| Self(target).to_string()).collect();
            format!("`{}` is not a cell\nhelp: use one of {}", text.escape_debug(), all.join(", "))
        })
    }
}

impl TryFrom<String> for CellName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CellName> for String {
    fn from(cell: CellName) -> Self {
        cell.to_string()
    }
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.0.os, self.0.arch))
    }
}

/// The cells that a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Selector {
    /// All cells.
    All,
    /// All cells of an architecture.
    Arch(Arch),
    /// All cells of a host system.
    Host(HostOs),
    /// One cell.
    Cell(CellName),
}

impl TryFrom<String> for Selector {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let host = HostOs::ALL.into_iter().find(|os| os.as_str() == text).map(Self::Host);
        let arch = || Arch::ALL.into_iter().find(|arch| arch.as_str() == text).map(Self::Arch);
        let cell = || text.parse().ok().map(Self::Cell);
        host.or_else(arch).or_else(cell).ok_or_else(|| {
            format!(
                "`{}` is not a valid key\nhelp: use a host (darwin, windows, linux), an architecture (amd64, arm64) or \
                 a cell such as darwin-arm64",
                text.escape_debug()
            )
        })
    }
}

/// A value for each cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByCell<T>(BTreeMap<Selector, T>);

impl<T> Default for ByCell<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> ByCell<T> {
    /// The value of a cell. `None` if there is none.
    pub fn get(&self, target: Target) -> Option<&T> {
        let closest_first = [
            Selector::Cell(CellName(target)),
            Selector::Host(target.os),
            Selector::Arch(target.arch),
            Selector::All,
        ];
        closest_first.iter().find_map(|selector| self.0.get(selector))
    }

    /// True if there is a value for this cell only.
    pub(crate) fn has_own(&self, cell: CellName) -> bool {
        self.0.contains_key(&Selector::Cell(cell))
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }
}

/// Written by hand because an untagged enum loses the place of an error inside the table.
impl<'de, T> Deserialize<'de> for ByCell<T>
where
    T: Deserialize<'de> + TryFrom<String, Error: fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrTable(PhantomData))
    }
}

struct OneOrTable<T>(PhantomData<T>);

impl<'de, T> Visitor<'de> for OneOrTable<T>
where
    T: Deserialize<'de> + TryFrom<String, Error: fmt::Display>,
{
    type Value = ByCell<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a table of strings by host, architecture or cell")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ByCell<T>, E> {
        let value = T::try_from(text.to_owned()).map_err(E::custom)?;
        Ok(ByCell(BTreeMap::from([(Selector::All, value)])))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ByCell<T>, A::Error> {
        let mut table = BTreeMap::new();
        while let Some((selector, value)) = map.next_entry()? {
            table.insert(selector, value);
        }
        Ok(ByCell(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM_MAC: Target = Target { os: HostOs::Darwin, arch: Arch::Arm64 };

    fn table(text: &str) -> ByCell<String> {
        #[derive(Deserialize)]
        struct Outer {
            x: ByCell<String>,
        }
        toml::from_str::<Outer>(&format!("x = {text}")).unwrap().x
    }

    #[test]
    fn the_most_specific_value_wins() {
        let all = "arm64 = 'a', darwin = 'd', darwin-arm64 = 'c'";
        assert_eq!(table(&format!("{{ {all} }}")).get(ARM_MAC).unwrap(), "c");
        assert_eq!(table("{ arm64 = 'a', darwin = 'd' }").get(ARM_MAC).unwrap(), "d");
        assert_eq!(table("{ arm64 = 'a', linux = 'l' }").get(ARM_MAC).unwrap(), "a");
        assert_eq!(table("{ amd64 = 'a' }").get(ARM_MAC), None);
        assert_eq!(table("'one'").get(ARM_MAC).unwrap(), "one");
    }

    #[test]
    fn cells_have_the_names_of_the_configuration() {
        for target in Target::all() {
            assert_eq!(CellName(target).to_string().parse(), Ok(CellName(target)));
        }
        assert!("darwin-x86".parse::<CellName>().unwrap_err().contains("darwin-amd64, darwin-arm64"));
        assert!(Selector::try_from("macos".to_owned()).unwrap_err().contains("`macos` is not a valid key"));
    }
}
