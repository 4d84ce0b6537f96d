fn main() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(4, 4).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    assert_eq!(image::load_from_memory(bytes.get_ref()).unwrap().width(), 4);
}
