//! The libraries of macOS that we know, read from the lists that are built into this program.

use super::symbols::LISTS;

/// One dynamic library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library<'a> {
    /// `libSystem`, `CoreFoundation`: as `-l` (without `lib`) and `-framework` name it.
    pub name: &'a str,
    /// The path at which a Mac has it, which goes into every binary that uses it.
    pub install_name: &'a str,
    /// What the linker records as the version it was linked against; `None` is 1.
    pub current_version: Option<&'a str>,
    /// First macOS that has it, `None` where the sources do not say.
    pub since: Option<&'a str>,
    /// The crates and versions that the list was made from.
    pub source: &'a str,
    /// Names of libraries that come along with this one.
    pub reexports: Vec<&'a str>,
    /// Other file names of it.
    pub aliases: Vec<&'a str>,
    /// What it exports, sorted as in the list.
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// As the linker writes it: `_CFRelease`.
    Symbol(&'a str),
    /// As the source writes it: `NSString`.
    Class(&'a str),
}

/// The architectures that have a name. Most names are on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Both,
    Amd64,
    Arm64,
}

impl<'a> Library<'a> {
    /// Reads a list: `key: value` lines, an empty line, one name a line. What the head does not say is left empty.
    pub fn parse(name: &'a str, list: &'a str) -> Self {
        let (head, body) = list.split_once("\n\n").unwrap_or((list, ""));
        let value =
            |key: &str| head.lines().find_map(|line| line.split_once(": ").filter(|(k, _)| *k == key));
        let value = |key: &str| value(key).map(|(_, value)| value);
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
        let name = name.strip_prefix("class ").map_or(Name::Symbol(name), Name::Class);
        Export { on, name }
    }
}

/// All libraries, sorted by name.
pub fn libraries() -> impl Iterator<Item = Library<'static>> {
    LISTS.iter().map(|(name, list)| Library::parse(name, list))
}

/// The library that has a symbol, given as the linker writes it (`_CFRelease`, `_OBJC_CLASS_$_NSString`).
pub fn owner_of(symbol: &str) -> Option<&'static str> {
    let wanted = symbol.strip_prefix("_OBJC_CLASS_$_").map_or(Name::Symbol(symbol), Name::Class);
    let owner = libraries().find(|library| library.exports.iter().any(|export| export.name == wanted));
    owner.map(|library| library.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_list_is_whole_sorted_and_clean() {
        for library in libraries() {
            let name = library.name;
            assert!(library.install_name.starts_with('/'), "{name} has no install name");
            let lists_nothing = library.exports.is_empty() && library.reexports.is_empty();
            assert_eq!(lists_nothing, name == "CoreAudioTypes", "{name} is empty, or is not");
            let keys: Vec<(bool, &str)> = library.exports.iter().map(sort_key).collect();
            assert!(keys.is_sorted_by(|a, b| a < b), "{name} is not sorted, or names something twice");
            let clean = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "_$.".contains(c));
            let dirty = keys.iter().find(|(_, text)| text.is_empty() || !clean(text));
            assert_eq!(dirty, None, "{name} has an odd line");
        }
    }

    fn sort_key<'a>(export: &Export<'a>) -> (bool, &'a str) {
        match export.name {
            Name::Class(name) => (false, name),
            Name::Symbol(name) => (true, name),
        }
    }

    #[test]
    fn every_reexport_is_a_library_and_every_framework_says_where_it_is() {
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
    fn there_are_thirty_frameworks_and_more() {
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
    fn names_have_one_owner() {
        assert_eq!(owner_of("_malloc"), Some("libSystem"));
        assert_eq!(owner_of("__NSConcreteStackBlock"), Some("libSystem"));
        assert_eq!(owner_of("_CFRelease"), Some("CoreFoundation"));
        assert_eq!(owner_of("_OBJC_CLASS_$_NSString"), Some("Foundation"));
        assert_eq!(owner_of("_OBJC_CLASS_$_NSObject"), Some("libobjc"));
        assert_eq!(owner_of("___ubsan_handle_add_overflow"), None);
    }

    #[test]
    fn names_of_one_architecture_say_so() {
        let system = libraries().find(|library| library.name == "libSystem").expect("libSystem is listed");
        let on = |name| system.exports.iter().find(|export| export.name == Name::Symbol(name)).map(|e| e.on);
        assert_eq!(on("_stat$INODE64"), Some(On::Amd64));
        assert_eq!(on("_stat"), Some(On::Both));
    }
}
