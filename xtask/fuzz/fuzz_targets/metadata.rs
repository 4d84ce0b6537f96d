//! Any bytes as metadata.json.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xtask::finding::{Place, render};
use xtask::inspect::metadata;

fuzz_target!(|bytes: &[u8]| {
    let (_, findings) = metadata::read(bytes, &Place::path(metadata::FILE));
    render::text(&findings);
    render::markdown(&findings);
});
