//! Rules about several values of a prebuilt binary: values that contradict each other.

use std::collections::BTreeSet;

use super::beside::Source;
use super::by_cell::CellName;
use super::supply::{Prebuilt, Supply};
use super::template::{Placeholder, Template};
use crate::matrix::{Arch, HostOs, Target};
use crate::values::BinaryName;

/// Fails if two values contradict each other, and says which.
pub(crate) fn check(prebuilt: &Prebuilt, name: &BinaryName) -> Result<(), String> {
    version(prebuilt)?;
    excuses(prebuilt)?;
    emulation(prebuilt)?;
    let is_packed = prebuilt.member.values().next().is_some();
    if !is_packed && prebuilt.files.iter().any(|file| matches!(file.source, Source::Member(_))) {
        return Err(
            "`files` names members of an archive, but `member` is not set\nhelp: set `member` to the path of the binary in it".into()
        );
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
            Err("`{version}` is used, but `version` is not set\nhelp: add it".into())
        }
        _ => Ok(()),
    }
}

/// A cell that is skipped or emulated exists, and has no address and digest of its own.
fn excuses(prebuilt: &Prebuilt) -> Result<(), String> {
    for (key, list) in [("skip", &prebuilt.skip), ("emulate", &prebuilt.emulate)] {
        for (index, cell) in list.iter().enumerate() {
            if list.iter().take(index).any(|other| other == cell) {
                return Err(format!("`{key}` names {cell} twice"));
            }
            if !prebuilt.hosts.as_slice().contains(&cell.0.os) {
                return Err(format!("`{key}` names {cell}, but `hosts` does not contain {}", cell.0.os));
            }
            for (own, has) in
                [("url", prebuilt.url.has_own(*cell)), ("sha256", prebuilt.sha256.contains_key(cell))]
            {
                if has {
                    return Err(format!(
                        "`{key}` names {cell}, but `{own}` has a value for it\nhelp: remove one of them"
                    ));
                }
            }
        }
    }
    let mut cells = Target::all().filter(|target| prebuilt.hosts.as_slice().contains(&target.os));
    if cells.all(|target| prebuilt.skip.contains(&CellName(target))) {
        return Err("`skip` names every cell, so no host gets the binary".into());
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
            return Err(format!(
                "`emulate` names {cell}: only arm64 hosts can emulate, and they emulate amd64"
            ));
        }
        if cell.0.os == HostOs::Linux {
            return Err(format!(
                "`emulate` names {cell}: Linux does not emulate by itself\nhelp: use `skip`"
            ));
        }
        if prebuilt.skip.contains(&of_amd64) {
            return Err(format!("{cell} uses the binary of {of_amd64}, which is skipped"));
        }
    }
    Ok(())
}

/// All files of a host are copied into one folder. So their names must differ, on macOS and Windows not only in case.
fn names(prebuilt: &Prebuilt, name: &BinaryName) -> Result<(), String> {
    for target in Target::all().filter(|target| prebuilt.hosts.as_slice().contains(&target.os)) {
        let Supply::Given(given) = prebuilt.supply(target) else { continue };
        let mut seen = BTreeSet::from([target.os.file_key(&format!("{name}{}", target.os.exe_suffix()))]);
        for file in &given.files {
            is_file_name(&file.name)?;
            if !seen.insert(target.os.file_key(&file.name)) {
                return Err(format!(
                    "two files are named {} on {}, where all files are copied into one folder",
                    file.name, target.os
                ));
            }
        }
    }
    Ok(())
}

/// The same rule as for binaries: a plain file name on three systems, and perhaps a word of a command line.
pub(crate) fn is_file_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    if !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "`{}` is not a valid name for a file on a host\nhelp: use letters, digits, `-`, `_`, `.` and `+`",
        name.escape_debug()
    ))
}
