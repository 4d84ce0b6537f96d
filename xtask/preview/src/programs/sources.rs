//! Whether anything that programs were compiled from has changed, without asking cargo: cargo writes beside each
//! program a list of all local files that went into it, those of libraries of the workspace and of build scripts too.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

/// When a file was written, and how long it was; `None` for one that is not there.
type State = Option<(SystemTime, u64)>;

/// Files, and how they were when they were compiled.
#[derive(Debug)]
pub struct Sources(BTreeMap<Utf8PathBuf, State>);

impl Sources {
    /// Those of the programs, and `others`. `before` is the time before they were read: what was written since then may
    /// not be what was compiled, and counts as changed.
    pub fn of(programs: &[Utf8PathBuf], others: &[Utf8PathBuf], before: SystemTime) -> Result<Self> {
        let mut files: BTreeMap<_, _> = others.iter().map(|file| (file.clone(), state(file))).collect();
        for program in programs {
            let list = fs::read_to_string(program.with_extension("d"))?;
            files.extend(parse(&list).into_iter().map(|file| (file.clone(), state(&file))));
        }
        for known in files.values_mut() {
            if known.is_some_and(|(written, _)| written >= before) {
                *known = None;
            }
        }
        Ok(Self(files))
    }

    pub fn have_changed(&self) -> bool {
        self.0.iter().any(|(file, known)| state(file) != *known)
    }
}

fn state(file: &Utf8Path) -> State {
    let metadata = file.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The files of a list in make's form, `PROGRAM: FILE FILE`, with spaces in names written as `\ `.
fn parse(list: &str) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for line in list.lines() {
        // A colon of Windows (`C:\`) has no space behind it.
        let Some((_, dependencies)) = line.split_once(": ") else { continue };
        let mut name = String::new();
        for word in dependencies.split_inclusive(' ') {
            match word.strip_suffix("\\ ") {
                Some(begun) => name.extend([begun, " "]),
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
    fn cargos_list_is_read_on_every_system() {
        let unix = "/t/debug/tool: /p/build.rs /p/my\\ files/src/main.rs /p/src/a.rs\n";
        assert_eq!(parse(unix), ["/p/build.rs", "/p/my files/src/main.rs", "/p/src/a.rs"]);
        let windows = "C:\\t\\debug\\tool.exe: C:\\p\\src\\main.rs C:\\my\\ p\\a.rs\n";
        assert_eq!(parse(windows), ["C:\\p\\src\\main.rs", "C:\\my p\\a.rs"]);
        assert!(parse("/t/debug/tool:\n").is_empty());
    }

    #[test]
    fn a_file_that_is_written_removed_or_new_is_a_change() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let (program, source, lock) = (dir.join("tool"), dir.join("main.rs"), dir.join("Cargo.lock"));
        fs::write(&source, "one").unwrap();
        fs::write(dir.join("tool.d"), format!("{program}: {source}\n")).unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        let sources = || Sources::of(from_ref(&program), from_ref(&lock), later).unwrap();
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
    fn what_was_written_during_the_build_counts_as_changed() {
        let temp = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(temp.path()).unwrap().join("a");
        let before = SystemTime::now() - std::time::Duration::from_secs(60);
        fs::write(&file, "").unwrap();
        assert!(Sources::of(&[], &[file], before).unwrap().have_changed());
    }
}
