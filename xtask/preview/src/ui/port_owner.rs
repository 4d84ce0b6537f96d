//! Finds out whether a process that we started listens at an address. Otherwise, another program on this machine could take
//! the port of the dev server first, and its pages would be shown as the UI.
//!
//! Linux: `/proc/net/tcp` names the sockets, `/proc/PID/fd` their processes. macOS: `lsof` and `ps` print the same. On Windows,
//! this is not checked.

#[cfg(any(target_os = "linux", target_os = "macos"))]
use std::collections::BTreeMap;
use std::net::SocketAddr;
#[cfg(any(target_os = "linux", target_os = "macos"))]
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::Result;

/// True if the listener that answers at `address` belongs to a process that we started, directly or indirectly.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn is_ours(address: SocketAddr) -> Result<bool> {
    let processes = system::processes()?;
    let owners = system::owners(address)?;
    Ok(!owners.is_empty() && owners.iter().all(|pid| is_descendant(*pid, std::process::id(), &processes)))
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn is_ours(_: SocketAddr) -> Result<bool> {
    Ok(true)
}

/// The parent and the process group of a process.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Process {
    parent: u32,
    group: u32,
}

/// True if `ancestor` started the process, or a group that it belongs to. The second holds even if its parent has ended.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn is_descendant(pid: u32, ancestor: u32, processes: &BTreeMap<u32, Process>) -> bool {
    let is_child =
        |pid| pid != ancestor && processes.get(&pid).is_some_and(|process| process.parent == ancestor);
    let parents = std::iter::successors(Some(pid), |pid| processes.get(pid).map(|process| process.parent));
    // A list that changes while it is read could contain a cycle.
    parents.take(processes.len()).any(is_child)
        || processes.get(&pid).is_some_and(|process| is_child(process.group))
}

/// The listeners that get connections to `address`: those at exactly this address, or else those at all addresses.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn answering<T>(address: IpAddr, listeners: Vec<(IpAddr, T)>) -> Vec<T> {
    let everywhere: [IpAddr; 2] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    let ranks = [address].into_iter().chain(everywhere.into_iter().skip(usize::from(address.is_ipv6())));
    let best = ranks.into_iter().find(|rank| listeners.iter().any(|(listener, _)| listener == rank));
    listeners.into_iter().filter(|(listener, _)| Some(*listener) == best).map(|(_, owner)| owner).collect()
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    use anyhow::Context as _;

    use super::*;

    const LISTEN: &str = "0A";

    /// All processes.
    pub(super) fn processes() -> Result<BTreeMap<u32, Process>> {
        let stats = pids()?.into_iter().filter_map(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parse_stat(&stat)?))
        });
        Ok(stats.collect())
    }

    fn pids() -> Result<Vec<u32>> {
        let entries = fs::read_dir("/proc").context("cannot read /proc")?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
    }

    /// `PID (NAME) STATE PARENT GROUP …`; the name may contain anything.
    fn parse_stat(stat: &str) -> Option<Process> {
        let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(1).map(|field| field.parse().ok());
        Some(Process { parent: fields.next()??, group: fields.next()?? })
    }

    /// The processes that have the sockets which listen at `address`. Files of other users' processes cannot be read, so
    /// their processes are not found; process 0, which is not a descendant of ours, stands for them.
    pub(super) fn owners(address: SocketAddr) -> Result<Vec<u32>> {
        let mut listeners = Vec::new();
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            // Without IPv6, the second one does not exist.
            let text = fs::read_to_string(table).unwrap_or_default();
            listeners.extend(text.lines().filter_map(|line| parse_listener(line, address.port())));
        }
        let pids = pids()?;
        let owner = |inode: u64| pids.iter().find(|pid| has_socket(**pid, inode)).copied().unwrap_or(0);
        Ok(answering(address.ip(), listeners).into_iter().map(owner).collect())
    }

    fn has_socket(pid: u32, inode: u64) -> bool {
        let name = format!("socket:[{inode}]");
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        files
            .flatten()
            .any(|file| fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == name.as_str()))
    }

    /// The address and the inode in a line of `/proc/net/tcp` (proc(5)), if it is a listener on this port.
    fn parse_listener(line: &str, port: u16) -> Option<(IpAddr, u64)> {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let (address, local_port) = fields.get(1)?.split_once(':')?;
        let is_listener = *fields.get(3)? == LISTEN && u16::from_str_radix(local_port, 16).ok()? == port;
        if !is_listener {
            return None;
        }
        Some((parse_address(address)?, fields.get(9)?.parse().ok()?))
    }

    /// Groups of 32 bits in the byte order of the machine.
    fn parse_address(hex: &str) -> Option<IpAddr> {
        let mut bytes = Vec::new();
        for at in (0..hex.len()).step_by(8) {
            bytes.extend(u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
        }
        match bytes.len() {
            4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
            16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::from(bytes).to_canonical()),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[cfg(target_endian = "little")]
        #[test]
        fn listeners_are_parsed() {
            let line = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1";
            assert_eq!(parse_listener(line, 3000), Some((Ipv4Addr::LOCALHOST.into(), 4242)));
            assert_eq!(parse_listener(line, 3001), None);
            assert_eq!(parse_listener(&line.replace(" 0A ", " 01 "), 3000), None);
            let v6 = line.replace("0100007F", "00000000000000000000000001000000");
            assert_eq!(parse_listener(&v6, 3000), Some((Ipv6Addr::LOCALHOST.into(), 4242)));
        }

        #[test]
        fn a_name_with_spaces_and_parentheses_is_skipped() {
            let stat = "42 (a) b (c) S 7 42 1 0 -1 4194560";
            assert_eq!(parse_stat(stat), Some(Process { parent: 7, group: 42 }));
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use std::process::Command;

    use anyhow::Context as _;

    use super::*;

    /// All processes.
    pub(super) fn processes() -> Result<BTreeMap<u32, Process>> {
        let list = read("/bin/ps", &["-A", "-o", "pid=,ppid=,pgid="])?;
        let parsed = list.lines().filter_map(|line| {
            let mut numbers = line.split_ascii_whitespace().map(|word| word.parse().ok());
            Some((numbers.next()??, Process { parent: numbers.next()??, group: numbers.next()?? }))
        });
        Ok(parsed.collect())
    }

    /// The processes that listen at `address`. `lsof` does not show those of other users: process 0 stands for them.
    pub(super) fn owners(address: SocketAddr) -> Result<Vec<u32>> {
        let port = format!("-iTCP:{}", address.port());
        let list = read("/usr/sbin/lsof", &["-nP", "-a", &port, "-sTCP:LISTEN", "-Fpn"])?;
        let owners = answering(address.ip(), parse(&list));
        Ok(if owners.is_empty() { vec![0] } else { owners })
    }

    /// `pPID` starts a process, `nADDRESS:PORT` is one of its sockets.
    fn parse(list: &str) -> Vec<(IpAddr, u32)> {
        let (mut pid, mut listeners) = (0, Vec::new());
        for line in list.lines() {
            if let Some(number) = line.strip_prefix('p') {
                pid = number.parse().unwrap_or(0);
            }
            let name = line.strip_prefix('n').and_then(|name| name.rsplit_once(':'));
            let Some((name, _)) = name else { continue };
            match name {
                "*" => {
                    listeners
                        .extend([(Ipv4Addr::UNSPECIFIED.into(), pid), (Ipv6Addr::UNSPECIFIED.into(), pid)]);
                }
                name => {
                    let address = name.trim_start_matches('[').trim_end_matches(']').parse();
                    listeners.extend(address.map(|address| (address, pid)));
                }
            }
        }
        listeners
    }

    fn read(program: &str, args: &[&str]) -> Result<String> {
        let output = Command::new(program).args(args).output();
        let output = output.with_context(|| format!("cannot start {program}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn listeners_are_parsed() {
            let list = "p42\nf20\nn127.0.0.1:3000\nf21\nn[::1]:3000\np43\nf3\nn*:3000\n";
            let v4 = parse(list);
            assert_eq!(v4[..2], [(Ipv4Addr::LOCALHOST.into(), 42), (Ipv6Addr::LOCALHOST.into(), 42)]);
            assert_eq!(answering(Ipv4Addr::LOCALHOST.into(), v4), [42]);
        }
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn the_listener_at_exactly_the_address_answers() {
        let (here, all_v4, all) =
            (Ipv4Addr::LOCALHOST.into(), Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        assert_eq!(answering(here, vec![(all, 1), (here, 2), (all_v4, 3)]), [2]);
        assert_eq!(answering(here, vec![(all, 1), (all_v4, 3)]), [3]);
        assert_eq!(answering(here, vec![(all, 1)]), [1]);
        assert_eq!(answering(Ipv6Addr::LOCALHOST.into(), vec![(all_v4, 3)]), [0; 0]);
    }

    #[test]
    fn descendants_are_found_by_parent_or_by_group() {
        let process = |parent, group| Process { parent, group };
        // 1 is us; 2 and 3 are a child and its child; 4 has lost its parent; 5 and 6 are strangers.
        let processes = BTreeMap::from([
            (1, process(0, 1)),
            (2, process(1, 2)),
            (3, process(2, 2)),
            (4, process(0, 2)),
            (5, process(0, 1)),
            (6, process(5, 6)),
        ]);
        let found = |pid| is_descendant(pid, 1, &processes);
        assert_eq!([2, 3, 4].map(found), [true; 3]);
        assert_eq!([0, 1, 5, 6, 99].map(found), [false; 5]);
    }
}
