fn main() {
    match arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get_text()) {
        Ok(text) => println!("{} bytes", text.len()),
        Err(error) => println!("{error}"),
    }
}
