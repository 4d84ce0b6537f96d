//! `cargo ci stubs`: generates the symbol lists that macOS programs are linked against. The names come from published
//! crates, whose declarations were generated from Apple's headers, and from the list of libSystem's names in the `ziglang`
//! package.
//!
//! The result depends only on the versions in `stubs-sources/`, so `--check` can demand that the committed lists are
//! exactly what would be generated.

mod attributes;
mod cfg;
mod crates;
mod lists;
mod manifest;
mod names;
mod rust;
mod tbd;
mod zig;

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing, and fail if the committed lists differ from what would be generated
    #[arg(long)]
    check: bool,
}

/// Writes the lists, or compares them with the committed ones.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (manifest, sources) = manifest::load(&workspace::ci().join("stubs-sources/Cargo.toml"))?;
    let system = tbd::read(&zig::libsystem(workspace::root(), &manifest.ziglang)?)?;
    let lists = lists::assemble(&manifest, &sources, system)?;
    for list in &lists {
        eprintln!("{:>6} names  {}", list.names.linker_names().count(), list.name);
    }
    let generated = files(&lists);
    let folder = workspace::root().join("xtask/stubs/src");
    if args.check { compare(&folder, &generated) } else { write(&folder, &generated) }
}

/// The files below `xtask/stubs/src/`, by path.
fn files(lists: &[lists::List]) -> BTreeMap<String, String> {
    let table: String = lists
        .iter()
        .map(|list| format!("    (\"{0}\", include_str!(\"symbols/{0}.txt\")),\n", list.name))
        .collect();
    let table = format!(
        "//! Every list below `symbols/`, by library name, sorted. Made by `cargo ci stubs`.\n\n\
         pub(super) const LISTS: &[(&str, &str)] = &[\n{table}];\n"
    );
    let lists = lists.iter().map(|list| (format!("symbols/{}.txt", list.name), lists::render(list)));
    lists.chain([("symbols.rs".to_owned(), table)]).collect()
}

fn write(folder: &Utf8Path, generated: &BTreeMap<String, String>) -> Result<()> {
    for old in committed(folder)?.keys().filter(|old| !generated.contains_key(*old)) {
        fs_err::remove_file(folder.join(old))?;
    }
    for (path, text) in generated {
        fs_err::write(folder.join(path), text)?;
    }
    Ok(())
}

fn committed(folder: &Utf8Path) -> Result<BTreeMap<String, Utf8PathBuf>> {
    fs_err::create_dir_all(folder.join("symbols"))?;
    let mut files = BTreeMap::from([("symbols.rs".to_owned(), folder.join("symbols.rs"))]);
    for entry in folder.join("symbols").read_dir_utf8()? {
        let path = entry?.into_path();
        files.extend(path.file_name().map(|name| (format!("symbols/{name}"), path.clone())));
    }
    Ok(files)
}

/// Fails with every line that differs, if any does.
fn compare(folder: &Utf8Path, generated: &BTreeMap<String, String>) -> Result<()> {
    let mut differences = Vec::new();
    let committed = committed(folder)?;
    for (path, file) in &committed {
        let old = fs_err::read_to_string(file).unwrap_or_default();
        let new = generated.get(path).map_or("", String::as_str);
        differences.extend(difference(path, &old, new));
    }
    differences.extend(
        generated.keys().filter(|path| !committed.contains_key(*path)).map(|path| format!("+ {path}")),
    );
    if !differences.is_empty() {
        bail!(
            "the committed lists differ from what `cargo ci stubs` generates:\n{}\n\
             help: run `cargo ci stubs` and commit the result",
            differences.join("\n")
        );
    }
    Ok(())
}

/// The lines that are in only one of two sorted lists.
fn difference(path: &str, old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let removed = old.iter().filter(|line| !new.contains(line)).map(|line| format!("{path}: - {line}"));
    let added = new.iter().filter(|line| !old.contains(line)).map(|line| format!("{path}: + {line}"));
    if old == new { Vec::new() } else { removed.chain(added).collect() }
}
