//! Import cycles within a crate: between files, and between modules together with everything below them.
//!
//! An edge goes from the file that mentions an item to the file whose module the path leads to. `mod child;` and an import
//! of a module itself are no edges; the items used through them are. Re-exports are not followed: a path through one
//! leads to the file that re-exports the item.

use camino::Utf8Path;

use crate::graph::Graph;
use crate::modules::{self, Module, ModulePath, Modules};
use crate::repository::Target;
use crate::resolver::Resolver;

/// The import cycles of a crate, or the error that prevents reading it.
pub(crate) fn cycles_in(target: &Target) -> Vec<String> {
    let source = |file: &Utf8Path| std::fs::read_to_string(target.root.join(file)).ok();
    let found = match modules::read(&target.file, &source) {
        Ok(modules) => cycles(&modules),
        Err(error) => vec![format!("{error:#}")],
    };
    found.iter().map(|described| format!("{} {}: {described}", target.kind, target.name)).collect()
}

/// The cycles between files, or else between the modules of each level.
fn cycles(modules: &Modules) -> Vec<String> {
    let edges: Vec<Edge> = modules.iter().flat_map(|(path, module)| edges(modules, path, module)).collect();
    let graph = |nodes: &dyn Fn(&Edge) -> Option<(String, String)>| {
        let mut graph = Graph::default();
        for edge in &edges {
            if let Some((from, to)) = nodes(edge) {
                graph.add(&from, &to, &edge.evidence);
            }
        }
        graph
    };
    let file = |module: &ModulePath| modules[module].file.to_string();
    let files = graph(&|edge| Some((file(&edge.from), file(&edge.to)))).cycles();
    if !files.is_empty() {
        return files.iter().map(|cycle| describe("files", cycle)).collect();
    }
    let levels = modules
        .keys()
        .map(|level| graph(&|edge| Some((node(level, &edge.from)?, node(level, &edge.to)?))).cycles());
    levels.flatten().map(|cycle| describe("modules", &cycle)).collect()
}

fn describe(what: &str, cycle: &[String]) -> String {
    format!("an import cycle of {} {what}:\n  {}", cycle.len(), cycle.join("\n  "))
}

struct Edge {
    from: ModulePath,
    to: ModulePath,
    evidence: String,
}

/// The node of a module in the graph of one level: the child of `level` that holds it, or the level's own file.
fn node(level: &[String], module: &[String]) -> Option<String> {
    let below = module.strip_prefix(level)?;
    Some(below.first().map_or("(the file of the level itself)", String::as_str).to_owned())
}

/// The edges of one module to modules in other files.
fn edges(modules: &Modules, path: &ModulePath, module: &Module) -> Vec<Edge> {
    let resolver = Resolver::new(modules, path, module);
    let references = module.references.iter().filter_map(|reference| {
        let (to, rest) = resolver.resolve(&reference.segments)?;
        let item = rest.first()?;
        let to = if to.is_empty() { macro_home(modules, item).unwrap_or(to) } else { to };
        let evidence = format!("{}:{}: {}", module.file, reference.line, reference.segments.join("::"));
        (modules[&to].file != module.file).then(|| Edge { from: path.clone(), to, evidence })
    });
    references.collect()
}

/// The module that defines an exported macro, which every path finds in the crate's root.
fn macro_home(modules: &Modules, name: &str) -> Option<ModulePath> {
    let mut all = modules.iter();
    all.find(|(_, module)| module.exported_macros.contains(name)).map(|(path, _)| path.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The only cycle of a crate made of these files, if there is one.
    fn cycle(files: &[(&str, &str)]) -> Option<String> {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        let source = |file: &Utf8Path| files.get(file.as_str()).map(|text| (*text).to_owned());
        let mut cycles = cycles(&modules::read("lib.rs".into(), &source).unwrap());
        assert!(cycles.len() <= 1, "{cycles:?}");
        cycles.pop()
    }

    #[test]
    fn a_cycle_of_three_files_is_shown_with_its_lines() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B;\npub struct A;"),
            ("b.rs", "\npub struct B(super::c::C);"),
            ("c.rs", "pub struct C;\nfn f() { println!(\"{}\", crate::a::A); }"),
        ];
        let expected = "an import cycle of 3 files:\n  a.rs:1: crate::b::B\n  b.rs:2: super::c::C\n  c.rs:2: crate::a::A";
        assert_eq!(cycle(&files).unwrap(), expected);
    }

    #[test]
    fn an_item_of_the_parents_file_is_an_edge_to_the_parent() {
        let a = ("a.rs", "use super::Shared;");
        assert_eq!(cycle(&[("lib.rs", "mod a; pub struct Shared;"), a]), None);
        let uses_its_child = cycle(&[("lib.rs", "mod a; pub struct Shared; fn f() { a::g() }"), a]).unwrap();
        assert!(uses_its_child.contains("a.rs:1: super::Shared"), "{uses_its_child}");
        assert!(uses_its_child.contains("lib.rs:1: a::g"), "{uses_its_child}");
    }

    #[test]
    fn items_used_through_an_imported_module_are_edges() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b; fn f() { b::inner::g() }"),
            ("b/mod.rs", "pub mod inner; use crate::a::f;"),
            ("b/inner.rs", "pub fn g() {}"),
        ];
        let found = cycle(&files).unwrap();
        assert!(found.starts_with("an import cycle of 2 modules:"), "{found}");
        assert!(
            found.contains("a.rs:1: b::inner::g") && found.contains("b/mod.rs:1: crate::a::f"),
            "{found}"
        );
    }

    #[test]
    fn modules_can_form_a_cycle_although_their_files_do_not() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod one; mod two;"),
            ("a/one.rs", "use crate::b::one::B;"),
            ("a/two.rs", "pub struct A;"),
            ("b/mod.rs", "mod one; mod two;"),
            ("b/one.rs", "pub struct B;"),
            ("b/two.rs", "use crate::a::two::A;"),
        ];
        assert!(cycle(&files).unwrap().starts_with("an import cycle of 2 modules:"));
    }

    #[test]
    fn an_exported_macro_leads_to_the_file_that_defines_it() {
        let files = [
            ("lib.rs", "mod a; mod b; use a::A;"),
            ("a.rs", "crate::lints! { X }"),
            ("b.rs", "#[macro_export] macro_rules! lints { () => {} }"),
        ];
        assert_eq!(cycle(&files), None);
    }

    #[test]
    fn tests_may_use_everything() {
        let files =
            [("lib.rs", "mod a; fn f() { a::g() }"), ("a.rs", "#[cfg(test)] mod tests { use crate::f; }")];
        assert_eq!(cycle(&files), None);
    }
}
