fn main() {
    let packed = lz4::block::compress(b"hello", None, true).unwrap();
    assert_eq!(lz4::block::decompress(&packed, None).unwrap(), b"hello");
}
