//! Any bytes as metadata.json.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_inspect::metadata;
use sixfold_model::finding::{Place, render};

fuzz_target!(|bytes: &[u8]| {
    let (_, findings) = metadata::read(bytes, &Place::path(metadata::FILE)).into_parts();
    render::text(&findings);
    render::markdown(&findings);
});
