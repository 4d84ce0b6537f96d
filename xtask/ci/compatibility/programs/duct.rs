fn main() {
    // A program of the system: an emulator runs this one, and might not run it again as its own child.
    let said = match cfg!(windows) {
        true => duct::cmd!("cmd", "/c", "echo child").read(),
        false => duct::cmd!("echo", "child").read(),
    };
    assert_eq!(said.unwrap().trim(), "child");
}
