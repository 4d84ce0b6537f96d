//! Any bytes as the layers of an image. A `|` starts the next layer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixfold_inspect::report::Format;

/// The archive that `docker save` would write for an image with these layers.
fn archive(layers: &[&[u8]]) -> std::io::Result<Vec<u8>> {
    let names: Vec<String> = (0..layers.len()).map(|number| format!("{number}.tar")).collect();
    let manifest = serde_json::json!([{ "Config": "config.json", "Layers": names }]).to_string();
    let config = r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"}}"#;
    let documents = [("manifest.json", manifest.as_bytes()), ("config.json", config.as_bytes())];
    let layers = names.iter().map(String::as_str).zip(layers.iter().copied());
    let mut builder = tar::Builder::new(vec![]);
    for (name, bytes) in documents.into_iter().chain(layers) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes)?;
    }
    builder.into_inner()
}

fuzz_target!(|bytes: &[u8]| {
    let layers: Vec<&[u8]> = bytes.split(|byte| *byte == b'|').take(8).collect();
    let file = std::env::temp_dir().join(format!("fuzz-layer-{}", std::process::id()));
    let archive = archive(&layers).expect("writing to memory cannot fail");
    std::fs::write(&file, archive).expect("the folder for temporary files is writable");
    if let Ok(inspection) = sixfold_inspect::image(&file.to_string_lossy()) {
        inspection.render(Format::Text).expect("every inspection can be shown");
    }
});
