fn main() {
    let mut pixmap = tiny_skia::Pixmap::new(4, 4).unwrap();
    pixmap.fill(tiny_skia::Color::WHITE);
    assert!(pixmap.encode_png().unwrap().len() > 8);
}
