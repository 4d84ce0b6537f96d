//! The shared libraries that every supported host has.
//!
//! There is one list for each operating system. Each line is a pattern (`*` at its end stands for anything) and the reason
//! why every host has the library.

use sixfold_model::matrix::HostOs;

/// Those of these libraries that some host may lack, in the given order.
pub(crate) fn missing_somewhere(os: HostOs, names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str).filter(move |name| !is_everywhere(os, name))
}

/// Whether every supported host has this library: macOS 11, Windows 10 (1809), Linux distributions based on glibc, and their
/// later versions.
pub fn is_everywhere(os: HostOs, name: &str) -> bool {
    // File names on Windows are case-insensitive.
    let name = if os == HostOs::Windows { name.to_ascii_lowercase() } else { name.into() };
    patterns(os).any(|(pattern, _)| match pattern.strip_suffix('*') {
        // `..` would lead out of the directory that the pattern names.
        Some(start) => name.starts_with(start) && !name.contains(".."),
        None => name == pattern,
    })
}

/// The path of the library that `-lNAME` means, if every supported macOS has it.
pub fn macos_dylib(name: &str) -> Option<&'static str> {
    let start = format!("/usr/lib/lib{name}.");
    patterns(HostOs::Darwin).map(|(path, _)| path).find(|path| path.starts_with(&start))
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
    fn every_line_has_a_reason_and_no_pattern_is_repeated() {
        for os in HostOs::ALL {
            let mut seen = std::collections::HashSet::new();
            for (pattern, reason) in patterns(os) {
                assert!(!reason.is_empty(), "{os}: {pattern}");
                assert!(seen.insert(pattern), "{os}: {pattern} is repeated");
                assert!(os != HostOs::Windows || pattern == pattern.to_lowercase(), "{pattern}");
            }
        }
    }

    #[test]
    fn libraries_that_a_host_may_lack_are_reported() {
        let names =
            ["KERNEL32.dll", "libgcc_s_seh-1.dll", "VCRUNTIME140.dll", "api-ms-win-core-synch-l1-2-0.dll"];
        let names = names.map(String::from);
        let missing: Vec<_> = missing_somewhere(HostOs::Windows, &names).collect();
        for name in
            ["WLDAP32.dll", "tdh.dll", "WinSCard.dll", "VirtDisk.dll", "HTTPAPI.dll", "WindowsCodecs.dll"]
        {
            assert!(is_everywhere(HostOs::Windows, name), "{name}");
        }
        assert_eq!(missing, ["libgcc_s_seh-1.dll", "VCRUNTIME140.dll"]);
        assert!(is_everywhere(HostOs::Darwin, "/System/Library/Frameworks/IOKit.framework/Versions/A/IOKit"));
        for name in ["/opt/homebrew/lib/libssl.dylib", "@rpath/libx.dylib", "/System/Library/Frameworks/../x"]
        {
            assert!(!is_everywhere(HostOs::Darwin, name), "{name}");
        }
        assert_eq!(macos_dylib("ncurses"), Some("/usr/lib/libncurses.5.4.dylib"));
        assert_eq!([macos_dylib("ssl"), macos_dylib("ncurse"), macos_dylib("swift/libswift*")], [None; 3]);
        assert!(is_everywhere(HostOs::Linux, "libc.so.6"));
        assert!(!is_everywhere(HostOs::Linux, "libssl.so.3"));
    }
}
