//! Links macOS binaries to the same bytes in every directory.

use std::ffi::OsString;

use anyhow::Result;
use camino::Utf8PathBuf;
use fs_err as fs;

/// What cargo appends to the names of files.
const EXTRA: &str = "extra-filename=";

/// A macOS binary that lld links. lld writes the name of the file into the signature, and makes the UUID of the binary from
/// it. Cargo's name ends in a hash that depends on the directory, so the binary is linked under the name of its crate, in a
/// directory of its own, and renamed afterwards.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MacosBinary {
    /// The directory and the end of the file name that cargo expects.
    out_dir: Utf8PathBuf,
    extra: String,
    name: String,
}

impl MacosBinary {
    /// The binary that this call of rustc links, if it links one.
    pub(super) fn linked_by(arguments: &[OsString]) -> Option<Self> {
        let texts: Vec<_> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
        let value_of = |flag| texts.iter().skip_while(|text| **text != flag).nth(1).copied();
        let extra = texts.iter().find_map(|text| text.strip_prefix(EXTRA))?.to_owned();
        let is_lld = texts.iter().any(|text| text.ends_with("linker-flavor=ld64.lld"));
        let is_binary = value_of("--crate-type") == Some("bin");
        let (out_dir, name) = (value_of("--out-dir")?.into(), value_of("--crate-name")?.to_owned());
        (is_lld && is_binary).then_some(Self { out_dir, extra, name })
    }

    pub(super) fn own_dir(&self) -> Utf8PathBuf {
        self.out_dir.join(format!("{}{}.sixfold", self.name, self.extra))
    }

    /// The arguments, with our directory and without the end of the file name.
    pub(super) fn rewrite(&self, arguments: Vec<OsString>) -> Vec<OsString> {
        let change = |argument: OsString| match argument.to_str() {
            Some(text) if text == self.out_dir => self.own_dir().into(),
            Some(text) if text.starts_with(EXTRA) => EXTRA.into(),
            _ => argument,
        };
        arguments.into_iter().map(change).collect()
    }

    /// Moves what rustc has made to where cargo expects it.
    pub(super) fn finish(&self) -> Result<()> {
        let own_dir = self.own_dir();
        for entry in own_dir.read_dir_utf8()? {
            let file = entry?.into_path();
            let end = file.extension().map(|extension| format!(".{extension}")).unwrap_or_default();
            fs::rename(&file, self.out_dir.join(format!("{}{}{end}", self.name, self.extra)))?;
        }
        Ok(fs::remove_dir(own_dir)?)
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn a_macos_binary_is_linked_under_the_name_of_its_crate_and_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let kind = ["--crate-name", "dep", "--crate-type", "bin", "-Clinker-flavor=ld64.lld"];
        let place = ["--out-dir", folder.as_str(), "-C", "extra-filename=-0a1b"];
        let call: Vec<_> = kind.into_iter().chain(place).map(OsString::from).collect();
        let binary = MacosBinary::linked_by(&call).unwrap();
        let own = folder.join("dep-0a1b.sixfold");
        assert_eq!(
            binary.rewrite(call.clone())[6..],
            [own.as_str(), "-C", "extra-filename="].map(OsString::from)
        );
        fs::create_dir(&own).unwrap();
        fs::write(own.join("dep"), "binary").unwrap();
        fs::write(own.join("dep.d"), "").unwrap();
        binary.finish().unwrap();
        assert_eq!(fs::read(folder.join("dep-0a1b")).unwrap(), b"binary");
        assert!(folder.join("dep-0a1b.d").exists() && !own.exists());
        let library: Vec<_> =
            call.iter().map(|word| if word == "bin" { "lib".into() } else { word.clone() }).collect();
        assert_eq!(MacosBinary::linked_by(&library), None);
    }
}
