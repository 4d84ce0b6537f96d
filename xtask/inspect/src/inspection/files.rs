//! The other files of an image: those that metadata.json names, and those that are of no use.

use std::collections::BTreeSet;
use std::io::Read as _;

use anyhow::Result;

use super::variants::pattern;
use crate::metadata::Metadata;
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::Kind;
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::HostOs;

sixfold_model::lints! {
    ICON_MISSING = Error "icon-missing";
    /// Rancher Desktop and Podman Desktop show SVG icons only.
    ICON_NOT_SVG = Note "icon-not-svg";
    UI_MISSING = Error "ui-missing";
    COMPOSE_MISSING = Error "compose-missing";
    UI_SYMLINK = Warning "ui-symlink";
    /// A file for hosts that metadata.json does not list.
    UNREACHABLE = Warning "unreachable";
    HIDDEN_BYTES = Note "hidden-bytes";
}

/// The limit for files such as metadata.json, in bytes.
const SMALL: u64 = 1 << 20;

/// The content of a small file; `None` if it is missing or larger than 1 MiB.
pub(super) fn small(image: &PlatformImage, path: &str) -> Result<Option<Vec<u8>>> {
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

/// Checks the files of one platform.
pub(super) fn check(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = referred(image, metadata);
    findings.extend(icon_not_svg(image, metadata));
    findings.extend(ui_links(image, metadata));
    findings.extend(unreachable(image, metadata));
    if image.hidden > SMALL {
        let message = format!(
            "ships {} in files that a later layer replaces or removes",
            sixfold_base::terminal::size(image.hidden)
        );
        let help = "copy each file only once, in its final form";
        findings.push(Finding::new(&HIDDEN_BYTES, Place::whole().on(image.platform), message, help));
    }
    findings
}

/// The files that metadata.json names must exist.
fn referred(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let is_file =
        |path: &str| image.tree.resolve(path).is_some_and(|(_, node)| matches!(node.kind, Kind::File { .. }));
    let place =
        |path: &str| Place::path(format_args!("/{}", path.trim_start_matches('/'))).on(image.platform);
    let mut findings = vec![];
    if let Some(icon) = metadata.icon.as_deref().filter(|icon| !is_file(icon)) {
        let message =
            "is the icon, but is not in the image: the extension can then be neither updated nor removed";
        findings.push(Finding::new(&ICON_MISSING, place(icon), message, "copy it into the image"));
    }
    if let Some(tab) = &metadata.tab
        && let (Some(root), Some(src)) = (&tab.root, &tab.src)
    {
        let page = format!("{}/{}", root.trim_end_matches('/'), src.trim_start_matches('/'));
        if !src.contains("://") && !is_file(&page) {
            let message = "is the page of the dashboard tab, but is not in the image";
            findings.push(Finding::new(
                &UI_MISSING,
                place(&page),
                message,
                "build the UI, and copy it to the directory in ui.dashboard-tab.root",
            ));
        }
    }
    if let Some(file) = metadata.composefile.as_deref().filter(|file| !is_file(file)) {
        let message = "is the compose file (vm.composefile), but is not in the image";
        findings.push(Finding::new(&COMPOSE_MISSING, place(file), message, "copy it into the image"));
    }
    findings
}

/// Rancher Desktop asks for `icon.svg`, whatever the icon's extension is (`components/NavIconExtension.vue`), and Podman Desktop
/// takes every icon for SVG (`contribution-manager.ts`).
fn icon_not_svg(image: &PlatformImage, metadata: &Metadata) -> Option<Finding> {
    let icon = metadata.icon.as_deref()?;
    let content = small(image, icon).ok()??;
    let is_svg = content.windows(4).any(|bytes| bytes == b"<svg");
    (!is_svg || !icon.ends_with(".svg")).then(|| {
        let place = Place::path(format_args!("/{}", icon.trim_start_matches('/'))).on(image.platform);
        let message =
            "is the icon, but not an .svg file, so Rancher Desktop and Podman Desktop do not show it";
        Finding::new(&ICON_NOT_SVG, place, message, "use an SVG image whose name ends in .svg")
    })
}

/// The UI's directory is copied to the host file by file, and a link is not a regular file.
fn ui_links(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let Some(root) = metadata.tab.as_ref().and_then(|tab| tab.root.as_deref()) else { return vec![] };
    let Some(root) = image.tree.real_path(root, true).filter(|root| !root.is_empty()) else { return vec![] };
    let links = image.tree.below(&root).filter(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
    links
        .take(20)
        .map(|(path, _)| {
            let message =
                "is a symbolic link in the UI's directory, which a host may copy as a link or not at all";
            let place = Place::path(format_args!("/{path}")).on(image.platform);
            Finding::new(&UI_SYMLINK, place, message, "replace the link by the file")
        })
        .collect()
}

/// Files for hosts that metadata.json does not list, and that are therefore not copied to any host: those in directories for
/// hosts, and variants of listed files for other operating systems and processors. Other files at the root and in the UI's
/// directory have other purposes.
fn unreachable(image: &PlatformImage, metadata: &Metadata) -> Vec<Finding> {
    let listed: BTreeSet<String> =
        metadata.binaries.iter().filter_map(|(_, path)| image.tree.real_path(path.as_str(), true)).collect();
    let patterns: BTreeSet<String> = listed.iter().filter_map(|path| pattern(path)).collect();
    let is_variant =
        |path: &str| !patterns.is_empty() && pattern(path).is_some_and(|pattern| patterns.contains(&pattern));
    let variants = image.tree.iter().filter(|(path, _)| is_variant(path));
    let directories = host_directories(metadata);
    let in_directories = directories.iter().flat_map(|directory| image.tree.below(directory));
    let files: BTreeSet<&str> = in_directories
        .chain(variants)
        .filter(|(path, node)| matches!(node.kind, Kind::File { .. }) && !is_listed(&listed, path))
        .map(|(path, _)| path)
        .collect();
    files
        .into_iter()
        .take(50)
        .map(|path| {
            let message = "is in the image, but metadata.json does not list it, so no host gets it";
            let place = Place::path(format_args!("/{path}")).on(image.platform);
            Finding::new(&UNREACHABLE, place, message, "list it, or remove it from the image")
        })
        .collect()
}

/// Whether the path or one of its parent directories is listed.
fn is_listed(listed: &BTreeSet<String>, path: &str) -> bool {
    listed.contains(path)
        || path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|parent| listed.contains(parent)))
}

/// Top-level directories with a name of an operating system, and those of listed paths with another usual name for
/// host files.
fn host_directories(metadata: &Metadata) -> BTreeSet<String> {
    let names: Vec<&str> =
        HostOs::ALL.iter().map(|os| os.as_str()).chain(["host", "mac", "macos", "binaries"]).collect();
    metadata
        .binaries
        .iter()
        .filter_map(|(_, path)| path.relative().split_once('/').map(|(directory, _)| directory))
        .filter(|directory| names.contains(directory))
        .map(str::to_owned)
        .chain(HostOs::ALL.iter().map(|os| os.as_str().to_owned()))
        .collect()
}
