//! A sample: the values that change quickly.

use serde::Serialize;
use sysinfo::{MemoryRefreshKind, System};

use crate::report::{self, Load, SCHEMA, Used};

/// The values that change quickly, for the live chart.
#[derive(Serialize)]
pub struct Sample {
    schema: u32,
    uptime_seconds: u64,
    cpu_percent: f64,
    memory: Used,
    swap: Used,
    load: Option<Load>,
}

impl Sample {
    /// `cpu_percent` comes from [`Usage::percent`](crate::Usage::percent).
    pub fn new(cpu_percent: f64) -> Self {
        let mut system = System::new();
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        Self {
            schema: SCHEMA,
            uptime_seconds: System::uptime(),
            cpu_percent,
            memory: Used { total_bytes: system.total_memory(), used_bytes: system.used_memory() },
            swap: report::swap(&system),
            load: report::load(),
        }
    }
}
