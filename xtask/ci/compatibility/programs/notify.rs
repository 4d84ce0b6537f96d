use notify::Watcher as _;

fn main() {
    let mut watcher = notify::recommended_watcher(|_| ()).unwrap();
    watcher.watch(std::path::Path::new("."), notify::RecursiveMode::NonRecursive).unwrap();
}
