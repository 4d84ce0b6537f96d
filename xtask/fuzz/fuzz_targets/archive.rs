//! Any bytes as an image archive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_inspect::report::Format;

fuzz_target!(|bytes: &[u8]| {
    let file = std::env::temp_dir().join(format!("fuzz-archive-{}", std::process::id()));
    std::fs::write(&file, bytes).expect("the folder for temporary files is writable");
    if let Ok(inspection) = sixfold_inspect::image(&file.to_string_lossy()) {
        inspection.render(Format::Json).expect("every inspection can be shown");
        inspection.render(Format::Text).expect("every inspection can be shown");
    }
});
