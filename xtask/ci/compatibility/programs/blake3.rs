fn main() {
    println!("{}", blake3::hash(b"hello"));
}
