fn main() {
    // A program of the system, because an emulator might not be able to run this program as its own child.
    let echo =
        if cfg!(windows) { duct::cmd!("cmd", "/c", "echo child") } else { duct::cmd!("echo", "child") };
    assert_eq!(echo.read().unwrap().trim(), "child");
}
