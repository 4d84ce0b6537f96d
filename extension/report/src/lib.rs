//! What the extension shows about a machine: the host, where `system-report` runs, and Docker's VM, where the backend runs.

mod cpu;
mod machine;
mod report;
mod sample;

pub use cpu::Usage;
pub use report::Report;
pub use sample::Sample;
pub use sysinfo::MINIMUM_CPU_UPDATE_INTERVAL;
