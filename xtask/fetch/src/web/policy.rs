//! How often to try, and how long to wait.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// After this many failed attempts, the download fails. 0 means 1.
    pub(crate) attempts: u32,
    /// The pause before the second attempt. It doubles before each further one.
    pub(crate) pause: Duration,
    /// The time limit for resolving a name, and for connecting.
    pub(crate) connect_timeout: Duration,
    /// The longest time for which a server may send nothing.
    pub(crate) read_timeout: Duration,
}

impl Policy {
    /// For small questions, for which somebody is waiting.
    pub(crate) fn of_questions() -> Self {
        Self {
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(30),
            ..Self::default()
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 5,
            pause: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(60),
        }
    }
}
