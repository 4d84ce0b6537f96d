//! Checks every file that metadata.json lists for hosts, and every program that containers start, in every platform.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, copy};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use super::variants::without_arch;
use crate::metadata::Metadata;
use sixfold_base::scratch::Scratch;
use sixfold_base::{disk, terminal};
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::{At, Kind};
use sixfold_judge::{
    CrateCount, Diagnosis, FileArch, Format, HostFile, Origin, Signature, Verdict, check_needs,
    verdict_finding,
};
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::{HostOs, ImagePath, Platform, RunsOn};

sixfold_model::lints! {
    /// Both images have the programs for both processors, under different names.
    ARCH_BY_NAME = Warning "arch-by-name";
    DIRECTORY_LISTED = Warning "directory-listed";
    EXE_SUFFIX = Error "exe-suffix";
}

/// Files up to this size, in bytes, are checked in memory; larger ones in a scratch file.
const IN_MEMORY: u64 = 16 << 20;
/// The largest file that is checked, in bytes. Programs of Windows cannot be larger.
const LARGEST: u64 = 4 << 30;

/// One file for one kind of host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellReport {
    pub path: ImagePath,
    pub os: RunsOn,
    pub platform: Platform,
    /// `None` if the file is missing.
    pub format: Option<Format>,
    pub arch: Option<FileArch>,
    pub verdict: Verdict,
    /// Completes "the file …"; empty if the verdict is good.
    pub reason: String,
    /// In bytes.
    pub size: Option<u64>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// The code signature, of a file that can have one.
    pub signature: Option<Signature>,
    /// How many crates a Rust program says that it contains. `None` if it says nothing.
    pub crates: Option<CrateCount>,
}

/// Checks the files that one platform's image has for hosts.
///
/// `started` are the programs that containers of the image start.
pub(super) fn check(
    image: &PlatformImage,
    metadata: &Metadata,
    started: &BTreeSet<ImagePath>,
) -> Result<(Vec<CellReport>, Vec<Finding>)> {
    let listed = metadata.binaries.iter().map(|(os, path)| (RunsOn::Host(*os), path));
    let all: Vec<_> = listed.chain(started.iter().map(|path| (RunsOn::Vm, path))).collect();
    let files = read_all(image, all.iter().map(|(_, path)| *path))?;
    let checked: Vec<_> = all.into_iter().map(|(os, path)| cell(image, os, path, &files)).collect();
    let native: BTreeSet<(RunsOn, String)> = checked
        .iter()
        .filter(|(cell, _)| cell.verdict == Verdict::Native)
        .map(|(cell, _)| (cell.os, without_arch(cell.path.base_name())))
        .collect();
    let mut findings = vec![];
    for (cell, file) in &checked {
        let has_native = native.contains(&(cell.os, without_arch(cell.path.base_name())));
        findings.extend(verdict(image, cell, has_native));
        // Programs in a container find their libraries in the image.
        if let (Some(file), Some(os)) = (file, cell.os.host()) {
            let problems = check_needs(&cell.path, os, cell.platform, file, Origin::ThirdParty);
            findings.extend(problems.into_iter().map(|problem| problem.finding));
            findings.extend(suffix(cell, file));
        }
    }
    Ok((checked.into_iter().map(|(cell, _)| cell).collect(), findings))
}

/// The finding for a cell's verdict. `has_native`: the same program for the right processor is listed too.
fn verdict(image: &PlatformImage, cell: &CellReport, has_native: bool) -> Option<Finding> {
    let place = Place::path(&cell.path).on(cell.platform);
    if is_dir(image, &cell.path) {
        let help = "list each file: whether directories are copied is not documented";
        return Some(Finding::new(&DIRECTORY_LISTED, place, "is a directory", help));
    }
    if has_native && matches!(cell.verdict, Verdict::Emulated | Verdict::WrongArch) {
        return Some(by_name(place, &cell.reason));
    }
    let mut finding =
        verdict_finding(&cell.path, cell.platform, &Diagnosis::new(cell.verdict, cell.reason.clone()))?;
    if cell.os == RunsOn::Vm && cell.verdict == Verdict::Missing {
        finding.message = "is what a container of the image starts, but it is not in the image".to_owned();
        finding.help =
            "copy it, or correct ENTRYPOINT and CMD, or `entrypoint` in the compose file".to_owned();
    }
    Some(finding)
}

/// The finding for a program that is also there for the right processor, under another name.
pub(crate) fn by_name(place: Place, reason: &str) -> Finding {
    let message =
        format!("{reason}: the UI has to choose the right one by its name, and every host downloads both");
    Finding::new(&ARCH_BY_NAME, place, message, "give both the same path, one in each platform's image")
}

/// Windows only starts programs with an extension for programs.
fn suffix(cell: &CellReport, file: &HostFile) -> Option<Finding> {
    let name = cell.path.base_name().to_ascii_lowercase();
    let is_named = [".exe", ".com", ".scr"].iter().any(|end| name.ends_with(end));
    if cell.os != HostOs::Windows || is_named || !file.is_program_for(HostOs::Windows) {
        return None;
    }
    let message =
        "is a program for Windows, but Windows does not start it because its name does not end in .exe";
    let place = Place::path(&cell.path).on(cell.platform);
    Some(Finding::new(&EXE_SUFFIX, place, message, "add .exe to its name, in the image and in metadata.json"))
}

fn is_dir(image: &PlatformImage, path: &ImagePath) -> bool {
    image.tree.resolve(path.as_str()).is_some_and(|(_, node)| node.kind == Kind::Dir)
}

/// The listed files, by content and base name.
type Files = BTreeMap<(At, String), HostFile>;

fn cell<'a>(
    image: &PlatformImage,
    os: RunsOn,
    path: &ImagePath,
    files: &'a Files,
) -> (CellReport, Option<&'a HostFile>) {
    let node = image.tree.resolve(path.as_str()).map(|(_, node)| node);
    let mode = node.and_then(|node| node.mode);
    let file = node.and_then(|node| match &node.kind {
        Kind::File { at, .. } => files.get(&(at.clone(), path.base_name().to_owned())),
        _ => None,
    });
    let diagnosis = match (node, file) {
        (Some(_), Some(file)) => file.check(path.base_name(), os.system(), image.platform, mode),
        (Some(_), None) => Diagnosis::new(Verdict::WrongFormat, "is not a file"),
        (None, _) => Diagnosis::missing(),
    };
    let cell = CellReport {
        path: path.clone(),
        os,
        platform: image.platform,
        format: file.map(HostFile::format),
        arch: file.and_then(HostFile::arch),
        verdict: diagnosis.verdict,
        reason: diagnosis.reason,
        size: file.and(node).map(|node| node.size()),
        mode,
        signature: file.and_then(|file| file.signature(image.platform.arch())).cloned(),
        crates: file.and_then(|file| file.crates(image.platform.arch())).cloned(),
    };
    (cell, file)
}

/// Reads every listed file, in one pass over the image.
fn read_all<'a>(image: &PlatformImage, paths: impl Iterator<Item = &'a ImagePath>) -> Result<Files> {
    let mut names: BTreeMap<At, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for path in paths {
        if let Some((_, node)) = image.tree.resolve(path.as_str())
            && let Kind::File { size, at } = &node.kind
        {
            names.entry(at.clone()).or_insert((*size, BTreeSet::new())).1.insert(path.base_name());
        }
    }
    let wanted: Vec<At> = names.keys().cloned().collect();
    let mut files = Files::new();
    image.store.visit(&wanted, &mut |at, content| {
        if let Some((size, names)) = names.get(at) {
            for (name, file) in read(content, *size, names)? {
                files.insert((at.clone(), name), file);
            }
        }
        Ok(())
    })?;
    Ok(files)
}

fn read(content: &mut dyn Read, size: u64, names: &BTreeSet<&str>) -> Result<Vec<(String, HostFile)>> {
    if size <= IN_MEMORY {
        let mut bytes = vec![];
        content.take(IN_MEMORY).read_to_end(&mut bytes)?;
        return Ok(names.iter().map(|name| ((*name).to_owned(), HostFile::parse(name, &bytes))).collect());
    }
    let name = names.first().copied().unwrap_or_default();
    ensure!(size <= LARGEST, "`{}` has {}, more than any program", name.escape_debug(), terminal::size(size));
    let scratch = Scratch::new()?;
    disk::ensure_room(scratch.path(), size)?;
    let path = scratch.path().join("file");
    copy(content, &mut fs::File::create(&path)?).context("cannot unpack a host binary")?;
    let file = File::open(&path)?;
    names.iter().map(|name| Ok(((*name).to_owned(), HostFile::read(name, &file)?))).collect()
}
