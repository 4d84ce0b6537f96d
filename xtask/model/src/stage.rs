//! The layout of the stage, `target/dist/stage`: the folder that the Dockerfile copies from.
//!
//! ```text
//! common/icon.svg               the files that metadata.json names; the same in both platforms
//! common/metadata.json          as the author wrote it
//! common/ui/                    the built UI
//! amd64/metadata.json           lists only what hosts of this architecture get
//! amd64/darwin/NAME             a host binary, or a file next to it
//! amd64/windows/NAME.exe
//! amd64/vm/NAME                 the backend, which is at /NAME in the image
//! arm64/…
//! ```
//!
//! A path in the image is a path below `common/` or below the folder of an architecture, except for that of the backend. All paths here are relative to the
//! stage, with `/`.

use crate::matrix::{Cell, ImagePath, Platform, RunsOn};

/// The name of the stage as a build context, if the project is the main one.
pub const CONTEXT: &str = "stage";
/// The folder of the files that both platforms have in common.
const COMMON: &str = "common";
/// The folder of the built UI.
pub const UI: &str = "common/ui";
/// The file's name, in `common/` and in the folder of each platform.
const METADATA: &str = "metadata.json";

/// A file that both platforms have, by its path in the image: `common/icon.svg`.
pub fn common(path: &ImagePath) -> String {
    format!("{COMMON}{path}")
}

/// metadata.json as the author wrote it: `common/metadata.json`.
pub fn common_metadata() -> String {
    format!("{COMMON}/{METADATA}")
}

/// The metadata.json of a platform: `amd64/metadata.json`.
pub fn metadata(platform: Platform) -> String {
    format!("{}/{METADATA}", folder(platform))
}

/// The folder of what differs between the platforms: `amd64`.
fn folder(platform: Platform) -> &'static str {
    platform.arch().as_str()
}

/// A file that only one platform has, by its path in the image: `amd64/etc/tool.conf`.
pub fn file(platform: Platform, path: &ImagePath) -> String {
    format!("{}{path}", folder(platform))
}

/// The folder of a platform's files for an operating system, or for Docker's VM: `amd64/darwin`, `amd64/vm`.
pub fn cell_folder(platform: Platform, os: RunsOn) -> String {
    format!("{}/{os}", folder(platform))
}

/// A host binary or a file next to it: `amd64/darwin/NAME`. The backend: `amd64/vm/NAME`.
pub fn cell(cell: &Cell) -> String {
    match cell.os {
        RunsOn::Host(_) => file(cell.platform, &cell.path()),
        RunsOn::Vm => format!("{}/{}", cell_folder(cell.platform, cell.os), cell.file_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::HostOs;

    #[test]
    fn every_file_has_its_place() {
        let arm64 = Platform::ALL[1];
        let icon = ImagePath::new("art/icon.svg").unwrap();
        assert_eq!(common(&icon), "common/art/icon.svg");
        assert_eq!(file(arm64, &icon), "arm64/art/icon.svg");
        assert_eq!(
            (common_metadata().as_str(), metadata(arm64).as_str()),
            ("common/metadata.json", "arm64/metadata.json")
        );
        let tool = Cell::of("tool", HostOs::Windows, arm64);
        assert_eq!(cell(&tool), "arm64/windows/tool.exe");
        assert!(cell(&tool).starts_with(&cell_folder(arm64, HostOs::Windows.into())));
        assert_eq!(cell(&Cell::of("server", RunsOn::Vm, arm64)), "arm64/vm/server");
    }
}
