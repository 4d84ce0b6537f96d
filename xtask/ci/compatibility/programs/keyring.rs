fn main() {
    // There is no such entry, and perhaps no keychain: what matters is that it is queried.
    match keyring::Entry::new("no such service", "no such user").and_then(|entry| entry.get_password()) {
        Ok(_) => panic!("there is such an entry"),
        Err(error) => println!("{error}"),
    }
}
