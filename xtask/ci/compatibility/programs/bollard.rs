fn main() {
    println!("{}", bollard::Docker::connect_with_defaults().is_ok());
}
