fn main() {
    match notify_rust::Notification::new().summary("hello").show() {
        Ok(_) => println!("shown"),
        Err(error) => println!("{error}"),
    }
}
