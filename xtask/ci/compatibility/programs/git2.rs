fn main() {
    println!("{:?}", git2::Version::get().libgit2_version());
    assert!(git2::Repository::open("no such folder").is_err());
}
