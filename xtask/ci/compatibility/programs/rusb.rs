fn main() {
    println!("{:?}", rusb::version());
}
