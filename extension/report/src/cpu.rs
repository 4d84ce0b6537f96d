//! CPU usage: the percentage of time for which the CPUs were busy between two measurements.
//!
//! Except on Windows, the data comes from sysinfo. There, sysinfo uses the performance counters, which are slow to open,
//! may be broken on some machines, and make the program abort under Wine. So this module calls `GetSystemTimes` instead.

/// Measures the usage of all CPUs together.
pub struct Usage(Source);

impl Usage {
    /// Takes the first measurement.
    pub fn start() -> Self {
        Self(Source::start())
    }

    /// Returns the usage since the previous measurement, from 0 to 100, rounded to one decimal.
    ///
    /// If that was less than [`sysinfo::MINIMUM_CPU_UPDATE_INTERVAL`] ago, the result may be the same as last time.
    pub fn percent(&mut self) -> f64 {
        // `max` turns NaN into 0, because JSON cannot represent NaN.
        let tenths = (self.0.percent().max(0.0) * 10.0).round();
        tenths.min(1000.0) / 10.0
    }
}

#[cfg(not(windows))]
struct Source(sysinfo::System);

#[cfg(not(windows))]
impl Source {
    fn start() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_cpu_usage();
        Self(system)
    }

    fn percent(&mut self) -> f64 {
        self.0.refresh_cpu_usage();
        f64::from(self.0.global_cpu_usage())
    }
}

/// The time that all CPUs together have spent since the system started, in units of 100 ns.
#[cfg(windows)]
#[derive(Default)]
struct Source {
    idle: u64,
    total: u64,
}

#[cfg(windows)]
impl Source {
    /// Returns zeros if the call fails. Usage is then measured from the start of the system.
    fn start() -> Self {
        use windows_sys::Win32::{Foundation::FILETIME, System::Threading::GetSystemTimes};
        let [mut idle, mut kernel, mut user] = [FILETIME::default(); 3];
        // SAFETY: the three variables outlive the call, which only writes to them.
        if unsafe { GetSystemTimes(&raw mut idle, &raw mut kernel, &raw mut user) } == 0 {
            return Self::default();
        }
        let units = |time: FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
        // The kernel time includes the idle time.
        Self { idle: units(idle), total: units(kernel) + units(user) }
    }

    fn percent(&mut self) -> f64 {
        let before = std::mem::replace(self, Self::start());
        let total = self.total.saturating_sub(before.total);
        let busy = total.saturating_sub(self.idle.saturating_sub(before.idle));
        100.0 * busy as f64 / total as f64
    }
}
