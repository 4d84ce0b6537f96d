fn main() {
    match hickory_resolver::system_conf::read_system_conf() {
        Ok((config, _)) => println!("{} name servers", config.name_servers().len()),
        Err(error) => println!("{error}"),
    }
}
