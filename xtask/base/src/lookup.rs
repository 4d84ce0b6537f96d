//! How cargo may look for packages.

/// The flags `--locked` and `--offline` of the command line, which are passed on to cargo.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookup {
    pub locked: bool,
    pub offline: bool,
}

impl Lookup {
    /// The flags to pass on.
    pub fn flags(self) -> Vec<String> {
        let flags = [(self.locked, "--locked"), (self.offline, "--offline")];
        flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()).collect()
    }
}
