//! Checks the names of the host binaries in metadata.json.

use super::source::Source;
use crate::inspection::host_binaries::{DIRECTORY_LISTED, EXE_SUFFIX};
use crate::metadata::{Listed, Metadata};
use sixfold_judge::host_name;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::HostOs;

sixfold_model::lints! {
    /// The file's extension is for another operating system.
    HOST_FILE_NAME = Warning "host-file-name";
}

/// The limit of files: more than any extension has.
const FILES: usize = 1000;

/// Findings that follow from the names alone.
pub(super) fn names(source: &Source, metadata: &Metadata) -> Vec<Finding> {
    metadata.listed.iter().take(FILES).filter_map(|file| name(source, file)).collect()
}

fn name(source: &Source, file: &Listed) -> Option<Finding> {
    let place = || source.place(file.at.start);
    if file.written.ends_with('/') {
        let help = "list each file: whether directories are copied is not documented";
        return Some(Finding::new(&DIRECTORY_LISTED, place(), "is a directory", help));
    }
    let name = file.path.base_name();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let of_windows = ["exe", "bat", "cmd", "ps1", "dll"];
    let of_unix = ["sh", "bash", "zsh", "command", "dylib", "so"];
    let is_for_other_os = match (file.os, extension.as_deref()) {
        (HostOs::Windows, None) => {
            let message =
                format!("`{name}` is listed for Windows, but has no extension, so Windows does not start it");
            return Some(
                Finding::new(&EXE_SUFFIX, place(), message, format!("rename it to {name}.exe"))
                    .with(Severity::Warning),
            );
        }
        (HostOs::Windows, Some(extension)) => of_unix.contains(&extension),
        (_, Some(extension)) => of_windows.contains(&extension),
        (_, None) => false,
    };
    is_for_other_os.then(|| {
        let message = format!(
            "`{name}` is listed for {}, which does not start files with this extension",
            host_name(file.os)
        );
        Finding::new(&HOST_FILE_NAME, place(), message, "list the file for that operating system")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::read;

    #[test]
    fn names_that_a_host_cannot_start_are_reported() {
        let text = r#"{"host": {"binaries": [{"darwin": [{"path": "/a/x.exe"}, {"path": "/a/"}, {"path": "/a/x"}], "windows": [{"path": "/w/x.sh"}, {"path": "/w/y"}, {"path": "/w/z.CMD"}]}]}}"#;
        let source = Source::new("metadata.json", text);
        let metadata = read(text.as_bytes(), &source.place(0)).metadata.unwrap();
        let found = names(&source, &metadata);
        let codes: Vec<_> = found.iter().map(Finding::code).collect();
        assert_eq!(codes, ["host-file-name", "directory-listed", "host-file-name", "exe-suffix"]);
        assert_eq!(found[0].place.column, Some(text.find("\"/a/x.exe").unwrap() + 1));
    }
}
