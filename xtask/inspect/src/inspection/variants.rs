//! Recognizes variants of the same program by names that differ only in operating system or processor.

/// Names of processors, also within longer words.
const ARCHES: [&str; 6] = ["x86_64", "x86-64", "aarch64", "amd64", "arm64", "x64"];
/// Names of processors that have to be words of their own.
const SHORT_ARCHES: [&str; 2] = ["amd", "arm"];
/// Names of operating systems, as words of their own.
const SYSTEMS: [&str; 7] = ["darwin", "macos", "mac", "osx", "windows", "win", "linux"];

/// The name of the only processor that a text names, as a word of its own. `None` if it names none or both.
pub(crate) fn one_arch(text: &str) -> Option<&'static str> {
    let is_named = |name: &&&str| {
        let mut places =
            text.match_indices(**name).map(|(at, _)| (text.get(..at), text.get(at + name.len()..)));
        places.any(|(before, after)| {
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            !is_word(before.and_then(|text| text.chars().next_back()))
                && !is_word(after.and_then(|text| text.chars().next()))
        })
    };
    let is_arm = |name: &&str| matches!(*name, "aarch64" | "arm64");
    let (arm, intel): (Vec<_>, Vec<_>) = ARCHES.iter().filter(is_named).copied().partition(is_arm);
    match (arm.first(), intel.first()) {
        (Some(name), None) | (None, Some(name)) => Some(name),
        _ => None,
    }
}

/// A base name without its processor, so that it is equal for all variants of a program for one operating system.
pub(crate) fn without_arch(name: &str) -> String {
    let name = ARCHES.iter().fold(name.to_ascii_lowercase(), |name, arch| name.replace(arch, ""));
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !SHORT_ARCHES.contains(word)).collect::<Vec<_>>().join("-")
}

/// A path with `*` in place of operating system and processor, so that it is equal for all variants of a program. `None` if
/// it names neither.
pub(crate) fn pattern(path: &str) -> Option<String> {
    let path = path.to_ascii_lowercase().replace("x86_64", "amd64").replace("x86-64", "amd64");
    let path = path.strip_suffix(".exe").unwrap_or(&path);
    let mut pattern = String::new();
    for part in path.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_variable = [&ARCHES[..], &SHORT_ARCHES, &SYSTEMS].iter().any(|list| list.contains(&word));
        let separator = part.strip_prefix(word).unwrap_or_default();
        if !is_variable {
            pattern.push_str(part);
            continue;
        }
        // `darwin-arm64` becomes one `*`, as `darwin` does.
        if let Some(before) = pattern.strip_suffix(['-', '_', '.']).filter(|before| before.ends_with('*')) {
            pattern = before.to_owned();
        } else {
            pattern.push('*');
        }
        pattern.push_str(separator);
    }
    pattern.contains('*').then_some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_for_processors_have_the_same_name() {
        for names in [
            ["tool-amd64", "tool-arm64"],
            ["tool_x86_64.exe", "tool_aarch64.exe"],
            ["tool-amd", "tool-arm"],
            ["toolx64", "toolarm64"],
        ] {
            assert_eq!(without_arch(names[0]), without_arch(names[1]));
        }
        assert_ne!(without_arch("charm"), without_arch("ch"));
    }

    #[test]
    fn only_whole_words_name_a_processor() {
        for text in ["tool-amd64", "https://x/darwin/x86_64/tool", "aarch64-apple-darwin", "win-x64.zip"] {
            assert!(one_arch(text).is_some(), "{text}");
        }
        for text in ["tool", "amd64 arm64", "x86_64|aarch64", "charm64", "arm64v8", "tool_amd640"] {
            assert_eq!(one_arch(text), None, "{text}");
        }
    }

    #[test]
    fn variants_have_the_same_pattern() {
        for (path, expected) in [
            ("host/darwin-arm64/tool", Some("host/*/tool")),
            ("host/darwin/tool", Some("host/*/tool")),
            ("host/windows_x86_64/tool.exe", Some("host/*/tool")),
            ("bin/tool-linux-arm", Some("bin/tool-*")),
            ("amd64/linux/tool", Some("*/*/tool")),
            ("host/tool", None),
            ("usr/bin/winter", None),
        ] {
            assert_eq!(pattern(path).as_deref(), expected, "{path}");
        }
    }
}
