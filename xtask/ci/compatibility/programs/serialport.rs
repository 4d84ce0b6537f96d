fn main() {
    match serialport::available_ports() {
        Ok(ports) => println!("{} ports", ports.len()),
        Err(error) => println!("{error}"),
    }
}
