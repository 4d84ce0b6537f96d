//! Detects whether source files have changed since the last build, without running cargo: next to each binary, cargo writes
//! a list of all local files that went into it, including those of workspace libraries and build scripts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

/// When a file was written, and its length. `None` if it does not exist.
type State = Option<(SystemTime, u64)>;

/// Source files, and their state when they were compiled.
#[derive(Debug)]
pub(super) struct Sources(BTreeMap<Utf8PathBuf, State>);

impl Sources {
    /// Records the sources of the binaries, and `others`. `before` is the time before the build: a file that was written
    /// since then may differ from what was compiled, and counts as changed.
    pub(super) fn record(
        binaries: &[Utf8PathBuf],
        others: &[Utf8PathBuf],
        before: SystemTime,
    ) -> Result<Self> {
        let mut files: BTreeMap<_, _> = others.iter().map(|file| (file.clone(), state(file))).collect();
        for binary in binaries {
            let list = fs::read_to_string(binary.with_extension("d"))?;
            files.extend(parse(&list).into_iter().map(|file| (file.clone(), state(&file))));
        }
        for known in files.values_mut() {
            if known.is_some_and(|(written, _)| written >= before) {
                *known = None;
            }
        }
        Ok(Self(files))
    }

    pub(super) fn have_changed(&self) -> bool {
        self.0.iter().any(|(file, known)| state(file) != *known)
    }
}

fn state(file: &Utf8Path) -> State {
    let metadata = file.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Parses a list in the format of make, `BINARY: FILE FILE`, in which spaces in names are written as `\ `.
fn parse(list: &str) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for line in list.lines() {
        // The colon in a Windows path (`C:\`) is not followed by a space.
        let Some((_, dependencies)) = line.split_once(": ") else { continue };
        let mut name = String::new();
        for word in dependencies.split_inclusive(' ') {
            match word.strip_suffix("\\ ") {
                Some(start) => name.extend([start, " "]),
                None => {
                    name.push_str(word.trim_end());
                    files.push(std::mem::take(&mut name).into());
                }
            }
        }
    }
    files.retain(|file: &Utf8PathBuf| !file.as_str().is_empty());
    files
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    #[test]
    fn cargos_list_is_parsed_on_every_system() {
        let unix = "/t/debug/tool: /p/build.rs /p/my\\ files/src/main.rs /p/src/a.rs\n";
        assert_eq!(parse(unix), ["/p/build.rs", "/p/my files/src/main.rs", "/p/src/a.rs"]);
        let windows = "C:\\t\\debug\\tool.exe: C:\\p\\src\\main.rs C:\\my\\ p\\a.rs\n";
        assert_eq!(parse(windows), ["C:\\p\\src\\main.rs", "C:\\my p\\a.rs"]);
        assert!(parse("/t/debug/tool:\n").is_empty());
    }

    #[test]
    fn a_modified_removed_or_new_file_is_a_change() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let (program, source, lock) = (dir.join("tool"), dir.join("main.rs"), dir.join("Cargo.lock"));
        fs::write(&source, "one").unwrap();
        fs::write(dir.join("tool.d"), format!("{program}: {source}\n")).unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        let sources = || Sources::record(from_ref(&program), from_ref(&lock), later).unwrap();
        let known = sources();
        assert!(!known.have_changed());
        fs::write(&lock, "").unwrap();
        assert!(known.have_changed());
        let known = sources();
        fs::write(&source, "longer").unwrap();
        assert!(known.have_changed());
        let known = sources();
        fs::remove_file(&source).unwrap();
        assert!(known.have_changed());
    }

    #[test]
    fn a_file_written_during_the_build_counts_as_changed() {
        let temp = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(temp.path()).unwrap().join("a");
        let before = SystemTime::now() - std::time::Duration::from_secs(60);
        fs::write(&file, "").unwrap();
        assert!(Sources::record(&[], &[file], before).unwrap().have_changed());
    }
}
