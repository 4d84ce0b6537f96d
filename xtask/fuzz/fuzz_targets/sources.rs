//! Any text as the sources of an extension: metadata.json before the first `|`, the Dockerfile after it. Applying fixes has
//! to come to an end, and a fixed metadata.json has to be valid JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_inspect::check::Folder;
use sixfold_inspect::check::report::Report;
use sixfold_inspect::report::Format;
use sixfold_inspect::metadata;
use sixfold_model::finding::Place;

fuzz_target!(|text: &str| {
    let (metadata, dockerfile) = text.split_once('|').unwrap_or(("{}", text));
    let mut folder = Folder::of("no/such/folder".into(), metadata, dockerfile);
    let findings = folder.check().into_iter().map(|fixed| fixed.finding).collect();
    let report = Report { folder: "x", findings, fixed: vec![] };
    for format in [Format::Text, Format::Json, Format::Markdown] {
        report.render(format).expect("every report can be shown");
    }
    for file in folder.fix() {
        file.diff();
        let is_metadata = file.source.name == "metadata.json";
        let read = metadata::read(file.text.as_bytes(), &Place::path("metadata.json"));
        assert!(!is_metadata || read.metadata.is_some(), "{}", file.text);
    }
    assert!(folder.fix().is_empty(), "applying fixes does not end");
});
