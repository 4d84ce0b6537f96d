//! Checks which processes run.

use std::time::{Duration, Instant};

/// True if the process runs. A zombie does not.
pub(crate) fn runs(pid: u32) -> bool {
    #[cfg(target_os = "linux")]
    return std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        !matches!(state, Some('Z' | 'X') | None)
    });
    #[cfg(all(unix, not(target_os = "linux")))]
    return nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), None).is_ok();
    #[cfg(windows)]
    {
        let filter = format!("PID eq {pid}");
        let list = std::process::Command::new("tasklist").args(["/NH", "/FI", &filter]).output().unwrap();
        String::from_utf8_lossy(&list.stdout).contains(&pid.to_string())
    }
}

/// Waits until none of them runs. Panics after a while.
pub(crate) async fn all_gone(pids: &[u32]) {
    let start = Instant::now();
    while let Some(pid) = pids.iter().find(|pid| runs(**pid)) {
        assert!(start.elapsed() < Duration::from_secs(20), "process {pid} still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
