//! Files without machine code: scripts and data.
//!
//! A script is recognized by `#!` or by its name, because batch files and PowerShell scripts have no such mark.

use sixfold_model::matrix::HostOs;

/// A file that is not an executable of any operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// Starts with `#!`, or has the extension of a script for a Unix shell.
    UnixScript,
    /// Has the extension of a script for Windows.
    WindowsScript,
    /// Starts with `#!` and has the extension of an interpreter that exists on Windows too.
    PortableScript,
    Data(Data),
}

/// What a data file looks like, for the message to the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Empty,
    /// A web page: typically the error page of a failed download.
    WebPage,
    /// What Git leaves in place of a large file that was not fetched.
    LfsPointer,
    /// A compressed file or an archive that was not unpacked.
    Archive,
    Other,
}

impl Text {
    /// Recognizes a file by its name and its first bytes (a few hundred are enough).
    pub(crate) fn of(name: &str, start: &[u8]) -> Self {
        let extension = extension(name);
        match (extension.as_str(), start.starts_with(b"#!")) {
            ("bat" | "cmd" | "ps1" | "vbs" | "wsf", _) if !start.is_empty() => Self::WindowsScript,
            ("py" | "pyw" | "js" | "mjs" | "rb" | "pl" | "php", true) => Self::PortableScript,
            (_, true) => Self::UnixScript,
            ("sh" | "bash" | "zsh" | "command", false) if !start.is_empty() => Self::UnixScript,
            _ => Self::Data(Data::of(start)),
        }
    }

    /// Whether this operating system can start it.
    pub(crate) const fn runs_on(self, os: HostOs) -> bool {
        match self {
            Self::PortableScript => true,
            Self::UnixScript => !matches!(os, HostOs::Windows),
            Self::WindowsScript => matches!(os, HostOs::Windows),
            Self::Data(_) => false,
        }
    }
}

impl Data {
    fn of(start: &[u8]) -> Self {
        let text =
            String::from_utf8_lossy(start.get(..256).unwrap_or(start)).trim_start().to_ascii_lowercase();
        const ARCHIVES: [&[u8]; 5] = [b"\x1f\x8b", b"PK\x03\x04", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd"];
        if start.is_empty() {
            Self::Empty
        } else if text.starts_with("<!doctype html") || text.starts_with("<html") {
            Self::WebPage
        } else if text.starts_with("version https://git-lfs.github.com/") {
            Self::LfsPointer
        } else if ARCHIVES.iter().any(|magic| start.starts_with(magic)) {
            Self::Archive
        } else {
            Self::Other
        }
    }

    /// Completes "the file is …".
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::WebPage => "a web page, probably the response of a failed download",
            Self::LfsPointer => "a Git LFS pointer: the file itself was not fetched",
            Self::Archive => "an archive that was not unpacked",
            Self::Other => "neither a program nor a script",
        }
    }
}

/// The extension in lower case, without the dot; empty if there is none. Parts of a version do not count: that of
/// `libssl.so.3` is `so`, and `kubectl-1.33.0-rc1` has none.
pub(crate) fn extension(name: &str) -> String {
    let is_version = |part: &str| {
        let number = part.split(['-', '+', '_']).next().unwrap_or_default();
        number.chars().all(|ch| ch.is_ascii_digit())
    };
    let (_, rest) = name.split_once('.').unwrap_or_default();
    rest.rsplit('.').find(|part| !is_version(part)).unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_recognized_by_their_mark_or_name() {
        for (name, start, expected) in [
            ("run", "#!/bin/sh\n", Text::UnixScript),
            ("run.sh", "echo hello\n", Text::UnixScript),
            ("run.CMD", "@echo off\r\n", Text::WindowsScript),
            ("run.py", "#!/usr/bin/env python3\n", Text::PortableScript),
            ("settings.properties", "a=b\n", Text::Data(Data::Other)),
            ("tool", "<!DOCTYPE html><html>", Text::Data(Data::WebPage)),
            ("tool", "", Text::Data(Data::Empty)),
            ("tool", "version https://git-lfs.github.com/spec/v1\n", Text::Data(Data::LfsPointer)),
            ("tool", "\x1f", Text::Data(Data::Other)),
            ("tool", "PK\x03\x04", Text::Data(Data::Archive)),
        ] {
            assert_eq!(Text::of(name, start.as_bytes()), expected, "{name}");
        }
        assert!(!Text::UnixScript.runs_on(HostOs::Windows));
        assert!(!Text::WindowsScript.runs_on(HostOs::Darwin));
        assert!(Text::PortableScript.runs_on(HostOs::Windows));
    }

    #[test]
    fn a_version_is_not_an_extension() {
        for (name, expected) in [
            ("kubectl-1.33.0", ""),
            ("kubectl-1.33.0-rc1", ""),
            ("kubectl-1.33.0-linux_amd64", ""),
            ("kubectl-1.33.0.EXE", "exe"),
            ("libssl.so.3", "so"),
            ("settings.json", "json"),
            ("song.mp3", "mp3"),
            ("archive.7z", "7z"),
            ("tool", ""),
            ("tool.", ""),
        ] {
            assert_eq!(extension(name), expected, "{name}");
        }
    }
}
