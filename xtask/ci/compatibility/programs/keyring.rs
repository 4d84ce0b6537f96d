fn main() {
    // There may be no such entry, or no keychain at all: what matters is that it is asked.
    match keyring::Entry::new("no such service", "nobody").and_then(|entry| entry.get_password()) {
        Ok(_) => panic!("there is such an entry"),
        Err(error) => println!("{error}"),
    }
}
