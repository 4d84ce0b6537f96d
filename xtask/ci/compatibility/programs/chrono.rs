fn main() {
    println!("{}", chrono::Local::now().to_rfc3339());
}
