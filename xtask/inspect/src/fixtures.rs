//! A sound extension as a folder of root trees, which tests then spoil in one way each.

use camino::Utf8PathBuf;

use super::Inspection;
use sixfold_judge::samples::{elf, macho, pe};
use sixfold_model::matrix::{Arch, Platform};

pub(crate) const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";
pub(crate) const METADATA: &str = r#"{
  "icon": "icon.svg",
  "ui": { "dashboard-tab": { "title": "Tool", "root": "/ui", "src": "index.html" } },
  "host": { "binaries": [{
    "darwin": [{ "path": "/darwin/tool" }],
    "windows": [{ "path": "/windows/tool.exe" }],
    "linux": [{ "path": "/linux/tool" }]
  }] }
}"#;

/// The programs of one architecture, native everywhere.
pub(crate) fn programs(arch: Arch) -> [(&'static str, Vec<u8>); 3] {
    [
        ("darwin/tool", macho(arch, &[SYSTEM], true)),
        ("windows/tool.exe", pe(arch, &["KERNEL32.dll"])),
        ("linux/tool", elf(arch, None, &[])),
    ]
}

/// The folder; it is removed when this is dropped.
pub(crate) struct Extension {
    _temp: tempfile::TempDir,
    pub root: Utf8PathBuf,
}

impl Extension {
    /// Sound in every way that a folder can be.
    pub(crate) fn sound() -> Self {
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

    pub(crate) fn path(&self, platform: Platform, path: &str) -> Utf8PathBuf {
        self.root.join(platform.to_string().replace('/', "_")).join(path)
    }

    pub(crate) fn write(&self, platform: Platform, path: &str, bytes: &[u8], mode: u32) {
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
    pub(crate) fn metadata(&self, text: &str) {
        for platform in Platform::ALL {
            self.write(platform, "metadata.json", text.as_bytes(), 0o644);
        }
    }

    pub(crate) fn inspect(&self) -> Inspection {
        super::image(self.root.as_str()).unwrap()
    }

    /// The codes of all problems, each once, sorted.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        codes(&self.inspect())
    }
}

pub(crate) fn codes(inspection: &Inspection) -> Vec<&'static str> {
    let mut codes: Vec<_> = inspection.problems().map(|finding| finding.code()).collect();
    codes.sort();
    codes.dedup();
    codes
}
