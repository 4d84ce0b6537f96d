//! Assembles the lists: which library owns a name, and how a list is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};

use super::cfg::Arches;
use super::crates;
use super::manifest::{Entry, Manifest, Source};
use super::names::Names;
use super::tbd::Umbrella;
use super::windows;

/// The list of one library, before it is written as text.
#[derive(Default)]
pub(crate) struct List {
    pub name: String,
    pub install_name: String,
    pub current_version: Option<String>,
    pub since: Option<String>,
    pub sources: Vec<String>,
    pub reexports: Vec<String>,
    pub aliases: Vec<String>,
    pub names: Names,
    /// By symbol: the first macOS that has it, if not all have it.
    pub dates: BTreeMap<String, String>,
}

/// All lists, sorted by library name. The names of libSystem, libobjc and CoreFoundation belong to no other library, even
/// if a mirror of another library declares them. A name that a mirror declares for one library is not added to another
/// library just because a user of that library declares it.
pub(crate) fn assemble(
    manifest: &Manifest,
    sources: &BTreeMap<String, Source>,
    system: Umbrella,
) -> Result<Vec<List>> {
    let mut entries: Vec<(String, Entry)> = manifest.library.clone().into_iter().collect();
    let (mut lists, mut used) = (Vec::new(), BTreeSet::new());
    entries.extend(frameworks(manifest, sources)?);
    for (name, entry) in &entries {
        let list = mirrored(name, entry, sources, (name == "libSystem").then_some(&system), manifest)?;
        used.extend(entry.mirrors.iter().chain(&entry.users).map(|wanted| crates::name(wanted)));
        lists.push(list);
    }
    if let Some(unused) =
        sources.keys().find(|name| !used.contains(name.as_str()) && !windows::CRATES.contains(&name.as_str()))
    {
        bail!(
            "no library takes names from the crate {unused}\n\
             help: use it in [package.metadata.stubs], or remove the dependency"
        );
    }
    remove_base_names(&mut lists);
    for ((_, entry), at) in entries.iter().zip(0..) {
        add_used(&mut lists, at, entry, sources)?;
        let list = &lists[at];
        let empty = list.reexports.is_empty() && list.names.linker_names().next().is_none();
        ensure!(
            empty == entry.empty,
            "{} exports {}, but is {}marked `empty`",
            list.name,
            if empty { "nothing" } else { "names" },
            if entry.empty { "" } else { "not " }
        );
    }
    lists.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(lists)
}

/// The frameworks in the manifest, and those of the objc2 crates that the manifest does not mention.
fn frameworks(manifest: &Manifest, sources: &BTreeMap<String, Source>) -> Result<BTreeMap<String, Entry>> {
    let mut entries = manifest.framework.clone();
    for source in sources.values() {
        let Some(translation) = crates::translation(source)? else { continue };
        let entry = entries.entry(translation.framework).or_default();
        entry.mirrors.insert(0, source.name.clone());
        entry.since = entry.since.take().or(translation.macos);
    }
    Ok(entries)
}

fn mirrored(
    name: &str,
    entry: &Entry,
    sources: &BTreeMap<String, Source>,
    umbrella: Option<&Umbrella>,
    manifest: &Manifest,
) -> Result<List> {
    let framework = format!("/System/Library/Frameworks/{name}.framework/Versions/A/{name}");
    let mut list = List {
        name: name.to_owned(),
        install_name: entry.install_name.clone().unwrap_or(framework),
        current_version: None,
        since: entry.since.clone(),
        sources: Vec::new(),
        reexports: entry.reexports.clone(),
        aliases: entry.aliases.clone(),
        names: Names::default(),
        dates: BTreeMap::new(),
    };
    if let Some(umbrella) = umbrella {
        list.install_name = umbrella.install_name.clone();
        list.current_version = umbrella.current_version.clone();
        list.names.extend(umbrella.names.clone());
        list.sources.push(format!("ziglang {}", manifest.ziglang));
    }
    for mirror in &entry.mirrors {
        let source = find(sources, mirror)?;
        list.names.extend(crates::declared(source, mirror, entry)?);
        list.sources.push(format!("{} {}", source.name, source.version));
    }
    list.names.remove(|name| entry.excludes(name));
    let [amd64, arm64] = [Arches { amd64: true, arm64: false }, Arches { amd64: false, arm64: true }];
    for (names, arches) in
        [(&entry.names, Arches::ALL), (&entry.amd64_names, amd64), (&entry.arm64_names, arm64)]
    {
        names.iter().for_each(|name| list.names.add_c(name, arches));
    }
    for (since, name) in
        entry.newer_names.iter().flat_map(|(since, names)| names.iter().map(move |it| (since, it)))
    {
        list.names.add_c(name, Arches::ALL);
        list.dates.insert(format!("_{name}"), since.clone());
    }
    entry.classes.iter().for_each(|class| list.names.add_class(class, Arches::ALL));
    Ok(list)
}

fn find<'a>(sources: &'a BTreeMap<String, Source>, wanted: &str) -> Result<&'a Source> {
    let name = crates::name(wanted);
    sources.get(name).with_context(|| {
        format!("[package.metadata.stubs] uses the crate {name}, which is not a dependency\nhelp: add the dependency")
    })
}

/// Removes the names of the three base libraries from all other lists.
fn remove_base_names(lists: &mut [List]) {
    for base in ["libSystem", "libobjc", "CoreFoundation"] {
        let known: BTreeSet<String> = lists
            .iter()
            .filter(|list| list.name == base)
            .flat_map(|list| list.names.linker_names())
            .collect();
        for list in lists.iter_mut().filter(|list| list.name != base) {
            list.names.remove(|name| known.contains(name));
        }
    }
}

fn add_used(lists: &mut [List], at: usize, entry: &Entry, sources: &BTreeMap<String, Source>) -> Result<()> {
    let known: BTreeSet<String> = lists.iter().flat_map(|list| list.names.linker_names()).collect();
    for user in &entry.users {
        let source = find(sources, user)?;
        let mut names = crates::declared(source, user, entry)?;
        names.remove(|name| {
            known.contains(name)
                || entry.without.iter().any(|without| name.strip_prefix('_') == Some(without))
        });
        lists[at].names.extend(names);
        lists[at].sources.push(format!("{} {}", source.name, source.version));
    }
    Ok(())
}

/// The text of a list: a head of `key: value` lines, an empty line, then the names, sorted, one per line. A class is marked
/// with `class`, a name that exists on only one architecture with that architecture, and a newer name with the first macOS.
pub(crate) fn render(list: &List) -> String {
    let mut text = format!("install-name: {}\n", list.install_name);
    let optional = [("current-version", &list.current_version), ("since", &list.since)];
    let words = [
        ("source", &list.sources, ", "),
        ("reexports", &list.reexports, " "),
        ("aliases", &list.aliases, " "),
    ];
    for (key, value) in optional.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
        text.push_str(&format!("{key}: {value}\n"));
    }
    for (key, values, between) in words.into_iter().filter(|(_, values, _)| !values.is_empty()) {
        text.push_str(&format!("{key}: {}\n", values.join(between)));
    }
    text.push('\n');
    let classes = list.names.classes.iter().map(|(name, arches)| (format!("class {name}"), arches));
    let symbols = list.names.symbols.iter().map(|(name, arches)| match list.dates.get(name) {
        Some(since) => (format!("{name} {since}"), arches),
        None => (name.clone(), arches),
    });
    for (name, arches) in classes.chain(symbols) {
        let prefix = match arches {
            Arches { amd64: true, arm64: false } => "x86_64 ",
            Arches { amd64: false, arm64: true } => "arm64 ",
            _ => "",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{prefix}{name}");
    }
    text
}
