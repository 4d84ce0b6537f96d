fn main() {
    println!("{} addresses", if_addrs::get_if_addrs().unwrap().len());
}
