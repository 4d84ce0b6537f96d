fn main() {
    let packed = liblzma::encode_all(&b"hello"[..], 6).unwrap();
    assert_eq!(liblzma::decode_all(&*packed).unwrap(), b"hello");
}
