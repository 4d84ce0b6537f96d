//! Any bytes as a host binary, checked for every cell of the matrix.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_judge::{HostFile, Origin, check_cell, listed_crates, macos_imports, windows_imports};
use sixfold_model::matrix::{Cell, Platform, Target};

fuzz_target!(|bytes: &[u8]| {
    let file = HostFile::parse("tool", bytes);
    for target in Target::all() {
        let cell = Cell::of("tool", target.os, Platform(target.arch));
        check_cell(&cell, &file, Some(0o755), Origin::BuiltFromSource);
    }
    let _ = windows_imports(&bytes, &mut |_, _| {});
    let _ = macos_imports(&bytes);
    let _ = listed_crates(&bytes);
});
