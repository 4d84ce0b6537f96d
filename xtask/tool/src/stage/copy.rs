//! Writes the files of the stage. Content is copied and the mode is set, so that neither the umask nor the mode of the
//! source reaches the image.

use anyhow::Result;
use camino::Utf8Path;
use fs_err as fs;

/// Copies a file, and creates its folder if needed.
pub(super) fn file(from: &Utf8Path, to: &Utf8Path, mode: u32) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(from, to)?;
    set_mode(to, mode)
}

/// Writes a file, and creates its folder if needed.
pub(super) fn write(path: &Utf8Path, content: &[u8], mode: u32) -> Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, content)?;
    set_mode(path, mode)
}

#[cfg(unix)]
pub(super) fn set_mode(path: &Utf8Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(unix)]
pub(super) fn mode_of(path: &Utf8Path) -> Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(Some(fs::metadata(path)?.permissions().mode()))
}

/// Windows has no modes. Both engines set them in the image, as the Dockerfile asks with `--chmod`. Windows does copy the
/// read-only mark of a source, which has to be removed from the copy.
#[cfg(not(unix))]
#[expect(clippy::permissions_set_readonly_false, reason = "Windows has no other permission")]
pub(super) fn set_mode(path: &Utf8Path, _: u32) -> Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(false);
    Ok(fs::set_permissions(path, permissions)?)
}

#[cfg(not(unix))]
pub(super) fn mode_of(_: &Utf8Path) -> Result<Option<u32>> {
    Ok(None)
}
