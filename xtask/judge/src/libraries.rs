//! The shared libraries that every supported host has.
//!
//! One committed list for each operating system; each line is a pattern (`*` at its end stands for anything) and the
//! reason why every host has it.

use sixfold_model::matrix::HostOs;

/// The libraries of these that some host may lack, in the order given.
pub(crate) fn lacking(os: HostOs, names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str).filter(move |name| !everywhere(os, name))
}

/// Whether every supported host has this library: macOS 11, Windows 10, or a glibc-based Linux, and what came after.
pub(crate) fn everywhere(os: HostOs, name: &str) -> bool {
    // File names on Windows have no case.
    let name = if os == HostOs::Windows { name.to_ascii_lowercase() } else { name.into() };
    patterns(os).any(|(pattern, _)| match pattern.strip_suffix('*') {
        // `..` would lead out of the folder that the pattern means.
        Some(start) => name.starts_with(start) && !name.contains(".."),
        None => name == pattern,
    })
}

/// Pattern and reason.
fn patterns(os: HostOs) -> impl Iterator<Item = (&'static str, &'static str)> {
    let text = match os {
        HostOs::Darwin => include_str!("libraries/darwin.txt"),
        HostOs::Windows => include_str!("libraries/windows.txt"),
        HostOs::Linux => include_str!("libraries/linux.txt"),
    };
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').map_or((line, ""), |(pattern, reason)| (pattern, reason.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_reason_and_none_comes_twice() {
        for os in HostOs::ALL {
            let mut seen = std::collections::HashSet::new();
            for (pattern, reason) in patterns(os) {
                assert!(!reason.is_empty(), "{os}: {pattern}");
                assert!(seen.insert(pattern), "{os}: {pattern} twice");
                assert!(os != HostOs::Windows || pattern == pattern.to_lowercase(), "{pattern}");
            }
        }
    }

    #[test]
    fn what_a_host_may_lack_is_named() {
        let names =
            ["KERNEL32.dll", "libgcc_s_seh-1.dll", "VCRUNTIME140.dll", "api-ms-win-core-synch-l1-2-0.dll"];
        let names = names.map(String::from);
        let lacking: Vec<_> = lacking(HostOs::Windows, &names).collect();
        for name in
            ["WLDAP32.dll", "tdh.dll", "WinSCard.dll", "VirtDisk.dll", "HTTPAPI.dll", "WindowsCodecs.dll"]
        {
            assert!(everywhere(HostOs::Windows, name), "{name}");
        }
        assert_eq!(lacking, ["libgcc_s_seh-1.dll", "VCRUNTIME140.dll"]);
        assert!(everywhere(HostOs::Darwin, "/System/Library/Frameworks/IOKit.framework/Versions/A/IOKit"));
        for name in ["/opt/homebrew/lib/libssl.dylib", "@rpath/libx.dylib", "/System/Library/Frameworks/../x"]
        {
            assert!(!everywhere(HostOs::Darwin, name), "{name}");
        }
        assert!(everywhere(HostOs::Linux, "libc.so.6"));
        assert!(!everywhere(HostOs::Linux, "libssl.so.3"));
    }
}
