fn main() {
    let own = std::env::current_exe().unwrap();
    if std::env::args().count() > 1 {
        return println!("child");
    }
    assert_eq!(duct::cmd!(own, "child").read().unwrap(), "child");
}
