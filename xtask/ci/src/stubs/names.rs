//! The names that a library exports, each with the architectures on which it exists.

use std::collections::BTreeMap;

use super::cfg::Arches;

/// Symbols by linker name (`_CFRelease`), and Objective-C classes by their name in the source (`NSString`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub symbols: BTreeMap<String, Arches>,
    pub classes: BTreeMap<String, Arches>,
}

impl Names {
    /// Adds a symbol by its C name. After `\x01`, a name is already a linker name.
    pub(crate) fn add_c(&mut self, name: &str, arches: Arches) {
        match name.strip_prefix('\u{1}') {
            Some(raw) => add(&mut self.symbols, raw.to_owned(), arches),
            None => add(&mut self.symbols, format!("_{name}"), arches),
        }
    }

    pub(crate) fn add_symbol(&mut self, name: &str, arches: Arches) {
        add(&mut self.symbols, name.to_owned(), arches);
    }

    pub(crate) fn add_class(&mut self, name: &str, arches: Arches) {
        add(&mut self.classes, name.to_owned(), arches);
    }

    pub(crate) fn extend(&mut self, other: Names) {
        other.symbols.into_iter().for_each(|(name, arches)| add(&mut self.symbols, name, arches));
        other.classes.into_iter().for_each(|(name, arches)| add(&mut self.classes, name, arches));
    }

    /// Removes each symbol whose linker name `known` accepts, and each class by the linker name of its class object.
    pub(crate) fn remove(&mut self, known: impl Fn(&str) -> bool) {
        self.symbols.retain(|name, _| !known(name));
        self.classes.retain(|name, _| !known(&class_symbol(name)));
    }

    /// All linker names, classes included.
    pub(crate) fn linker_names(&self) -> impl Iterator<Item = String> {
        self.symbols.keys().cloned().chain(self.classes.keys().map(|name| class_symbol(name)))
    }
}

fn class_symbol(class: &str) -> String {
    format!("_OBJC_CLASS_$_{class}")
}

fn add(map: &mut BTreeMap<String, Arches>, name: String, arches: Arches) {
    let known = map.entry(name).or_insert(Arches::NONE);
    *known = known.or(arches);
}
