//! Processor usage: the share of time that the processors were busy between two looks at them.
//!
//! sysinfo knows it everywhere. On Windows, though, it asks the performance counters, which are slow to open, can be
//! broken on a machine, and abort the program under Wine; there the system's own totals are read instead.

/// Usage of all processors together.
pub struct Usage(Source);

impl Usage {
    /// The first look; usage is counted from here.
    pub fn start() -> Self {
        Self(Source::start())
    }

    /// The next look: usage since the last one, from 0 to 100 with one decimal.
    /// Looks less than [`sysinfo::MINIMUM_CPU_UPDATE_INTERVAL`] apart may repeat the last answer.
    pub fn percent(&mut self) -> f64 {
        // `max` turns NaN, which JSON cannot hold, into 0.
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

/// Time that all processors together have spent since the start of the system, in units of 100 ns.
#[cfg(windows)]
#[derive(Default)]
struct Source {
    idle: u64,
    total: u64,
}

#[cfg(windows)]
impl Source {
    /// All zero, so that usage counts from the start of the system, should Windows not answer.
    fn start() -> Self {
        use windows_sys::Win32::{Foundation::FILETIME, System::Threading::GetSystemTimes};
        let [mut idle, mut kernel, mut user] = [FILETIME::default(); 3];
        // SAFETY: the three results outlive the call, which only writes to them.
        if unsafe { GetSystemTimes(&raw mut idle, &raw mut kernel, &raw mut user) } == 0 {
            return Self::default();
        }
        let units = |time: FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
        // Windows counts idle time as time in the kernel.
        Self { idle: units(idle), total: units(kernel) + units(user) }
    }

    fn percent(&mut self) -> f64 {
        let before = std::mem::replace(self, Self::start());
        let total = self.total.saturating_sub(before.total);
        let busy = total.saturating_sub(self.idle.saturating_sub(before.idle));
        100.0 * busy as f64 / total as f64
    }
}
