//! One image from the cells of two machines, each with a clone of its own.

use camino::Utf8Path;

use crate::sandbox::Sandbox;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_cells_of_two_machines_make_the_same_image_as_one_machine() {
    let [one, mac, other] = [Sandbox::hello(), Sandbox::hello(), Sandbox::hello()];
    let cells = mac.xtask(&["dist", "--only", "darwin"]).succeeded().stdout;
    let cells = Utf8Path::new(cells.trim_end());
    assert_eq!(cells.parent(), Some(mac.dist_folder().as_path()));
    let both = other.dist(&["--from", cells.as_str()]);
    assert!(fs_err::read(one.dist(&[])).unwrap() == fs_err::read(both).unwrap(), "the archives differ");

    let target = |sandbox: &Sandbox, triple: &str| sandbox.dist_folder().with_file_name(triple).exists();
    assert!(target(&mac, "aarch64-apple-darwin") && !target(&mac, "x86_64-unknown-linux-musl"));
    assert!(!target(&other, "aarch64-apple-darwin") && target(&other, "x86_64-unknown-linux-musl"));
}
