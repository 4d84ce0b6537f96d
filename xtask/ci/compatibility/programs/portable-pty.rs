fn main() {
    let size = portable_pty::PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    match portable_pty::native_pty_system().openpty(size) {
        Ok(_) => println!("there is a terminal"),
        Err(error) => println!("{error}"),
    }
}
