//! What a program for macOS imports that its oldest macOS lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use sixfold_judge::{Source, macos_imports};

use crate::library::{Kind, Library, Name, installed_at};

/// Names that exist only in a macOS after the oldest one that a program is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Newer {
    /// The first macOS that is known to have them.
    pub since: String,
    /// True if the program starts without them, and would call nothing.
    pub is_weak: bool,
    /// The framework, if all of it is newer.
    pub framework: Option<&'static str>,
}

/// The names that the program imports and that `oldest`, such as `11.0`, does not have: those of newer frameworks, and newer
/// names in libSystem.
///
/// Fails if the file cannot be read or is malformed.
pub fn newer(program: &dyn Source, oldest: &str) -> io::Result<BTreeMap<Newer, BTreeSet<String>>> {
    let mut found = BTreeMap::<_, BTreeSet<String>>::new();
    let imports = macos_imports(program)?;
    let used: BTreeSet<_> = imports.iter().map(|import| import.library.as_str()).collect();
    let libraries: BTreeMap<_, _> =
        installed_at(&used).map(|library| (library.install_name, library)).collect();
    for import in &imports {
        let Some(library) = libraries.get(import.library.as_str()) else { continue };
        let since = since(library, &import.name).filter(|since| version(since) > version(oldest));
        if let Some(since) = since {
            let framework = library.since.filter(|_| library.kind() == Kind::Framework).map(|_| library.name);
            let newer = Newer { since: since.to_owned(), is_weak: import.is_weak, framework };
            found.entry(newer).or_default().insert(import.name.clone());
        }
    }
    Ok(found)
}

/// The first macOS that has the name, as far as the list says.
fn since<'a>(library: &Library<'a>, name: &str) -> Option<&'a str> {
    let found = library.exports.binary_search_by_key(&Name::Symbol(name), |export| export.name);
    found.ok().and_then(|index| library.exports.get(index)?.since).or(library.since)
}

/// `10.15.4` as numbers.
fn version(text: &str) -> Vec<u32> {
    let mut numbers: Vec<_> = text.split('.').map(|part| part.parse().unwrap_or_default()).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::libraries;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("11.0") > version("10.15.4") && version("12") > version("11.7"));
        assert_eq!(version("12"), version("12.0.0"));
    }

    #[test]
    fn a_new_name_is_dated_and_an_old_one_is_not() {
        let system = libraries().find(|library| library.name == "libSystem").expect("it is listed");
        assert_eq!(since(&system, "_strchrnul"), Some("15.5"));
        assert_eq!(since(&system, "_mkfifoat"), Some("13"));
        assert_eq!(since(&system, "_malloc"), None);
        let metrics = libraries().find(|library| library.name == "MetricKit").expect("it is listed");
        assert_eq!(since(&metrics, "_OBJC_CLASS_$_MXMetric"), Some("12.0"));
    }
}
