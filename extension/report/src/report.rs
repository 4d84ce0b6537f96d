//! The report: a description of this machine and its current usage.
//!
//! The fields of the structs are those of the JSON that `ui/` reads. Sizes are in bytes, times in seconds, and percentages
//! (0 to 100) are of the whole machine. Increase [`SCHEMA`] with every change that an older reader cannot handle.

use std::thread;

use serde::Serialize;
use sysinfo::{
    CpuRefreshKind, DiskRefreshKind, Disks, MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind, RefreshKind,
    System,
};

use crate::cpu::Usage;
use crate::machine;

/// The version of the JSON format of reports and samples.
pub(crate) const SCHEMA: u32 = 1;

/// A report about this machine, printed once.
#[derive(Serialize)]
pub struct Report {
    schema: u32,
    hostname: String,
    os: &'static str,
    os_version: String,
    /// The architecture that this program was built for.
    arch: &'static str,
    /// The architecture that it runs on.
    machine_arch: String,
    /// True if the two differ, which means that the operating system translates this program.
    translated: bool,
    cpu: Cpu,
    load: Option<Load>,
    memory: Memory,
    swap: Used,
    disks: Vec<Disk>,
    uptime_seconds: u64,
}

#[derive(Serialize)]
struct Cpu {
    model: String,
    count: usize,
    usage_percent: f64,
}

#[derive(Serialize)]
struct Memory {
    total_bytes: u64,
    used_bytes: u64,
    available_bytes: u64,
}

#[derive(Serialize)]
struct Disk {
    name: String,
    mount: String,
    file_system: String,
    total_bytes: u64,
    available_bytes: u64,
}

/// The total and used amount of memory or swap.
#[derive(Serialize)]
pub(crate) struct Used {
    pub(crate) total_bytes: u64,
    pub(crate) used_bytes: u64,
}

/// The number of processes that ran or waited for a CPU, averaged over the last one, five and fifteen minutes.
#[derive(Serialize)]
pub(crate) struct Load {
    one: f64,
    five: f64,
    fifteen: f64,
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

impl Report {
    /// Collects the data. This takes about 0.2 s, because CPU usage is the difference between two measurements.
    pub fn new() -> Self {
        let mut usage = Usage::start();
        thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL);
        let usage_percent = usage.percent();
        let system = cpus_and_memory();
        let machine_arch = machine::native_arch();
        Self {
            schema: SCHEMA,
            hostname: System::host_name().unwrap_or_default(),
            os: machine::OS,
            os_version: os_version(),
            arch: machine::BUILT_FOR,
            translated: machine_arch != machine::BUILT_FOR,
            machine_arch,
            cpu: Cpu {
                model: system.cpus().first().map_or("", |cpu| cpu.brand()).trim().to_owned(),
                count: system.cpus().len(),
                usage_percent,
            },
            load: load(),
            memory: Memory {
                total_bytes: system.total_memory(),
                used_bytes: system.used_memory(),
                available_bytes: system.available_memory(),
            },
            swap: swap(&system),
            disks: disks(),
            uptime_seconds: System::uptime(),
        }
    }
}

/// For example `15.1` on a Mac. On Linux, the name of the distribution comes first: `Debian GNU/Linux 13`.
fn os_version() -> String {
    let version = System::os_version().or_else(System::kernel_version).unwrap_or_default();
    match System::name() {
        Some(name) if cfg!(target_os = "linux") => format!("{name} {version}"),
        _ => version,
    }
}

/// Reads only the CPUs and the memory. Reading the list of processes would take longer than everything else.
fn cpus_and_memory() -> System {
    let refresh = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::everything());
    System::new_with_specifics(refresh)
}

/// The swap space.
pub(crate) fn swap(system: &System) -> Used {
    Used { total_bytes: system.total_swap(), used_bytes: system.used_swap() }
}

/// The load averages; `None` on Windows, which has none.
pub(crate) fn load() -> Option<Load> {
    if cfg!(windows) {
        return None;
    }
    let load = System::load_average();
    Some(Load { one: load.one, five: load.five, fifteen: load.fifteen })
}

fn disks() -> Vec<Disk> {
    let list = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage());
    list.iter()
        .map(|disk| Disk {
            name: disk.name().to_string_lossy().into_owned(),
            mount: disk.mount_point().to_string_lossy().into_owned(),
            file_system: disk.file_system().to_string_lossy().into_owned(),
            total_bytes: disk.total_space(),
            available_bytes: disk.available_space(),
        })
        .collect()
}
