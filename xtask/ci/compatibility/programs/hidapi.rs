fn main() {
    match hidapi::HidApi::new() {
        Ok(api) => println!("{} devices", api.device_list().count()),
        Err(error) => println!("{error}"),
    }
}
