//! The matrix: which binary, for which host operating system, in which platform's image.
//!
//! Docker Desktop's metadata names host binaries by operating system only; the architecture is that of the image
//! variant which the host pulls. So one image path holds different bytes in the two variants. A [`Cell`] is one such
//! file, and this module is the only place where an operating system and an architecture are turned into a Rust
//! target, a file name or a path in the image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A host operating system: a key of `host.binaries` in metadata.json.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostOs {
    Darwin,
    Windows,
    Linux,
}

impl HostOs {
    pub const ALL: [Self; 3] = [Self::Darwin, Self::Windows, Self::Linux];

    /// The key in metadata.json, which is also the name of the folder at the image's root.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Darwin => "darwin",
            Self::Windows => "windows",
            Self::Linux => "linux",
        }
    }

    /// What an executable's file name ends with.
    pub const fn exe_suffix(self) -> &'static str {
        match self {
            Self::Windows => ".exe",
            Self::Darwin | Self::Linux => "",
        }
    }

    /// By which two files in one folder of a host are the same: macOS and Windows do not tell case apart.
    pub fn file_key(self, name: &str) -> String {
        if self == Self::Linux { name.to_owned() } else { name.to_lowercase() }
    }
}

/// A processor architecture, in the words of Docker and Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    Amd64,
    Arm64,
}

impl Arch {
    pub const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The first part of a Rust target triple.
    pub const fn rust_name(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

/// A platform of the image. Its operating system is always linux: extensions run no Windows containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform(pub Arch);

impl Platform {
    pub const ALL: [Self; 2] = [Self(Arch::Amd64), Self(Arch::Arm64)];

    /// The architecture, which is also what BuildKit puts into `TARGETARCH`.
    pub const fn arch(self) -> Arch {
        self.0
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|platform| platform.to_string() == text).ok_or_else(|| {
            format!("`{text}` is not a platform of an extension: use linux/amd64 or linux/arm64")
        })
    }
}

impl TryFrom<String> for Platform {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

/// One of the six Rust targets that a host can need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Target {
    pub os: HostOs,
    pub arch: Arch,
}

impl Target {
    /// All six, in the order of the matrix.
    pub fn all() -> impl Iterator<Item = Self> {
        HostOs::ALL.into_iter().flat_map(|os| Arch::ALL.into_iter().map(move |arch| Self { os, arch }))
    }

    /// The triple: static musl on linux, so that no libc of the host is needed; gnullvm on windows, because it links
    /// from any machine and needs no runtime that Windows does not bring.
    pub const fn triple(self) -> &'static str {
        match (self.os, self.arch) {
            (HostOs::Darwin, Arch::Amd64) => "x86_64-apple-darwin",
            (HostOs::Darwin, Arch::Arm64) => "aarch64-apple-darwin",
            (HostOs::Windows, Arch::Amd64) => "x86_64-pc-windows-gnullvm",
            (HostOs::Windows, Arch::Arm64) => "aarch64-pc-windows-gnullvm",
            (HostOs::Linux, Arch::Amd64) => "x86_64-unknown-linux-musl",
            (HostOs::Linux, Arch::Arm64) => "aarch64-unknown-linux-musl",
        }
    }

    /// As cargo writes it in the names of variables.
    pub fn variable_name(self) -> String {
        self.triple().to_uppercase().replace('-', "_")
    }

    /// The target of a triple; `None` for one that no host needs.
    pub fn from_triple(triple: &str) -> Option<Self> {
        Self::all().find(|target| target.triple() == triple)
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(triple: String) -> Result<Self, String> {
        Self::from_triple(&triple).ok_or_else(|| {
            let all: Vec<_> = Self::all().map(Self::triple).collect();
            format!("`{triple}` is no target of an extension; they are {}", all.join(", "))
        })
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.triple())
    }
}

/// An absolute path in the image, always with `/`, normalised: no `.`, `..`, empty part or trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImagePath(String);

impl ImagePath {
    /// Reads a path as metadata.json or a Dockerfile gives it; a relative one starts at the root. Fails on `..`,
    /// a backslash and NUL, which have no business in an image path.
    pub fn new(text: &str) -> Result<Self, String> {
        let bad = |what: &str| Err(format!("the image path `{}` {what}", text.escape_default()));
        if text.contains(['\\', '\0']) {
            return bad("holds a backslash or NUL: image paths are written with `/`");
        }
        let parts: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return bad("holds `..`");
        }
        Ok(Self(format!("/{}", parts.join("/"))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the leading slash, as tar archives and the stage name it.
    pub fn relative(&self) -> &str {
        &self.0[1..]
    }

    /// The last part: what Docker Desktop calls the file on the host, where all of them land in one folder.
    pub fn base_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// One binary, or a file beside it, for one host operating system in one platform's image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The binary's name, without `.exe`.
    pub binary: String,
    /// A file beside the binary, by its name on the host; `None`: the binary itself.
    pub file: Option<String>,
    pub os: HostOs,
    pub platform: Platform,
}

impl Cell {
    /// The cell of a binary itself.
    pub fn of(binary: impl Into<String>, os: HostOs, platform: Platform) -> Self {
        Self { binary: binary.into(), file: None, os, platform }
    }

    /// The target that is native to every host which pulls this platform.
    pub const fn target(&self) -> Target {
        Target { os: self.os, arch: self.platform.arch() }
    }

    pub fn file_name(&self) -> String {
        self.file.clone().unwrap_or_else(|| format!("{}{}", self.binary, self.os.exe_suffix()))
    }

    /// Where the file is in the image; the same in both platforms, as metadata.json demands.
    pub fn path(&self) -> ImagePath {
        ImagePath(format!("/{}/{}", self.os, self.file_name()))
    }
}

macro_rules! display_as_str {
    ($($type:ty),+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )+};
}
display_as_str!(HostOs, Arch, ImagePath);

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            Arch::Amd64 => "linux/amd64",
            Arch::Arm64 => "linux/arm64",
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.triple())
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.path(), self.platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triple_leads_back_to_its_target() {
        for target in Target::all() {
            assert_eq!(Target::from_triple(target.triple()), Some(target));
            assert!(target.triple().starts_with(target.arch.rust_name()));
        }
        assert_eq!(Target::from_triple("x86_64-unknown-linux-gnu"), None);
    }

    #[test]
    fn a_cell_has_the_same_path_in_both_platforms() {
        let path = |platform| Cell::of("tool", HostOs::Windows, platform).path();
        assert_eq!(path(Platform::ALL[0]).as_str(), "/windows/tool.exe");
        assert_eq!(path(Platform::ALL[0]), path(Platform::ALL[1]));
    }

    #[test]
    fn image_paths_are_normalised() {
        for text in ["/ui/x", "ui/x", "./ui//x/", "/ui/./x"] {
            assert_eq!(ImagePath::new(text).unwrap().as_str(), "/ui/x", "{text}");
        }
        assert_eq!(ImagePath::new("/ui/x.js").unwrap().base_name(), "x.js");
        assert_eq!(ImagePath::new("").unwrap().as_str(), "/");
        for text in ["../x", "/a/../b", "a\\b", "a\0b"] {
            assert!(ImagePath::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn platforms_are_the_two_of_an_extension() {
        assert_eq!("linux/arm64".parse(), Ok(Platform(Arch::Arm64)));
        assert!("linux/arm/v7".parse::<Platform>().unwrap_err().contains("linux/arm64"));
    }
}
