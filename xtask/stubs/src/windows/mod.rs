//! Links for Windows without mingw-w64: import libraries, made from lists of what each DLL exports, and a small runtime.
//!
//! `lists/` has the DLLs that every Windows 10 has. `cargo ci stubs` generates the lists. Invariant: a name that is in no list
//! fails the link.

mod import_library;
mod library;
mod lists;
mod runtime;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::io;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::cache;
use sixfold_judge::{Source, is_everywhere, windows_imports};
use sixfold_model::matrix::{HostOs, Target};
use sixfold_model::windows::Extra;

use crate::cached;
pub use library::{Dll, dlls};

/// Libraries that rustc or crates link and that have nothing that a Rust program needs: parts of mingw-w64.
const EMPTY: [&str; 4] = ["m", "mingw32", "mingwex", "moldname"];

/// The code that makes import libraries of lists.
const SOURCES: [(&str, &str); 3] = [
    ("mod.rs", include_str!("mod.rs")),
    ("library.rs", include_str!("library.rs")),
    ("import_library.rs", include_str!("import_library.rs")),
];

/// Writes the import libraries for a target below `parent`, and compiles the runtime with the rustc of `folder`, unless that
/// has been done. Returns their directory. `rustc` is the version of that rustc, and `extra` is what the author adds.
///
/// Fails if rustc cannot compile the runtime, and if the author adds names to a DLL that not every Windows has.
pub fn write(
    parent: &Utf8Path,
    target: Target,
    rustc: &str,
    folder: &Utf8Path,
    extra: &Extra,
) -> Result<Utf8PathBuf> {
    let added = added(extra)?;
    let mut texts: Vec<_> = lists::LISTS.iter().map(|(name, list)| (Utf8Path::new(*name), *list)).collect();
    texts.extend(SOURCES.iter().chain(&runtime::SOURCES).map(|(name, text)| (Utf8Path::new(*name), *text)));
    texts.extend(added.iter().map(|(name, list)| (Utf8Path::new(name.as_str()), list.as_str())));
    let dir = parent.join(format!("windows-{target}-rustc-{rustc}-{}", cached::digest(&texts)));
    cache::once(&dir, Utf8Path::is_dir, |partial| {
        write_libraries(partial, target, &added)?;
        runtime::compile(partial, target, folder)
    })
    .with_context(|| format!("cannot prepare what programs for {target} are linked against"))?;
    Ok(dir)
}

/// What a program imports by name from DLLs that have a list, and that neither the list nor `extra` has, by the DLL's file name in
/// lower case.
///
/// Fails if the file cannot be read or is malformed.
pub fn unlisted(program: &dyn Source, extra: &Extra) -> io::Result<BTreeMap<String, BTreeSet<String>>> {
    // Only the lists of the DLLs that the program imports are read.
    let mut known = HashMap::<String, Option<HashSet<&str>>>::new();
    let mut unlisted = BTreeMap::<String, BTreeSet<String>>::new();
    windows_imports(program, &mut |dll, name| {
        let dll = dll.to_ascii_lowercase();
        let names = known.entry(dll.clone()).or_insert_with(|| exported(&dll, extra));
        if names.as_ref().is_some_and(|names| !names.contains(name)) {
            unlisted.entry(dll).or_default().insert(name.to_owned());
        }
    })?;
    Ok(unlisted)
}

/// The names that the DLL with this file name exports, with those that the author adds. `None` if it has no list.
fn exported<'a>(file: &str, extra: &'a Extra) -> Option<HashSet<&'a str>> {
    let dll = Dll::of_file(file)?;
    let names = dll.exports.iter().map(|export| export.exported_as.unwrap_or(export.name));
    let added = extra.symbols.get(dll.name).into_iter().flatten().map(String::as_str);
    Some(names.chain(added).collect())
}

/// The author's names, as lists that complete ours or are new.
fn added(extra: &Extra) -> Result<BTreeMap<String, String>> {
    let mut added = BTreeMap::new();
    for (name, symbols) in &extra.symbols {
        let file = format!("{name}.dll");
        anyhow::ensure!(
            dlls().any(|dll| dll.name == name) || is_everywhere(HostOs::Windows, &file),
            "[workspace.metadata.extension.windows] symbols.{name}: not every supported Windows has {file}\n\
             help: load it at run time, for instance with the crate libloading"
        );
        let mut list = format!("dll: {file}\n\n");
        symbols.iter().for_each(|symbol| {
            // Writing to a String cannot fail.
            let _ = writeln!(list, "{symbol}");
        });
        added.insert(name.clone(), list);
    }
    Ok(added)
}

fn write_libraries(dir: &Utf8Path, target: Target, added: &BTreeMap<String, String>) -> Result<()> {
    let mut dlls: Vec<_> = dlls().collect();
    for (name, list) in added {
        let more = Dll::parse(name, list);
        match dlls.iter_mut().find(|dll| dll.name == name) {
            Some(dll) => dll.exports.extend(more.exports),
            None => dlls.push(more),
        }
    }
    for dll in &dlls {
        let [first, others @ ..] = &file_names(dll)[..] else { continue };
        fs::write(dir.join(first), import_library::render(dll, target.arch))?;
        for other in others.iter().map(|name| dir.join(name)).filter(|path| !path.exists()) {
            fs::hard_link(dir.join(first), &other)
                .or_else(|_| fs::copy(dir.join(first), &other).map(drop))?;
        }
    }
    Ok(EMPTY
        .iter()
        .try_for_each(|name| fs::write(dir.join(format!("lib{name}.a")), import_library::EMPTY))?)
}

/// The file names under which the linker may look for the library. Crates write `kernel32`, `Kernel32` or `KERNEL32`.
fn file_names(dll: &Dll) -> Vec<String> {
    let stem = dll.file.split('.').next().unwrap_or(dll.name);
    let mut capital = dll.name.to_owned();
    capital.get_mut(..1).map(str::make_ascii_uppercase);
    let mut names = vec![dll.name.to_owned(), capital, dll.name.to_ascii_uppercase(), stem.to_owned()];
    names.extend(dll.aliases.iter().map(|alias| (*alias).to_owned()));
    names.iter().map(|name| format!("lib{name}.a")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_however_crates_spell_its_name() {
        let kernel32 = dlls().find(|dll| dll.name == "kernel32").expect("it is listed");
        assert_eq!(file_names(&kernel32)[..3], ["libkernel32.a", "libKernel32.a", "libKERNEL32.a"]);
        let ucrt = dlls().find(|dll| dll.name == "ucrtbase").expect("it is listed");
        assert!(file_names(&ucrt).contains(&"libmsvcrt.a".to_owned()));
    }

    #[test]
    fn the_author_can_add_names_to_the_dlls_that_every_windows_has() {
        let extra = |text| toml::from_str::<Extra>(text).expect("the table is right");
        let lists =
            added(&extra("symbols = { kernel32 = ['NewFn'], cryptbase = ['A', 'B'] }")).expect("both exist");
        assert_eq!(lists["kernel32"], "dll: kernel32.dll\n\nNewFn\n");
        let error = added(&extra("symbols = { vcruntime140 = ['A'] }")).expect_err("Windows lacks it");
        assert!(error.to_string().contains("not every supported Windows has vcruntime140.dll"), "{error}");
    }
}
