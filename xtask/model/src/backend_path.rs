//! Where the backend may be in the image.

/// The name of a backend that is neither a bin of the workspace nor has an `image-path`.
pub(crate) const DEFAULT_NAME: &str = "backend";

/// The names at the root of the image that are for something else: the UI, host binaries, and what a container engine mounts.
const TAKEN: [&str; 9] = ["ui", "darwin", "windows", "linux", "metadata.json", "run", "dev", "proc", "sys"];

/// Fails if the path in the image, without the leading slash, is for something else.
pub(crate) fn check_path(path: &str) -> Result<(), String> {
    let first = path.split('/').next().unwrap_or_default();
    // `/run/NAME` is hidden by what desktops mount there, but `/usr/bin/NAME` is not.
    match TAKEN.contains(&first) {
        true => Err(format!(
            "the backend cannot be /{path} in the image: /{first} is for something else\n\
             help: rename the bin, or set `image-path`"
        )),
        false => Ok(()),
    }
}
