//! `cargo ci stubs`: makes the symbol lists that darwin is linked against from published crates, whose declarations were
//! made from Apple's headers, and from the list of libSystem's names in the `ziglang` package.
//!
//! What it makes depends on the versions in `stubs-sources/` alone, so `--check` can demand that making it again
//! changes nothing.

mod cfg;
mod crates;
mod lists;
mod manifest;
mod names;
mod rust;
mod tbd;
mod zig;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// Change nothing; fail if the committed lists are not what would be made
    #[arg(long)]
    check: bool,
}

/// Writes the lists, or compares them with those that are there.
pub fn run(args: &Args) -> Result<()> {
    let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace =
        here.parent().and_then(Utf8Path::parent).context("the ci crate stands in no workspace")?;
    let (manifest, sources) = manifest::load(&here.join("stubs-sources/Cargo.toml"))?;
    let system = tbd::read(&zig::libsystem(workspace, &manifest.ziglang)?)?;
    let lists = lists::assemble(&manifest, &sources, system)?;
    for list in &lists {
        eprintln!("{:>6} names  {}", list.names.linker_names().count(), list.name);
    }
    let made = files(&lists);
    let folder = workspace.join("xtask/stubs/src");
    if args.check { compare(&folder, &made) } else { write(&folder, &made) }
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

fn write(folder: &Utf8Path, made: &BTreeMap<String, String>) -> Result<()> {
    for old in committed(folder)?.keys().filter(|old| !made.contains_key(*old)) {
        fs_err::remove_file(folder.join(old))?;
    }
    for (path, text) in made {
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

/// Fails with every line that differs.
fn compare(folder: &Utf8Path, made: &BTreeMap<String, String>) -> Result<()> {
    let mut differences = Vec::new();
    let committed = committed(folder)?;
    for (path, file) in &committed {
        let old = fs_err::read_to_string(file).unwrap_or_default();
        let new = made.get(path).map_or("", String::as_str);
        differences.extend(difference(path, &old, new));
    }
    differences
        .extend(made.keys().filter(|path| !committed.contains_key(*path)).map(|path| format!("+ {path}")));
    match differences.as_slice() {
        [] => Ok(()),
        _ => bail!("the committed lists are not what `cargo ci stubs` makes:\n{}", differences.join("\n")),
    }
}

/// The lines that only one of two sorted lists has.
fn difference(path: &str, old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("{path}: - {line}"));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("{path}: + {line}"));
    if old == new { Vec::new() } else { gone.chain(come).collect() }
}
