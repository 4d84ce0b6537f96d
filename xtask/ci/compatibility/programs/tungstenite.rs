fn main() {
    assert!(tungstenite::connect("ws://127.0.0.1:1/").is_err());
}
