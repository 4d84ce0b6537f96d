//! What no single value of a prebuilt program's table can tell: values that contradict each other.

use std::collections::BTreeSet;

use super::by_cell::CellName;
use super::template::{Placeholder, Template};
use super::{Prebuilt, Supply};
use crate::matrix::{Arch, HostOs, Target};
use crate::values::BinaryName;

/// Fails with what contradicts what.
pub(super) fn judge(prebuilt: &Prebuilt, name: &BinaryName) -> Result<(), String> {
    version(prebuilt)?;
    excuses(prebuilt)?;
    emulation(prebuilt)?;
    let is_packed = prebuilt.member.values().next().is_some();
    if !is_packed && prebuilt.files.iter().any(|file| matches!(file.source, super::Source::Member(_))) {
        return Err("`files` takes members of an archive: say with `member` which one the program is".into());
    }
    names(prebuilt, name)
}

fn version(prebuilt: &Prebuilt) -> Result<(), String> {
    let addresses =
        prebuilt.url.values().chain(prebuilt.checksums.values()).map(|address| address.template());
    let members = prebuilt.member.values().map(|path| path.template());
    let files = prebuilt.files.iter().map(|file| file.template());
    let uses = |template: &&Template| template.uses(Placeholder::Version);
    match addresses.chain(members).chain(files).find(uses) {
        Some(_) if prebuilt.version.is_none() => {
            Err("`{version}` is used, and there is no `version`: add one".into())
        }
        _ => Ok(()),
    }
}

/// A cell that is skipped or emulated gets nothing of its own, and is one that there would be.
fn excuses(prebuilt: &Prebuilt) -> Result<(), String> {
    for (key, list) in [("skip", &prebuilt.skip), ("emulate", &prebuilt.emulate)] {
        for (index, cell) in list.iter().enumerate() {
            if list[..index].contains(cell) {
                return Err(format!("`{key}` names {cell} twice"));
            }
            if !prebuilt.hosts.as_slice().contains(&cell.0.os) {
                return Err(format!("`{key}` names {cell}, and `hosts` has no {}", cell.0.os));
            }
            for (own, has) in
                [("url", prebuilt.url.has_own(*cell)), ("sha256", prebuilt.sha256.contains_key(cell))]
            {
                if has {
                    return Err(format!(
                        "`{key}` names {cell}, and `{own}` has one for it: take one of them out"
                    ));
                }
            }
        }
    }
    let mut cells = Target::all().filter(|target| prebuilt.hosts.as_slice().contains(&target.os));
    if cells.all(|target| prebuilt.skip.contains(&CellName(target))) {
        return Err("`skip` names every cell: nothing is left of the program".into());
    }
    match prebuilt.skip.iter().find(|cell| prebuilt.emulate.contains(cell)) {
        Some(cell) => Err(format!("{cell} is both in `skip` and in `emulate`")),
        None => Ok(()),
    }
}

fn emulation(prebuilt: &Prebuilt) -> Result<(), String> {
    for cell in &prebuilt.emulate {
        let of_amd64 = CellName(Target { arch: Arch::Amd64, ..cell.0 });
        if cell.0.arch == Arch::Amd64 {
            return Err(format!("`emulate` names {cell}: what is emulated is amd64, on arm64 hosts"));
        }
        if cell.0.os == HostOs::Linux {
            return Err(format!("`emulate` names {cell}: Linux translates nothing by itself; use `skip`"));
        }
        if prebuilt.skip.contains(&of_amd64) {
            return Err(format!("{cell} is emulated by {of_amd64}, which is skipped"));
        }
    }
    Ok(())
}

/// All files of a host land in one folder, so their names differ, and on macOS and Windows not only by case.
fn names(prebuilt: &Prebuilt, name: &BinaryName) -> Result<(), String> {
    for target in Target::all().filter(|target| prebuilt.hosts.as_slice().contains(&target.os)) {
        let Supply::Given(given) = prebuilt.supply(target) else { continue };
        let mut seen = BTreeSet::from([target.os.file_key(&format!("{name}{}", target.os.exe_suffix()))]);
        for file in &given.files {
            is_file_name(&file.name)?;
            if !seen.insert(target.os.file_key(&file.name)) {
                return Err(format!(
                    "two files would be called {} on {}, where all of them land in one folder",
                    file.name, target.os
                ));
            }
        }
    }
    Ok(())
}

/// As for the names of programs: a plain file on three systems, and perhaps a word of a command line.
fn is_file_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    match !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(plain) {
        true => Ok(()),
        false => Err(format!(
            "`{}` is no name for a file on a host: use letters, digits, `-`, `_`, `.` and `+`",
            name.escape_debug()
        )),
    }
}
