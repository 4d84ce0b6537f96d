//! Measures elapsed time, and the CPU time of the commands, which other work on the machine hardly changes.

use std::iter::Sum;
use std::ops::Add;
use std::time::{Duration, Instant};

/// How long something took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Elapsed time.
    pub clock: Duration,
    /// The CPU time of all processors together, of commands that have ended in the meantime. Known only on Linux.
    pub cpu: Option<Duration>,
}

pub(crate) struct Stopwatch {
    start: Instant,
    cpu: Option<Duration>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), cpu: cpu_of_children() }
    }

    pub(crate) fn stop(&self) -> Sample {
        let clock = self.start.elapsed();
        let cpu = self.cpu.zip(cpu_of_children()).map(|(before, after)| after.saturating_sub(before));
        Sample { clock, cpu }
    }
}

impl Add for Sample {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let cpu = self.cpu.zip(other.cpu).map(|(one, other)| one + other);
        Self { clock: self.clock + other.clock, cpu }
    }
}

impl Sum for Sample {
    fn sum<I: Iterator<Item = Self>>(samples: I) -> Self {
        samples.reduce(Self::add).unwrap_or_default()
    }
}

/// The CPU time of all children that have ended, and of their children, since this program was started.
#[cfg(target_os = "linux")]
fn cpu_of_children() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    Some(Duration::from_secs_f64(ticks(&stat)? / rustix::param::clock_ticks_per_second() as f64))
}

#[cfg(not(target_os = "linux"))]
fn cpu_of_children() -> Option<Duration> {
    None
}

/// cutime and cstime, fields 16 and 17 in proc_pid_stat(5). The name in field 2 may contain blanks and ends with `)`.
#[cfg(target_os = "linux")]
fn ticks(stat: &str) -> Option<f64> {
    let (_, from_third) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = from_third.split_whitespace().collect();
    let [user, system] = [13, 14].map(|field| fields.get(field)?.parse::<f64>().ok());
    Some(user? + system?)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_time_of_children_is_read() {
        // The value of each field, except for name and state, is its number.
        let stat = "1 (a b) c) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19";
        assert_eq!(ticks(stat), Some(16.0 + 17.0));
    }

    #[test]
    fn a_busy_child_uses_cpu_time() {
        let stopwatch = Stopwatch::start();
        let deadline = Instant::now() + Duration::from_secs(60);
        // The system counts in ticks of 10 ms, and a quick child may need less than one.
        while stopwatch.stop().cpu.unwrap() == Duration::ZERO && Instant::now() < deadline {
            let done = std::process::Command::new("cargo").arg("--list").output().unwrap();
            assert!(done.status.success());
        }
        let sample = stopwatch.stop();
        assert!(sample.cpu.unwrap() > Duration::ZERO && sample.clock > Duration::ZERO);
    }
}
