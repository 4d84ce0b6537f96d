//! The known DLLs of Windows, read from lists that are compiled into the program.

use sixfold_model::matrix::Arch;

use super::lists::LISTS;

/// One DLL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dll<'a> {
    /// The name for `-l`: `kernel32`.
    pub name: &'a str,
    /// The file name that programs contain: `KERNEL32.dll`.
    pub file: &'a str,
    /// Other names for `-l`.
    pub aliases: Vec<&'a str>,
    pub exports: Vec<Export<'a>>,
}

/// One exported name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export<'a> {
    /// The name in programs.
    pub name: &'a str,
    /// The name in the DLL, if it is another.
    pub exported_as: Option<&'a str>,
    pub is_data: bool,
    /// `None` stands for both.
    pub only_on: Option<Arch>,
}

impl Dll<'static> {
    /// The DLL with this file name, in any case. `None` if it has no list.
    pub(super) fn of_file(file: &str) -> Option<Self> {
        let is_it = |list: &str| {
            let first = list.lines().next().and_then(|line| line.strip_prefix("dll: "));
            first.is_some_and(|name| name.eq_ignore_ascii_case(file))
        };
        let (name, list) = LISTS.iter().find(|(_, list)| is_it(list))?;
        Some(Self::parse(name, list))
    }
}

impl<'a> Dll<'a> {
    /// Parses a list: `key: value` lines, an empty line, then an export per line.
    pub fn parse(name: &'a str, list: &'a str) -> Self {
        let (head, body) = list.split_once("\n\n").unwrap_or((list, ""));
        let value = |key: &str| {
            head.lines()
                .find_map(|line| line.split_once(": ").filter(|(k, _)| *k == key))
                .map(|(_, value)| value)
        };
        Dll {
            name,
            file: value("dll").unwrap_or_default(),
            aliases: value("aliases").map(|words| words.split(' ').collect()).unwrap_or_default(),
            exports: body.lines().map(Export::parse).collect(),
        }
    }
}

impl<'a> Export<'a> {
    /// `[x86_64|arm64] [data] name[=name in the DLL]`
    fn parse(line: &'a str) -> Self {
        let mut words = line.split(' ').rev();
        let last = words.next().unwrap_or_default();
        let (name, exported_as) =
            last.split_once('=').map_or((last, None), |(name, exported_as)| (name, Some(exported_as)));
        let mut export = Export { name, exported_as, is_data: false, only_on: None };
        for word in words {
            match word {
                "data" => export.is_data = true,
                "x86_64" => export.only_on = Some(Arch::Amd64),
                "arm64" => export.only_on = Some(Arch::Arm64),
                _ => {}
            }
        }
        export
    }
}

/// All DLLs, sorted by name.
pub fn dlls() -> impl Iterator<Item = Dll<'static>> {
    LISTS.iter().map(|(name, list)| Dll::parse(name, list))
}

#[cfg(test)]
mod tests {
    use sixfold_judge::is_everywhere;
    use sixfold_model::matrix::HostOs;

    use super::*;

    #[test]
    fn every_list_is_well_formed_and_of_a_dll_that_every_windows_has() {
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        for dll in dlls() {
            assert!(is_everywhere(HostOs::Windows, dll.file), "{}", dll.file);
            assert!(!dll.exports.is_empty(), "{} lists nothing", dll.name);
            let found = Dll::of_file(&dll.file.to_ascii_uppercase());
            assert_eq!(found.map(|found| found.name), Some(dll.name), "the file name is that of one list");
            let malformed =
                dll.exports.iter().find(|it| !is_plain(it.name) || !it.exported_as.is_none_or(is_plain));
            assert_eq!(malformed, None, "{}", dll.name);
        }
    }

    #[test]
    fn the_lists_take_less_space_than_those_of_macos() {
        let size = |lists: &[(&str, &str)]| lists.iter().map(|(_, list)| list.len()).sum::<usize>();
        assert!(size(LISTS) < size(crate::symbols::LISTS));
    }

    #[test]
    fn exports_have_their_names_kinds_and_architectures() {
        let all = |name: &str| dlls().find(|dll| dll.name == name).map(|dll| dll.exports).unwrap_or_default();
        let find = |dll: &str, name: &str| all(dll).into_iter().find(|export| export.name == name);
        assert!(find("kernel32", "CreateFileW").is_some_and(|it| !it.is_data && it.only_on.is_none()));
        assert!(find("winscard", "g_rgSCardT1Pci").is_some_and(|it| it.is_data));
        assert!(find("ws2_32", "bind").is_some() && find("winbio", "WinBioOpenSession").is_some());
        assert_eq!(find("ucrtbase", "strdup").and_then(|it| it.exported_as), Some("_strdup"));
        assert_eq!(find("ucrtbase", "fabsf").and_then(|it| it.only_on), Some(Arch::Arm64));
        assert!(find("synchronization", "WaitOnAddress").is_some(), "an API set");
        assert_eq!(find("kernel32", "NoSuchFunction"), None);
    }
}
