//! The report: what this machine is and how it is doing now.
//!
//! The structs are the JSON that `ui/` reads, field by field; all sizes are in bytes, all times in seconds, all
//! percentages of the whole machine (0 to 100). A change that would break a reader raises [`SCHEMA`].

use std::thread;

use serde::Serialize;
use sysinfo::{
    CpuRefreshKind, DiskRefreshKind, Disks, MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind, RefreshKind,
    System,
};

use crate::cpu::Usage;
use crate::machine;

/// Version of the JSON, of reports and of samples.
pub const SCHEMA: u32 = 1;

/// Everything about this machine; printed once.
#[derive(Serialize)]
pub struct Report {
    schema: u32,
    hostname: String,
    os: &'static str,
    os_version: String,
    /// What this program was built for.
    arch: &'static str,
    /// What it runs on.
    machine_arch: String,
    /// Whether the two differ, so that the operating system translates this program as it runs.
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

/// How much there is of something, and how much of that is taken.
#[derive(Serialize)]
pub struct Used {
    pub total_bytes: u64,
    pub used_bytes: u64,
}

/// Processes that ran or waited for a processor, averaged over the last one, five and fifteen minutes.
#[derive(Serialize)]
pub struct Load {
    one: f64,
    five: f64,
    fifteen: f64,
}

impl Report {
    /// Looks at this machine. Takes about 0.2 s: processor usage is a difference between two moments.
    pub fn new() -> Self {
        let mut usage = Usage::start();
        thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL);
        let usage_percent = usage.percent();
        let system = processors_and_memory();
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

/// Such as `15.1` on a Mac; on Linux, where a number alone says little, with the distribution's name.
fn os_version() -> String {
    let version = System::os_version().or_else(System::kernel_version).unwrap_or_default();
    match System::name() {
        Some(name) if cfg!(target_os = "linux") => format!("{name} {version}"),
        _ => version,
    }
}

/// Lists processors and memory, and nothing else: listing processes would cost more than all the rest.
fn processors_and_memory() -> System {
    let what = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::everything());
    System::new_with_specifics(what)
}

/// Memory that the system has moved to disk.
pub fn swap(system: &System) -> Used {
    Used { total_bytes: system.total_swap(), used_bytes: system.used_swap() }
}

/// Load averages; `None` on Windows, which keeps none.
pub fn load() -> Option<Load> {
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
