//! A correct extension as a directory of root trees, in which tests then break one thing.

use camino::Utf8PathBuf;

use super::Inspection;
use sixfold_judge::samples::{elf, macho, pe};
use sixfold_model::matrix::{Arch, Platform};

pub(super) const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";
pub(super) const METADATA: &str = r#"{
  "icon": "icon.svg",
  "ui": { "dashboard-tab": { "title": "Tool", "root": "/ui", "src": "index.html" } },
  "host": { "binaries": [{
    "darwin": [{ "path": "/darwin/tool" }],
    "windows": [{ "path": "/windows/tool.exe" }],
    "linux": [{ "path": "/linux/tool" }]
  }] }
}"#;

/// Binaries that are native on every host of one architecture.
pub(super) fn programs(arch: Arch) -> [(&'static str, Vec<u8>); 3] {
    [
        ("darwin/tool", macho(arch, &[SYSTEM], true)),
        ("windows/tool.exe", pe(arch, &["KERNEL32.dll"])),
        ("linux/tool", elf(arch, None, &[])),
    ]
}

/// The directory, which is removed on drop.
pub(super) struct Extension {
    _temp: tempfile::TempDir,
    pub root: Utf8PathBuf,
}

impl Extension {
    /// An extension without any finding.
    pub(super) fn correct() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
        let extension = Self { _temp: temp, root };
        for platform in Platform::ALL {
            for (path, text) in
                [("metadata.json", METADATA), ("icon.svg", "<svg/>"), ("ui/index.html", "<html/>")]
            {
                extension.write(platform, path, text.as_bytes(), 0o644);
            }
            for (path, bytes) in programs(platform.arch()) {
                extension.write(platform, path, &bytes, 0o755);
            }
        }
        extension
    }

    pub(super) fn path(&self, platform: Platform, path: &str) -> Utf8PathBuf {
        self.root.join(platform.to_string().replace('/', "_")).join(path)
    }

    pub(super) fn write(&self, platform: Platform, path: &str, bytes: &[u8], mode: u32) {
        let file = self.path(platform, path);
        fs_err::create_dir_all(file.parent().unwrap()).unwrap();
        fs_err::write(&file, bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs_err::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        #[cfg(not(unix))]
        let _ = mode;
    }

    /// Writes metadata.json to both platforms.
    pub(super) fn metadata(&self, text: &str) {
        for platform in Platform::ALL {
            self.write(platform, "metadata.json", text.as_bytes(), 0o644);
        }
    }

    pub(super) fn inspect(&self) -> Inspection {
        super::image(self.root.as_str()).unwrap()
    }

    /// The codes of all problems, each once, sorted.
    pub(super) fn codes(&self) -> Vec<&'static str> {
        codes(&self.inspect())
    }
}

pub(super) fn codes(inspection: &Inspection) -> Vec<&'static str> {
    let mut codes: Vec<_> = inspection.problems().map(|finding| finding.code()).collect();
    codes.sort();
    codes.dedup();
    codes
}
