use std::io::{Read as _, Write as _};

fn main() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"hello").unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*encoder.finish().unwrap()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}
