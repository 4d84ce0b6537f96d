//! The files of an image besides the host binaries: what metadata.json refers to, and what is there for nothing.

use std::collections::BTreeSet;
use std::io::Read as _;

use anyhow::Result;

use super::metadata::Metadata;
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::Kind;
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::HostOs;

sixfold_model::lints! {
    ICON_MISSING = Error "icon-missing";
    UI_MISSING = Error "ui-missing";
    COMPOSE_MISSING = Error "compose-missing";
    UI_SYMLINK = Warning "ui-symlink";
    /// A program for hosts that metadata.json does not list.
    UNREACHABLE = Warning "unreachable";
    HIDDEN_BYTES = Note "hidden-bytes";
}

/// The largest file that is read whole, in bytes: metadata.json and the like.
const SMALL: u64 = 1 << 20;

/// The content of a small file of the image; `None` where there is none, or it is larger than 1 MiB.
pub fn small(image: &PlatformImage, path: &str) -> Result<Option<Vec<u8>>> {
    let Some((_, node)) = image.tree.resolve(path) else { return Ok(None) };
    let Kind::File { size: 0..=SMALL, at } = &node.kind else { return Ok(None) };
    let mut found = None;
    image.store.visit(std::slice::from_ref(at), &mut |_, content| {
        let mut bytes = vec![];
        content.take(SMALL).read_to_end(&mut bytes)?;
        found = Some(bytes);
        Ok(())
    })?;
    Ok(found)
}

/// Judges the files of one platform.
pub fn judge(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = referred(image, metadata);
    findings.extend(ui_links(image, metadata));
    findings.extend(unreachable(image, metadata));
    if image.hidden > SMALL {
        let message = format!(
            "ships {} of files that a later layer replaces or removes",
            sixfold_base::terminal::size(image.hidden)
        );
        let help = "copy each file once, in its final form";
        findings.push(Finding::new(&HIDDEN_BYTES, Place::whole().on(image.platform), message, help));
    }
    findings
}

/// What metadata.json names has to be there.
fn referred(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let is_file =
        |path: &str| image.tree.resolve(path).is_some_and(|(_, node)| matches!(node.kind, Kind::File { .. }));
    let place =
        |path: &str| Place::path(format_args!("/{}", path.trim_start_matches('/'))).on(image.platform);
    let mut findings = vec![];
    if let Some(icon) = metadata.icon.as_deref().filter(|icon| !is_file(icon)) {
        let message =
            "is the icon, and is not in the image: the extension can then be neither updated nor removed";
        findings.push(Finding::new(&ICON_MISSING, place(icon), message, "copy it into the image"));
    }
    if let Some(tab) = &metadata.tab
        && let (Some(root), Some(src)) = (&tab.root, &tab.src)
    {
        let page = format!("{}/{}", root.trim_end_matches('/'), src.trim_start_matches('/'));
        if !src.contains("://") && !is_file(&page) {
            let message = "is the page of the dashboard tab, and is not in the image";
            findings.push(Finding::new(
                &UI_MISSING,
                place(&page),
                message,
                "build the UI, and copy it to ui.dashboard-tab.root",
            ));
        }
    }
    if let Some(file) = metadata.composefile.as_deref().filter(|file| !is_file(file)) {
        let message = "is vm.composefile, and is not in the image";
        findings.push(Finding::new(&COMPOSE_MISSING, place(file), message, "copy it into the image"));
    }
    findings
}

/// The UI folder is copied to the host file by file; a link is not a file there.
fn ui_links(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let Some(root) = metadata.tab.as_ref().and_then(|tab| tab.root.as_deref()) else { return vec![] };
    let Some(root) = image.tree.real_path(root, true).filter(|root| !root.is_empty()) else { return vec![] };
    let links = image.tree.below(&root).filter(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
    links
        .take(20)
        .map(|(path, _)| {
            let message =
                "is a symbolic link in the UI's folder, which a host may copy as such or not at all";
            let place = Place::path(format_args!("/{path}")).on(image.platform);
            Finding::new(&UI_SYMLINK, place, message, "copy the file itself")
        })
        .collect()
}

/// Files beside the listed ones, in the folders that hold nothing but files for hosts. A file that is not listed is not
/// copied to any host. (The root and the UI's folder hold other files, and so are left out.)
fn unreachable(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let listed: BTreeSet<String> =
        metadata.binaries.iter().filter_map(|(_, path)| image.tree.real_path(path.as_str(), true)).collect();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for folder in host_folders(metadata) {
        found.extend(image.tree.below(&folder).filter_map(|(path, node)| {
            let is_host_file = matches!(node.kind, Kind::File { .. }) && !is_listed(&listed, path);
            is_host_file.then_some(path)
        }));
    }
    found
        .into_iter()
        .take(50)
        .map(|path| {
            let message = "is in the image, and metadata.json does not list it: no host gets it";
            let place = Place::path(format_args!("/{path}")).on(image.platform);
            Finding::new(&UNREACHABLE, place, message, "list it, or leave it out of the image")
        })
        .collect()
}

/// Whether the path is listed, or a folder that it is in.
fn is_listed(listed: &BTreeSet<String>, path: &str) -> bool {
    listed.contains(path) || path.match_indices('/').any(|(at, _)| listed.contains(&path[..at]))
}

/// The first folders of listed paths, where they are called like an operating system or hold `host` files by name.
fn host_folders(metadata: &Metadata) -> BTreeSet<String> {
    let names: Vec<&str> =
        HostOs::ALL.iter().map(|os| os.as_str()).chain(["host", "mac", "macos", "binaries"]).collect();
    metadata
        .binaries
        .iter()
        .filter_map(|(_, path)| path.relative().split_once('/').map(|(folder, _)| folder))
        .filter(|folder| names.contains(folder))
        .map(str::to_owned)
        .chain(HostOs::ALL.iter().map(|os| os.as_str().to_owned()))
        .collect()
}
