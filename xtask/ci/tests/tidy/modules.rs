//! The module tree of one crate, read from its sources as rustc finds them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use syn::{Expr, Item, ItemMod, Lit, Meta};

use crate::references::{self, Reference, only_in_tests};

/// The names of the modules around an item, from the crate's root on; empty for the root itself.
pub(crate) type ModulePath = Vec<String>;

pub(crate) struct Module {
    pub file: Utf8PathBuf,
    pub references: Vec<Reference>,
    /// The macros of this module that `#[macro_export]` puts into the crate's root.
    pub exported_macros: BTreeSet<String>,
}

pub(crate) type Modules = BTreeMap<ModulePath, Module>;

/// Reads the crate whose root file is given, test modules left out. `source` reads a file, and gives `None` where there is
/// no such file.
pub(crate) fn read(root: &Utf8Path, source: &dyn Fn(&Utf8Path) -> Option<String>) -> Result<Modules> {
    let mut reader = Reader { source, modules: Modules::new() };
    reader.read_file(root, folder_of(root), Vec::new())?;
    Ok(reader.modules)
}

struct Reader<'a> {
    source: &'a dyn Fn(&Utf8Path) -> Option<String>,
    modules: Modules,
}

impl Reader<'_> {
    /// Reads a module from its file; `folder` is where its child modules are.
    fn read_file(&mut self, file: &Utf8Path, folder: &Utf8Path, path: ModulePath) -> Result<()> {
        let text = (self.source)(file).with_context(|| format!("cannot read {file}: no such file"))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("cannot parse {file}"))?;
        self.add(file, folder, path, &parsed.items)
    }

    fn add(&mut self, file: &Utf8Path, folder: &Utf8Path, path: ModulePath, items: &[Item]) -> Result<()> {
        for child in items.iter().filter_map(child_module) {
            let name = child.ident.to_string();
            let child_path = [path.as_slice(), std::slice::from_ref(&name)].concat();
            match (&child.content, path_attribute(child)) {
                (Some((_, items)), _) => self.add(file, &folder.join(name), child_path, items)?,
                (None, Some(named)) => {
                    let file = folder_of(file).join(named);
                    self.read_file(&file, folder_of(&file), child_path)?;
                }
                (None, None) => {
                    let in_folder = folder.join(&name).join("mod.rs");
                    let beside = folder.join(format!("{name}.rs"));
                    let file = if (self.source)(&beside).is_some() { beside } else { in_folder };
                    self.read_file(&file, &folder.join(name), child_path)?;
                }
            }
        }
        let exported_macros = items.iter().filter_map(exported_macro).collect();
        let module = Module { file: file.to_owned(), references: references::of(items), exported_macros };
        self.modules.insert(path, module);
        Ok(())
    }
}

fn folder_of(file: &Utf8Path) -> &Utf8Path {
    file.parent().unwrap_or(Utf8Path::new(""))
}

fn child_module(item: &Item) -> Option<&ItemMod> {
    match item {
        Item::Mod(module) if !only_in_tests(&module.attrs) => Some(module),
        _ => None,
    }
}

/// The file that `#[path = "…"]` names.
fn path_attribute(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

fn exported_macro(item: &Item) -> Option<String> {
    let Item::Macro(definition) = item else { return None };
    let is_exported = definition.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
    definition.ident.as_ref().filter(|_| is_exported).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_in_files_folders_and_inline() {
        let files = BTreeMap::from([
            ("src/lib.rs", "mod a; mod b; mod inline { mod deep; } #[path = \"other/x.rs\"] mod renamed;"),
            ("src/a.rs", "mod child; #[cfg(test)] mod tests;"),
            ("src/a/child.rs", ""),
            ("src/b/mod.rs", ""),
            ("src/inline/deep.rs", "#[macro_export] macro_rules! shout { () => {} }"),
            ("src/other/x.rs", "mod y;"),
            ("src/other/y.rs", ""),
        ]);
        let source = |file: &Utf8Path| files.get(file.as_str()).map(|text| (*text).to_owned());
        let modules = read("src/lib.rs".into(), &source).unwrap();
        let found: Vec<_> =
            modules.iter().map(|(path, module)| format!("{} {}", path.join("::"), module.file)).collect();
        let expected = [
            " src/lib.rs",
            "a src/a.rs",
            "a::child src/a/child.rs",
            "b src/b/mod.rs",
            "inline src/lib.rs",
            "inline::deep src/inline/deep.rs",
            "renamed src/other/x.rs",
            "renamed::y src/other/y.rs",
        ];
        assert_eq!(found, expected);
        let deep = &modules[&vec!["inline".to_owned(), "deep".to_owned()]];
        assert!(deep.exported_macros.contains("shout"));
    }

    #[test]
    fn a_module_without_a_file_is_an_error() {
        let source = |file: &Utf8Path| (file == "src/lib.rs").then(|| "mod gone;".to_owned());
        let error = read("src/lib.rs".into(), &source).err().unwrap();
        assert!(error.to_string().contains("src/gone/mod.rs"), "{error}");
    }
}
