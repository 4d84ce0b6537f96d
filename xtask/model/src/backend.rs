//! `[workspace.metadata.extension.backend]`: the program that runs in Docker's VM, in a container of the extension's image.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::binaries::cells_of;
use crate::binary::BinaryConfig;
use crate::binary_table::Table;
use crate::matrix::{Cell, HostOs, Platform, RunsOn};
use crate::values::BinaryName;

/// The backend, which has the keys of a host binary for Linux.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its name: that of the bin, or its file name in the image.
    pub name: BinaryName,
    /// Where it comes from.
    pub binary: BinaryConfig,
}

impl Backend {
    /// Its cells, one for each platform.
    pub(crate) fn cells(&self, platforms: &[Platform]) -> impl Iterator<Item = Cell> {
        let cells = cells_of(&self.name, &self.binary, HostOs::Linux, platforms);
        cells.into_iter().map(|cell| Cell { os: RunsOn::Vm, ..cell })
    }
}

/// Checked while it is read, so that an error has its place.
impl<'de> Deserialize<'de> for Backend {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, binary) = Table::deserialize(deserializer)?.backend().map_err(D::Error::custom)?;
        Ok(Self { name, binary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Config};
    use crate::stage;

    fn parse(table: &str) -> Result<Config, String> {
        let text = format!(
            "[workspace.metadata.extension]\nimage = 'a/b'\nbinaries.tool = {{}}\n\n[workspace.metadata.extension.backend]\n{table}"
        );
        config::parse(&text).map(|(config, _)| config).map_err(|error| error.to_string())
    }

    fn paths(table: &str) -> Vec<String> {
        let cells = parse(table).unwrap().cells(&Platform::ALL);
        let of_vm = cells.iter().filter(|cell| cell.os == RunsOn::Vm);
        of_vm.map(|cell| format!("{} {}", stage::cell(cell), cell.path())).collect()
    }

    #[test]
    fn it_has_a_cell_for_each_platform() {
        assert_eq!(paths("bin = 'server'"), ["amd64/vm/server /server", "arm64/vm/server /server"]);
        assert_eq!(
            paths("bin = 'server'\nimage-path = '/usr/bin/server'"),
            ["amd64/vm/server /usr/bin/server", "arm64/vm/server /usr/bin/server"]
        );
    }

    #[test]
    fn other_toolchains_and_publishers_use_the_keys_of_host_binaries() {
        assert_eq!(
            paths("path = 'out/{os}-{arch}/server'\nbuild = 'make {os} {arch}'"),
            ["amd64/vm/backend /backend", "arm64/vm/backend /backend"]
        );
        let config = parse("url = 'https://dl.example/{os}/{arch}'\nimage-path = '/server'").unwrap();
        let (name, prebuilt) = config.prebuilt().next().unwrap();
        assert_eq!((name.as_str(), prebuilt.targets(&Platform::ALL).count()), ("server", 2));
    }

    #[test]
    fn a_wrong_table_is_shown_with_line_and_caret() {
        for (table, expected) in [
            ("", "has none of `bin`, `url` and `build`"),
            ("bin = 'ui'", "the backend cannot be /ui in the image"),
            ("bin = 'darwin'", "the backend cannot be /darwin in the image"),
            ("bin = 'run'", "the backend cannot be /run in the image"),
            ("bin = 'metadata.json'", "the backend cannot be /metadata.json in the image"),
            ("bin = 'server'\nimage-path = '/linux/server'", "the backend cannot be /linux/server"),
            ("bin = 'server'\nhosts = ['linux']", "`hosts` is for host binaries"),
            ("bin = 'server'\nskip = ['linux-arm64']", "`skip` is for host binaries"),
            ("bin = 'server'\nurl = 'x'", "both `bin` and `url`"),
            ("bin = 'server'\npath = 'x'", "`path` needs `build`"),
            ("bin = 'tool'", "tool is also a host binary"),
            ("bin = 'server'\nhost = ['linux']", "unknown field `host`"),
        ] {
            let error = parse(table).unwrap_err();
            assert!(error.contains(expected) && error.contains("^"), "{table}:\n{error}");
        }
    }
}
