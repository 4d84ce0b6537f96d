//! The matrix: every file that metadata.json lists for a host, judged in every platform.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, copy};

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::metadata::Metadata;
use sixfold_base::scratch::Scratch;
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::{At, Kind};
use sixfold_judge::{Examined, FileArch, Format, Judgement, Origin, Verdict, needs, verdict_finding};
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::{HostOs, ImagePath, Platform};

sixfold_model::lints! {
    /// The programs for both processors are in both images, under different names.
    ARCH_BY_NAME = Warning "arch-by-name";
    DIRECTORY_LISTED = Warning "directory-listed";
    EXE_SUFFIX = Error "exe-suffix";
}

/// Files up to this size are judged in memory, larger ones in a scratch file. In bytes.
const IN_MEMORY: u64 = 16 << 20;

/// One file for one kind of host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellReport {
    pub path: ImagePath,
    pub os: HostOs,
    pub platform: Platform,
    /// `None` where there is no file.
    pub format: Option<Format>,
    pub arch: Option<FileArch>,
    pub verdict: Verdict,
    /// Completes "the file …"; empty where the verdict is good.
    pub reason: String,
    /// In bytes.
    pub size: Option<u64>,
    /// Permission bits.
    pub mode: Option<u32>,
}

/// Judges all that one platform's image holds for hosts.
pub fn judge(image: &PlatformImage, metadata: &Metadata) -> Result<(Vec<CellReport>, Vec<Finding>)> {
    let all = examine_all(image, metadata)?;
    let judged: Vec<_> = metadata.binaries.iter().map(|(os, path)| cell(image, *os, path, &all)).collect();
    let native: BTreeSet<(HostOs, String)> = judged
        .iter()
        .filter(|(cell, _)| cell.verdict == Verdict::Native)
        .map(|(cell, _)| (cell.os, without_arch(cell.path.base_name())))
        .collect();
    let mut findings = vec![];
    for (cell, examined) in &judged {
        let has_native = native.contains(&(cell.os, without_arch(cell.path.base_name())));
        findings.extend(verdict(image, cell, has_native));
        if let Some(examined) = examined {
            findings.extend(needs(&cell.path, cell.os, cell.platform, examined, Origin::Foreign));
            findings.extend(suffix(cell, examined));
        }
    }
    Ok((judged.into_iter().map(|(cell, _)| cell).collect(), findings))
}

/// What is wrong with a cell by its verdict. `has_native`: beside it there is the same program for the right processor.
fn verdict(image: &PlatformImage, cell: &CellReport, has_native: bool) -> Option<Finding> {
    let place = Place::path(&cell.path).on(cell.platform);
    if is_dir(image, &cell.path) {
        let help = "list each file: that a folder is copied is not documented";
        return Some(Finding::new(&DIRECTORY_LISTED, place, "is a folder", help));
    }
    if has_native && matches!(cell.verdict, Verdict::Emulated | Verdict::WrongArch) {
        let message = format!(
            "{}: the page has to choose the other one by name, and every host downloads both",
            cell.reason
        );
        let help = "give both the same path, one in each platform's image";
        return Some(Finding::new(&ARCH_BY_NAME, place, message, help));
    }
    verdict_finding(&cell.path, cell.platform, &Judgement::new(cell.verdict, cell.reason.clone()))
}

/// A base name without the words for processors, and so the same for the same program.
fn without_arch(name: &str) -> String {
    const WORDS: [&str; 6] = ["x86_64", "x86-64", "aarch64", "amd64", "arm64", "x64"];
    WORDS.iter().fold(name.to_ascii_lowercase(), |name, word| name.replace(word, ""))
}

/// Windows starts no program whose name does not say that it is one.
fn suffix(cell: &CellReport, examined: &Examined) -> Option<Finding> {
    let name = cell.path.base_name().to_ascii_lowercase();
    let is_named = [".exe", ".com", ".scr"].iter().any(|end| name.ends_with(end));
    if cell.os != HostOs::Windows || is_named || !examined.is_program_for(HostOs::Windows) {
        return None;
    }
    let message = "is a program for Windows whose name does not end in .exe, so Windows does not start it";
    let place = Place::path(&cell.path).on(cell.platform);
    Some(Finding::new(&EXE_SUFFIX, place, message, "call it so in the image and in metadata.json"))
}

fn is_dir(image: &PlatformImage, path: &ImagePath) -> bool {
    image.tree.resolve(path.as_str()).is_some_and(|(_, node)| node.kind == Kind::Dir)
}

type All = BTreeMap<(At, String), Examined>;

fn cell<'a>(
    image: &PlatformImage,
    os: HostOs,
    path: &ImagePath,
    all: &'a All,
) -> (CellReport, Option<&'a Examined>) {
    let node = image.tree.resolve(path.as_str()).map(|(_, node)| node);
    let mode = node.and_then(|node| node.mode);
    let examined = node.and_then(|node| match &node.kind {
        Kind::File { at, .. } => all.get(&(at.clone(), path.base_name().to_owned())),
        _ => None,
    });
    let judgement = match (node, examined) {
        (Some(_), Some(examined)) => examined.judge(path.base_name(), os, image.platform, mode),
        (Some(_), None) => Judgement::new(Verdict::WrongFormat, "is no file"),
        (None, _) => Judgement::missing(),
    };
    let cell = CellReport {
        path: path.clone(),
        os,
        platform: image.platform,
        format: examined.map(Examined::format),
        arch: examined.and_then(Examined::arch),
        verdict: judgement.verdict,
        reason: judgement.reason,
        size: examined.and(node).map(|node| node.size()),
        mode,
    };
    (cell, examined)
}

/// Examines every listed file in one pass over the image.
fn examine_all(image: &PlatformImage, metadata: &Metadata) -> Result<All> {
    let mut names: BTreeMap<At, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for (_, path) in &metadata.binaries {
        if let Some((_, node)) = image.tree.resolve(path.as_str())
            && let Kind::File { size, at } = &node.kind
        {
            names.entry(at.clone()).or_insert((*size, BTreeSet::new())).1.insert(path.base_name());
        }
    }
    let wanted: Vec<At> = names.keys().cloned().collect();
    let mut all = All::new();
    image.store.visit(&wanted, &mut |at, content| {
        if let Some((size, names)) = names.get(at) {
            for (name, examined) in examine(content, *size, names)? {
                all.insert((at.clone(), name), examined);
            }
        }
        Ok(())
    })?;
    Ok(all)
}

fn examine(content: &mut dyn Read, size: u64, names: &BTreeSet<&str>) -> Result<Vec<(String, Examined)>> {
    if size <= IN_MEMORY {
        let mut bytes = vec![];
        content.take(IN_MEMORY).read_to_end(&mut bytes)?;
        return Ok(names.iter().map(|name| ((*name).to_owned(), Examined::of(name, &bytes))).collect());
    }
    let scratch = Scratch::new()?;
    let path = scratch.path().join("file");
    copy(content, &mut fs::File::create(&path)?).context("cannot unpack it")?;
    let file = File::open(&path)?;
    names.iter().map(|name| Ok(((*name).to_owned(), Examined::read(name, &file)?))).collect()
}
