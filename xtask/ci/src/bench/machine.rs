//! The machine that the times belong to.

use std::process::Command;

use anyhow::Result;

use crate::process;

/// Processors, system and versions, as half a sentence.
pub fn describe() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let rustc = process::read(Command::new("rustc").arg("--version"))?;
    // The date and the hash behind the version say nothing more.
    let rustc: Vec<_> = rustc.split_whitespace().take(2).collect();
    let node = process::read(process::command("node", "install Node.js")?.arg("--version"))?;
    Ok(format!(
        "{cores} cores{}, {}, {}, Node.js {}{}",
        processor(),
        system(),
        rustc.join(" "),
        node.trim().trim_start_matches('v'),
        load()
    ))
}

/// The name of the processor, where the system tells it in a file.
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

/// How much the machine had to do, the benchmark itself included.
fn load() -> String {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let last_minutes = averages.split(' ').nth(1);
    last_minutes.map(|average| format!(", load average {average}")).unwrap_or_default()
}
