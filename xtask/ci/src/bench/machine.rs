//! Describes the machine on which the times were measured.

use std::process::Command;

use anyhow::Result;

use crate::process;

/// Processors, system and versions, to be used in a sentence.
pub(crate) fn describe() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let rustc = process::read_stdout(Command::new("rustc").arg("--version"))?;
    // Without the hash and the date after the version.
    let rustc: Vec<_> = rustc.split_whitespace().take(2).collect();
    let node = process::read_stdout(process::command("node", "install Node.js")?.arg("--version"))?;
    Ok(format!(
        "{cores} cores{}, {}, {}, Node.js {}{}",
        processor(),
        system(),
        rustc.join(" "),
        node.trim().trim_start_matches('v'),
        load()
    ))
}

/// The name of the processor, on systems with /proc/cpuinfo.
fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split_once(": "));
    name.map(|(_, name)| format!(" ({name})")).unwrap_or_default()
}

fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.map_or(std::env::consts::OS, |name| name.trim_matches('"'));
    format!("{name}, {}", std::env::consts::ARCH)
}

/// How busy the machine was in the last minutes, including the benchmark itself.
fn load() -> String {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let last_minutes = averages.split(' ').nth(1);
    last_minutes.map(|average| format!(", load average {average}")).unwrap_or_default()
}
