//! Any text as the value of each label that Docker documents.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_inspect::labels;
use sixfold_model::finding::{Place, render};

fuzz_target!(|value: &str| {
    let all = labels::documented().map(|label| (label.to_owned(), value.to_owned())).collect();
    let findings = labels::check(&all, &Place::label);
    render::text(&findings);
    render::markdown(&findings);
});
