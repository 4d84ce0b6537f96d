//! Files with the same content within one platform's image.

use std::collections::BTreeMap;
use std::io::copy;

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use sixfold_base::terminal::size;
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::{At, Kind};
use sixfold_model::finding::{Finding, Place};

sixfold_model::lints! {
    SHIPPED_TWICE = Note "shipped-twice";
}

/// Smaller files, in bytes, are not reported.
const LARGE: u64 = 64 << 10;
/// The most bytes to read. Sparse files can have any size.
const MOST: u64 = 4 << 30;

/// One note for each content that several files have. Only files of equal size are read.
pub(super) fn check(image: &PlatformImage) -> Result<Vec<Finding>> {
    let mut by_size: BTreeMap<u64, BTreeMap<&At, &str>> = BTreeMap::new();
    for (path, node) in image.tree.iter() {
        if let Kind::File { size: size @ LARGE.., at } = &node.kind {
            // Hard links have the same place in the image and cost nothing.
            by_size.entry(*size).or_default().entry(at).or_insert(path);
        }
    }
    by_size.retain(|_, files| files.len() > 1);
    let mut left = MOST;
    by_size.retain(|size, files| match left.checked_sub(size.saturating_mul(files.len() as u64)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    let wanted: Vec<At> = by_size.values().flat_map(BTreeMap::keys).map(|at| (*at).clone()).collect();
    let paths: BTreeMap<&At, &str> = by_size.into_values().flatten().collect();
    let mut same: BTreeMap<[u8; 32], (u64, Vec<&str>)> = BTreeMap::new();
    image.store.visit(&wanted, &mut |at, content| {
        let mut hasher = Hasher(Sha256::new());
        let bytes = copy(content, &mut hasher)?;
        let entry = same.entry(hasher.0.finalize().into()).or_insert((bytes, vec![]));
        entry.1.extend(paths.get(at));
        Ok(())
    })?;
    Ok(same.into_values().filter(|(_, paths)| paths.len() > 1).map(|found| note(image, found)).collect())
}

fn note(image: &PlatformImage, (bytes, mut paths): (u64, Vec<&str>)) -> Finding {
    paths.sort_unstable();
    let mut paths = paths.into_iter();
    let first = paths.next().unwrap_or_default();
    let others: Vec<_> = paths.take(5).map(|path| format!("/{path}")).collect();
    let message = format!("has the same content ({}) as {}", size(bytes), others.join(", "));
    let place = Place::path(format_args!("/{first}")).on(image.platform);
    Finding::new(&SHIPPED_TWICE, place, message, "ship it only once")
}

/// Implements `Write` for `copy`.
struct Hasher(Sha256);

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
