//! The matrix: the binaries of an extension, by host operating system and by platform of the image.
//!
//! metadata.json lists host binaries by operating system only. The architecture is that of the image variant that the host
//! pulls. So one path in the image has different content in the two variants. A [`Cell`] is one such file. Only this module
//! turns an operating system and an architecture into a Rust target, a file name or a path in the image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A host operating system: a key of `host.binaries` in metadata.json.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostOs {
    /// macOS.
    Darwin,
    /// Windows.
    Windows,
    /// Linux.
    Linux,
}

impl HostOs {
    /// All of them, in the order of the matrix.
    pub const ALL: [Self; 3] = [Self::Darwin, Self::Windows, Self::Linux];

    /// The key in metadata.json, which is also the name of the folder at the image's root.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Darwin => "darwin",
            Self::Windows => "windows",
            Self::Linux => "linux",
        }
    }

    /// The end of an executable's file name: `.exe` or nothing.
    pub const fn exe_suffix(self) -> &'static str {
        match self {
            Self::Windows => ".exe",
            Self::Darwin | Self::Linux => "",
        }
    }

    /// A key that is equal for names of the same file: macOS and Windows ignore case.
    pub(crate) fn file_key(self, name: &str) -> String {
        if self == Self::Linux { name.to_owned() } else { name.to_lowercase() }
    }
}

/// A processor architecture, with the names of Docker and Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// x86-64.
    Amd64,
    /// AArch64.
    Arm64,
}

impl Arch {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// `amd64` or `arm64`.
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

/// A platform of the image. Its operating system is always Linux, because extensions cannot run Windows containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform(pub Arch);

impl Platform {
    /// Both, amd64 first.
    pub const ALL: [Self; 2] = [Self(Arch::Amd64), Self(Arch::Arm64)];

    /// The architecture, which is also the value of `TARGETARCH` in BuildKit.
    pub const fn arch(self) -> Arch {
        self.0
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|platform| platform.to_string() == text).ok_or_else(|| {
            format!("`{text}` is not a platform of an extension\nhelp: use linux/amd64 or linux/arm64")
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

/// One of the six Rust targets of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Target {
    /// The operating system of the host.
    pub os: HostOs,
    /// The architecture of the host.
    pub arch: Arch,
}

impl Target {
    /// All six, in the order of the matrix.
    pub fn all() -> impl Iterator<Item = Self> {
        HostOs::ALL.into_iter().flat_map(|os| Arch::ALL.into_iter().map(move |arch| Self { os, arch }))
    }

    /// The triple. musl on Linux, because static binaries need no libc of the host; gnullvm on Windows, because it links on any
    /// machine and needs only the runtime that Windows comes with.
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

    /// The triple as it occurs in the names of cargo's variables.
    pub fn variable_name(self) -> String {
        self.triple().to_uppercase().replace('-', "_")
    }

    /// The target of a triple. `None` for other triples than the six.
    pub fn from_triple(triple: &str) -> Option<Self> {
        Self::all().find(|target| target.triple() == triple)
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(triple: String) -> Result<Self, String> {
        Self::from_triple(&triple).ok_or_else(|| {
            let all: Vec<_> = Self::all().map(Self::triple).collect();
            format!("`{triple}` is not a target of an extension\nhelp: use one of {}", all.join(", "))
        })
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.triple())
    }
}

/// An absolute path in the image, always with `/`, and normalised: no `.`, no `..`, no empty part, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImagePath(String);

impl ImagePath {
    /// Reads a path of metadata.json or a Dockerfile. A relative one starts at the root. Fails on `..`, a backslash and NUL,
    /// which cannot be in such a path.
    pub fn new(text: &str) -> Result<Self, String> {
        let bad = |what: &str| Err(format!("the image path `{}` {what}", text.escape_default()));
        if text.contains(['\\', '\0']) {
            return bad("contains a backslash or NUL: image paths are written with `/`");
        }
        let parts: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return bad("contains `..`");
        }
        Ok(Self(format!("/{}", parts.join("/"))))
    }

    /// With the leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the leading slash, as in tar archives and in the project.
    pub fn relative(&self) -> &str {
        self.0.strip_prefix('/').unwrap_or(&self.0)
    }

    /// The last part: the file's name on the host, where Docker Desktop copies all files into one folder.
    pub fn base_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// Where a file runs: the `os` of a cell in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum RunsOn {
    /// On hosts with this operating system.
    Host(HostOs),
    /// In Docker's VM, in a container of the extension's image.
    Vm,
}

impl RunsOn {
    /// The key in metadata.json, or `vm`. It is also the name of the folder in the stage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host(os) => os.as_str(),
            Self::Vm => "vm",
        }
    }

    /// The operating system of the hosts. `None` for the VM.
    pub const fn host(self) -> Option<HostOs> {
        match self {
            Self::Host(os) => Some(os),
            Self::Vm => None,
        }
    }

    /// The operating system that the file is a program for.
    pub const fn system(self) -> HostOs {
        match self.host() {
            Some(os) => os,
            None => HostOs::Linux,
        }
    }
}

impl From<HostOs> for RunsOn {
    fn from(os: HostOs) -> Self {
        Self::Host(os)
    }
}

impl From<RunsOn> for &'static str {
    fn from(runs_on: RunsOn) -> Self {
        runs_on.as_str()
    }
}

impl PartialEq<HostOs> for RunsOn {
    fn eq(&self, os: &HostOs) -> bool {
        *self == Self::Host(*os)
    }
}

/// A binary, or a file next to it, for one host operating system or for Docker's VM, in the image of one platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The binary's name, without `.exe`.
    pub binary: String,
    /// The name of a file next to the binary. `None`: the binary itself.
    pub file: Option<String>,
    /// The operating system of the hosts that get it, or Docker's VM.
    pub os: RunsOn,
    /// The platform of the image that contains it.
    pub platform: Platform,
    /// Its path in the image. `None`: the usual one, `/OS/NAME`, and `/NAME` for the VM.
    pub at: Option<ImagePath>,
}

impl Cell {
    /// The cell of a binary itself.
    pub fn of(binary: impl Into<String>, os: impl Into<RunsOn>, platform: Platform) -> Self {
        Self { binary: binary.into(), file: None, os: os.into(), platform, at: None }
    }

    /// The cell of a file that belongs to no binary. Its path takes the place of a name, and no binary has such a name.
    pub fn at(path: ImagePath, os: HostOs, platform: Platform) -> Self {
        let file = path.base_name().to_owned();
        Self { file: Some(file), at: Some(path.clone()), ..Self::of(path.as_str(), os, platform) }
    }

    /// The native target of every host that pulls this platform.
    pub const fn target(&self) -> Target {
        Target { os: self.os.system(), arch: self.platform.arch() }
    }

    /// Its name on the host, or in the VM.
    pub fn file_name(&self) -> String {
        if let Some(path) = &self.at {
            return path.base_name().to_owned();
        }
        self.file.clone().unwrap_or_else(|| format!("{}{}", self.binary, self.os.system().exe_suffix()))
    }

    /// Its path in the image. The same in both platforms, as metadata.json requires.
    pub fn path(&self) -> ImagePath {
        let usual = || match self.os {
            RunsOn::Host(os) => ImagePath(format!("/{os}/{}", self.file_name())),
            RunsOn::Vm => ImagePath(format!("/{}", self.file_name())),
        };
        self.at.clone().unwrap_or_else(usual)
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
display_as_str!(HostOs, RunsOn, Arch, ImagePath);

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
    fn every_triple_gives_back_its_target() {
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
    fn the_backend_is_a_linux_program_at_the_root_of_the_image() {
        let cell = Cell::of("server", RunsOn::Vm, Platform::ALL[1]);
        assert_eq!((cell.path().as_str(), cell.os.as_str()), ("/server", "vm"));
        assert_eq!(cell.target().triple(), "aarch64-unknown-linux-musl");
        assert_ne!(cell.os, HostOs::Linux);
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
    fn only_two_platforms_are_valid() {
        assert_eq!("linux/arm64".parse(), Ok(Platform(Arch::Arm64)));
        assert!("linux/arm/v7".parse::<Platform>().unwrap_err().contains("linux/arm64"));
    }
}
