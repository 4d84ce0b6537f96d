//! Any bytes as a host binary, checked for every cell of the matrix.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_judge::{Examined, Origin, strict};
use sixfold_model::matrix::{Cell, Platform, Target};

fuzz_target!(|bytes: &[u8]| {
    let examined = Examined::of("tool", bytes);
    for target in Target::all() {
        let cell = Cell::of("tool", target.os, Platform(target.arch));
        strict(&cell, &examined, Some(0o755), Origin::Own);
    }
});
