//! Resolves paths to modules, as far as that is possible without knowing types and re-exports.

use std::collections::BTreeMap;

use crate::modules::{Module, ModulePath, Modules};

/// Finds the module that a path leads to, seen from one module.
pub(crate) struct Resolver<'a> {
    modules: &'a Modules,
    path: &'a ModulePath,
    /// Modules that a `use` declaration brings into scope.
    imported: BTreeMap<&'a str, ModulePath>,
}

impl<'a> Resolver<'a> {
    /// Resolves the imports of the module first, because its other paths may begin with them.
    pub(crate) fn new(modules: &'a Modules, path: &'a ModulePath, module: &'a Module) -> Self {
        let mut resolver = Resolver { modules, path, imported: BTreeMap::new() };
        for reference in &module.references {
            if let (Some(name), Some((to, []))) = (&reference.name, resolver.resolve(&reference.segments)) {
                resolver.imported.insert(name, to);
            }
        }
        resolver
    }

    /// The module, and the segments of the path behind it: an item, and what belongs to the item. `None` for a path that
    /// leads out of the crate, or that is a name in scope.
    pub(crate) fn resolve<'s>(&self, segments: &'s [String]) -> Option<(ModulePath, &'s [String])> {
        let (mut at, mut rest) = self.start(segments)?;
        while let Some((next, behind)) = rest.split_first() {
            let below = child(&at, next);
            if !self.modules.contains_key(&below) {
                break;
            }
            (at, rest) = (below, behind);
        }
        Some((at, rest))
    }

    /// The module in which the path begins.
    fn start<'s>(&self, segments: &'s [String]) -> Option<(ModulePath, &'s [String])> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some((Vec::new(), rest)),
            "self" => Some((self.path.clone(), rest)),
            "super" => {
                let levels = segments.iter().take_while(|segment| *segment == "super").count();
                let parent = self.path.get(..self.path.len().checked_sub(levels)?)?;
                Some((parent.to_vec(), &segments[levels..]))
            }
            _ if rest.is_empty() => None,
            name if self.modules.contains_key(&child(self.path, name)) => Some((self.path.clone(), segments)),
            name => Some((self.imported.get(name)?.clone(), rest)),
        }
    }
}

fn child(parent: &[String], name: &str) -> ModulePath {
    parent.iter().cloned().chain([name.to_owned()]).collect()
}
