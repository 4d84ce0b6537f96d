//! How cargo may look for packages.

/// How cargo may find the graph: `--locked` and `--offline` of the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookup {
    pub locked: bool,
    pub offline: bool,
}

impl Lookup {
    pub fn flags(self) -> Vec<String> {
        let flags = [(self.locked, "--locked"), (self.offline, "--offline")];
        flags.into_iter().filter(|(on, _)| *on).map(|(_, flag)| flag.to_owned()).collect()
    }
}
