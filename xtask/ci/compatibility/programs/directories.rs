fn main() {
    println!("{:?}", directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned()));
}
