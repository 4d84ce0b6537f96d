//! The lists of what the DLLs of Windows export, for those DLLs that the verifier accepts. The names come from the module
//! definition files of mingw-w64 in the `ziglang` package, and from the crates that are generated from Microsoft's metadata:
//! `windows` and its relatives.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use camino::Utf8Path;

use sixfold_judge::is_everywhere;
use sixfold_model::matrix::HostOs;
use walkdir::WalkDir;

use super::cfg::Arches;
use super::def::{self, Export};
use super::manifest::{Manifest, Source};
use super::zig::Package;

/// The crates whose declarations are generated from Microsoft's metadata.
pub(crate) const CRATES: [&str; 3] = ["windows", "windows-core", "windows-sys"];

/// The exports of one DLL.
#[derive(Default)]
pub(crate) struct Dll {
    file: String,
    exports: BTreeMap<Export, Arches>,
    sources: BTreeSet<String>,
}

/// The text of each list, by the name for `-l`.
pub(crate) fn lists<'a>(
    zig: &Package,
    mut crates: impl Iterator<Item = &'a Source>,
    manifest: &Manifest,
) -> Result<BTreeMap<String, String>> {
    let mut dlls = BTreeMap::new();
    for folder in zig.definitions() {
        for entry in folder.read_dir_utf8()? {
            add_definitions(&mut dlls, zig, entry?.path())?;
        }
    }
    crates.try_for_each(|source| add_declarations(&mut dlls, source))?;
    let named = |(file, dll): (String, Dll)| {
        let set = manifest.windows_api_sets.iter().find(|(_, set)| **set == file);
        let name = set.map_or(&file, |(name, _)| name);
        // Programs get the other API sets through the DLLs that they stand for.
        let is_listed = set.is_some() || !file.starts_with("api-ms-");
        is_listed.then(|| (name.clone(), render(&dll, manifest.windows_aliases.get(name))))
    };
    Ok(dlls.into_iter().filter_map(named).collect())
}

fn is_listed(dll: &str) -> bool {
    is_everywhere(HostOs::Windows, dll)
}

/// `kernel32` for `KERNEL32.dll`.
fn stem(file: &str) -> String {
    file.split('.').next().unwrap_or_default().to_ascii_lowercase()
}

/// Adds a file that is named like its DLL. The others are parts of one, or old versions.
fn add_definitions(dlls: &mut BTreeMap<String, Dll>, zig: &Package, path: &Utf8Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    let raw = String::from_utf8_lossy(&fs_err::read(path)?).into_owned();
    let dll = def::read(&raw).dll;
    if !name.contains(".def")
        || stem(name) != stem(&dll)
        || !is_listed(&dll)
        || dlls.contains_key(&stem(&dll))
    {
        return Ok(());
    }
    let mut found = Dll { file: dll.clone(), ..Dll::default() };
    for (arch, macro_name) in [
        (Arches { amd64: true, arm64: false }, "__x86_64__"),
        (Arches { amd64: false, arm64: true }, "__aarch64__"),
    ] {
        let text = if raw.contains('#') { zig.preprocess(path, macro_name)? } else { raw.clone() };
        for export in def::read(&text).exports {
            // What mingw-w64 calls data in the C runtime are functions that it replaces.
            if !(export.is_data && stem(&dll) == "ucrtbase") {
                let arches = found.exports.entry(export).or_insert(Arches::NONE);
                *arches = Arches { amd64: arches.amd64 || arch.amd64, arm64: arches.arm64 || arch.arm64 };
            }
        }
    }
    found.sources.insert(format!("ziglang {}", zig.version));
    dlls.insert(stem(&dll), found);
    Ok(())
}

/// Adds the functions that `windows_link::link!("x.dll" "system" "name" fn name(…))` declares for both architectures. In some of
/// the crates, the macro has another path.
fn add_declarations(dlls: &mut BTreeMap<String, Dll>, source: &Source) -> Result<()> {
    for entry in WalkDir::new(source.dir.join("src")).sort_by_file_name() {
        let entry = entry?;
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs_err::read_to_string(entry.path())?;
        let mut before = "";
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once("::link!(")
                && !before.contains("target_arch")
            {
                let (dll, name) = declaration(rest).with_context(|| format!("cannot read {line}"))?;
                add_declaration(dlls, source, dll, name);
            }
            before = line;
        }
    }
    Ok(())
}

fn add_declaration(dlls: &mut BTreeMap<String, Dll>, source: &Source, dll: &str, name: &str) {
    if !is_listed(dll) || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return;
    }
    let found = dlls.entry(stem(dll)).or_insert_with(|| Dll { file: dll.to_owned(), ..Dll::default() });
    if !found.exports.keys().any(|export| export.name == name) {
        let export = Export { name: name.to_owned(), exported_as: None, is_data: false };
        found.exports.insert(export, Arches::ALL);
        found.sources.insert(format!("{} {}", source.name, source.version));
    }
}

/// The DLL and the function's name in it.
fn declaration(text: &str) -> Option<(&str, &str)> {
    let (quoted, function) = text.split_once(" fn ")?;
    let mut strings = quoted.split('"').skip(1).step_by(2);
    let (dll, _abi) = (strings.next()?, strings.next()?);
    Some((dll, strings.next().or_else(|| function.split('(').next())?))
}

/// A head of `key: value` lines, an empty line, then an export per line.
fn render(dll: &Dll, aliases: Option<&Vec<String>>) -> String {
    let sources: Vec<_> = dll.sources.iter().map(String::as_str).collect();
    let mut text = format!("dll: {}\nsource: {}\n", dll.file, sources.join(", "));
    if let Some(aliases) = aliases {
        text.push_str(&format!("aliases: {}\n", aliases.join(" ")));
    }
    text.push('\n');
    for (export, arches) in &dll.exports {
        let arch = match arches {
            Arches { amd64: true, arm64: false } => "x86_64 ",
            Arches { amd64: false, arm64: true } => "arm64 ",
            _ => "",
        };
        let data = if export.is_data { "data " } else { "" };
        let exported_as = export.exported_as.iter().map(|name| format!("={name}")).collect::<String>();
        text.push_str(&format!("{arch}{data}{}{exported_as}\n", export.name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_names_the_dll_and_what_it_exports() {
        assert_eq!(declaration("\"a.dll\" \"system\" fn F(x : u8) -> u8);"), Some(("a.dll", "F")));
        assert_eq!(declaration("\"a.dll\" \"cdecl\" \"real\" fn F());"), Some(("a.dll", "real")));
        assert_eq!(declaration("other"), None);
    }
}
