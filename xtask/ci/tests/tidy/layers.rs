//! The layers of the tool: which of its crates may depend on which.

use std::collections::{BTreeMap, BTreeSet};

/// A package of this repository.
pub(crate) struct Package {
    pub name: String,
    /// The names of all direct dependencies, whatever their kind.
    pub dependencies: Vec<String>,
}

/// The crates of the tool. Each depends only on crates before it.
const ORDER: [&str; 11] = [
    "sixfold-base",
    "sixfold-model",
    "sixfold-judge",
    "sixfold-image",
    "sixfold-inspect",
    "sixfold-stubs",
    "sixfold-project",
    "sixfold-preview",
    "sixfold-fetch",
    "sixfold-zig",
    "sixfold",
];

/// Packages that are not published. They may depend on the tool's crates, and no crate of the tool depends on them.
const UNPUBLISHED: [&str; 2] = ["xtask", "ci"];

/// Crates that are compiled when a command first needs them, so that nothing else may depend on them.
const ON_DEMAND: [&str; 3] = ["sixfold-preview", "sixfold-fetch", "sixfold-zig"];

/// Crates that have to work without a Rust project around them,
const WITHOUT_CARGO: [&str; 3] = ["sixfold-judge", "sixfold-image", "sixfold-inspect"];
/// and the dependencies that would need one.
const NEED_CARGO: [&str; 3] = ["cargo_metadata", "xshell", "cargo-zigbuild"];

/// Every dependency that breaks a rule, and every crate that is missing or not in the order.
pub(crate) fn violations(packages: &[Package]) -> Vec<String> {
    let by_name: BTreeMap<_, _> = packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let missing = ORDER.iter().filter(|name| !by_name.contains_key(*name));
    let mut violations: Vec<_> =
        missing.map(|name| format!("the workspace has no crate {name}: create it below xtask/")).collect();
    for package in packages {
        if rank(&package.name).is_none() && !UNPUBLISHED.contains(&package.name.as_str()) {
            violations.push(format!("{} has no place in the order of crates: give it one", package.name));
        }
        let dependencies = package.dependencies.iter().filter(|name| by_name.contains_key(name.as_str()));
        violations.extend(dependencies.filter_map(|dependency| forbidden(&package.name, dependency)));
    }
    violations.extend(WITHOUT_CARGO.iter().flat_map(|name| needs_cargo(name, &by_name)));
    violations
}

fn rank(name: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == name)
}

/// Why one package of the workspace must not depend on another.
fn forbidden(package: &str, dependency: &str) -> Option<String> {
    let own = rank(package)?;
    match rank(dependency) {
        None => Some(format!("{package} depends on {dependency}, which is not published")),
        Some(other) if other >= own => Some(format!("{package} depends on {dependency}, which is below it")),
        Some(_) if ON_DEMAND.contains(&dependency) => {
            Some(format!("{package} depends on {dependency}, which is compiled only when it is first used"))
        }
        Some(_) => None,
    }
}

/// The dependencies on cargo of a crate that works without it, with the crate of ours through which each comes.
fn needs_cargo(name: &str, packages: &BTreeMap<&str, &Package>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<_> = packages.get(name).copied().into_iter().collect();
    let mut violations = Vec::new();
    while let Some(package) = next.pop() {
        if !seen.insert(package.name.as_str()) {
            continue;
        }
        let found = package.dependencies.iter().filter(|name| NEED_CARGO.contains(&name.as_str()));
        violations.extend(found.map(|dependency| {
            let through =
                if package.name == name { String::new() } else { format!(" through {}", package.name) };
            format!("{name} depends on {dependency}{through}, but has to work without a Rust project")
        }));
        next.extend(package.dependencies.iter().filter_map(|name| packages.get(name.as_str()).copied()));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All crates of the order, of which some have dependencies.
    fn with(dependencies: &[(&str, &[&str])]) -> Vec<Package> {
        let names = ORDER.iter().chain(&UNPUBLISHED);
        let package = |name: &&str| {
            let found = dependencies.iter().find(|(package, _)| package == name);
            let dependencies = found.map(|(_, all)| all.iter().map(ToString::to_string).collect());
            Package { name: (*name).to_owned(), dependencies: dependencies.unwrap_or_default() }
        };
        names.map(package).collect()
    }

    #[test]
    fn a_crate_may_use_the_crates_above_it() {
        let fine = with(&[
            ("sixfold-inspect", &["sixfold-base", "sixfold-image", "serde"]),
            ("sixfold", &["sixfold-project", "cargo_metadata"]),
            ("xtask", &["sixfold"]),
        ]);
        assert_eq!(violations(&fine), Vec::<String>::new());
    }

    #[test]
    fn a_crate_must_not_use_a_crate_below_it() {
        let found = violations(&with(&[("sixfold-model", &["sixfold-inspect"])]));
        assert_eq!(found, ["sixfold-model depends on sixfold-inspect, which is below it"]);
    }

    #[test]
    fn crates_that_are_compiled_on_demand_are_no_dependencies() {
        let found =
            violations(&with(&[("sixfold", &["sixfold-preview"]), ("sixfold-fetch", &["sixfold-preview"])]));
        assert_eq!(found.len(), 2, "{found:?}");
        let found = violations(&with(&[("sixfold-preview", &["sixfold"]), ("sixfold-base", &["ci"])]));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn cargo_is_found_through_another_crate() {
        let found = violations(&with(&[("sixfold-base", &["xshell"]), ("sixfold-judge", &["sixfold-base"])]));
        assert_eq!(
            found,
            ["sixfold-judge depends on xshell through sixfold-base, but has to work without a Rust project"]
        );
    }

    #[test]
    fn a_missing_and_an_unknown_crate_are_reported() {
        let mut packages = with(&[]);
        packages[0].name = "sixfold-other".to_owned();
        let found = violations(&packages).join("\n");
        assert!(
            found.contains("no crate sixfold-base") && found.contains("sixfold-other has no place"),
            "{found}"
        );
    }
}
