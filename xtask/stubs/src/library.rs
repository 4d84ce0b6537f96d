//! The known libraries of macOS, read from lists that are compiled into the program.

use std::collections::BTreeSet;

use super::symbols::LISTS;

/// One dynamic library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library<'a> {
    /// `libSystem` or `CoreFoundation`: the name for `-l` (without `lib`) or `-framework`.
    pub name: &'a str,
    /// The path at which a Mac has it. Every binary that uses the library contains this path.
    pub install_name: &'a str,
    /// The version that the linker records in binaries; `None` means 1.
    pub current_version: Option<&'a str>,
    /// The first macOS that has it; `None` if the sources do not say.
    pub since: Option<&'a str>,
    /// The crates, with versions, that the list was generated from.
    pub source: &'a str,
    /// The names of libraries that this one re-exports.
    pub reexports: Vec<&'a str>,
    /// Its other file names.
    pub aliases: Vec<&'a str>,
    /// Its exports, sorted by name.
    pub exports: Vec<Export<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Below /usr/lib.
    Dylib,
    /// Below /System/Library/Frameworks.
    Framework,
}

/// One exported name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export<'a> {
    pub on: On,
    pub name: Name<'a>,
    /// The first macOS that has it; `None` if all have it, or if the sources do not say.
    pub since: Option<&'a str>,
}

/// Sorted as in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name<'a> {
    /// In the source's spelling: `NSString`.
    Class(&'a str),
    /// In the linker's spelling: `_CFRelease`.
    Symbol(&'a str),
}

/// The architectures on which a name is exported: for most names, both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Both,
    Amd64,
    Arm64,
}

impl<'a> Library<'a> {
    /// Parses a list: `key: value` lines, an empty line, then one name per line. Missing keys leave their fields empty.
    pub fn parse(name: &'a str, list: &'a str) -> Self {
        let (_, body) = list.split_once("\n\n").unwrap_or((list, ""));
        let value = |key: &str| value(list, key);
        let words = |key: &str| value(key).map(|value| value.split(' ').collect()).unwrap_or_default();
        Library {
            name,
            install_name: value("install-name").unwrap_or_default(),
            current_version: value("current-version"),
            since: value("since"),
            source: value("source").unwrap_or_default(),
            reexports: words("reexports"),
            aliases: words("aliases"),
            exports: body.lines().map(Export::parse).collect(),
        }
    }

    pub fn kind(&self) -> Kind {
        if self.name.starts_with("lib") { Kind::Dylib } else { Kind::Framework }
    }
}

impl<'a> Export<'a> {
    fn parse(line: &'a str) -> Self {
        let (on, name) = match line.split_once(' ') {
            Some(("x86_64", name)) => (On::Amd64, name),
            Some(("arm64", name)) => (On::Arm64, name),
            _ => (On::Both, line),
        };
        let Some(class) = name.strip_prefix("class ") else {
            let (name, since) =
                name.split_once(' ').map_or((name, None), |(name, since)| (name, Some(since)));
            return Export { on, name: Name::Symbol(name), since };
        };
        Export { on, name: Name::Class(class), since: None }
    }
}

/// The value of a key at the beginning of a list.
fn value<'a>(list: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = list.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| line.split_once(": ").filter(|(k, _)| *k == key)).map(|(_, value)| value)
}

/// All libraries, sorted by name.
pub fn libraries() -> impl Iterator<Item = Library<'static>> {
    LISTS.iter().map(|(name, list)| Library::parse(name, list))
}

/// The libraries with these install names. The other lists, which are long, are not read.
pub(crate) fn installed_at(names: &BTreeSet<&str>) -> impl Iterator<Item = Library<'static>> {
    let is_one = |list| value(list, "install-name").is_some_and(|name| names.contains(name));
    LISTS.iter().filter(move |(_, list)| is_one(list)).map(|(name, list)| Library::parse(name, list))
}

/// The name of the library that exports a symbol, given in the linker's spelling (`_CFRelease`, `_OBJC_CLASS_$_NSString`).
pub fn owner_of(symbol: &str) -> Option<&'static str> {
    let wanted = symbol.strip_prefix("_OBJC_CLASS_$_").map_or(Name::Symbol(symbol), Name::Class);
    let owner = libraries().find(|library| library.exports.iter().any(|export| export.name == wanted));
    owner.map(|library| library.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_complete_and_sorted() {
        for library in libraries() {
            let name = library.name;
            assert!(library.install_name.starts_with('/'), "{name} has no install name");
            let lists_nothing = library.exports.is_empty() && library.reexports.is_empty();
            assert_eq!(
                lists_nothing,
                name == "CoreAudioTypes",
                "{name}: only CoreAudioTypes exports nothing"
            );
            let names: Vec<Name> = library.exports.iter().map(|export| export.name).collect();
            assert!(names.is_sorted_by(|a, b| a < b), "{name} is not sorted, or repeats a name");
            let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "_$.".contains(c));
            let is_malformed =
                |(Name::Class(text) | Name::Symbol(text)): &Name| text.is_empty() || !is_plain(text);
            assert_eq!(names.into_iter().find(is_malformed), None, "{name} has a malformed line");
        }
    }

    #[test]
    fn every_reexport_is_a_library_and_every_install_name_is_in_the_right_directory() {
        let names: BTreeSet<&str> = libraries().map(|library| library.name).collect();
        for library in libraries() {
            assert!(library.reexports.iter().all(|name| names.contains(name)), "{}", library.name);
            let folder = match library.kind() {
                Kind::Dylib => "/usr/lib/lib",
                Kind::Framework => "/System/Library/Frameworks/",
            };
            assert!(library.install_name.starts_with(folder), "{}", library.install_name);
        }
    }

    #[test]
    fn the_model_names_every_list() {
        let names: Vec<&str> = libraries().map(|library| library.name).collect();
        assert_eq!(
            sixfold_model::macos::LIBRARIES,
            names,
            "keep LIBRARIES of sixfold-model equal to the lists"
        );
    }

    #[test]
    fn there_are_at_least_thirty_frameworks() {
        let frameworks: BTreeSet<&str> = libraries()
            .filter(|library| library.kind() == Kind::Framework)
            .map(|library| library.name)
            .collect();
        assert!(frameworks.len() >= 30);
        for name in ["AppKit", "CoreFoundation", "CoreWLAN", "Network", "Security", "UserNotifications"] {
            assert!(frameworks.contains(name), "{name}");
        }
    }

    #[test]
    fn symbols_are_found_in_their_library() {
        assert_eq!(owner_of("_malloc"), Some("libSystem"));
        assert_eq!(owner_of("__NSConcreteStackBlock"), Some("libSystem"));
        assert_eq!(owner_of("_CFRelease"), Some("CoreFoundation"));
        assert_eq!(owner_of("_OBJC_CLASS_$_NSString"), Some("Foundation"));
        assert_eq!(owner_of("_OBJC_CLASS_$_NSObject"), Some("libobjc"));
        assert_eq!(owner_of("___ubsan_handle_add_overflow"), None);
    }

    #[test]
    fn names_that_crates_declare_and_no_mac_exports_are_not_listed() {
        for name in [
            "_libiconv",
            "_rust_objc_sys_0_3_try_catch_exception",
            "_sqlite3_unlock_notify",
            "_sqlite3_mutex_held",
            "_sandbox_register_sync_root",
            "_kSCPropNetProxiesHTTPUser",
        ] {
            assert_eq!(owner_of(name), None, "{name}");
        }
        assert_eq!(owner_of("___CFStringMakeConstantString"), Some("CoreFoundation"));
    }

    #[test]
    fn names_for_one_architecture_are_marked() {
        let system = libraries().find(|library| library.name == "libSystem").expect("libSystem is listed");
        let on = |name| system.exports.iter().find(|export| export.name == Name::Symbol(name)).map(|e| e.on);
        assert_eq!(on("_stat$INODE64"), Some(On::Amd64));
        assert_eq!(on("_stat"), Some(On::Both));
    }
}
