fn main() {
    let packed = zstd::encode_all(&b"hello"[..], 3).unwrap();
    assert_eq!(zstd::decode_all(&*packed).unwrap(), b"hello");
}
