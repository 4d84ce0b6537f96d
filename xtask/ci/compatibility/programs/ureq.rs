fn main() {
    let error = ureq::get("https://127.0.0.1:1/").call().unwrap_err();
    println!("{error}");
}
