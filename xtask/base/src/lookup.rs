//! How cargo may look for packages.

/// The flags `--locked` and `--offline` of the command line, which are passed on to cargo.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookup {
    pub locked: bool,
    pub offline: bool,
}

impl Lookup {
    /// The same, but cargo may not change a lock file.
    pub fn or_locked(self) -> Self {
        Self { locked: true, ..self }
    }

    /// The flags to pass on.
    pub fn flags(self) -> Vec<String> {
        let flags = [(self.locked, "--locked"), (self.offline, "--offline")];
        flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()).collect()
    }
}
