//! Finds directories of the machine that builds in what is shipped.
//!
//! They tell everyone who installs the extension the builder's user name, and they make the image differ from machine to
//! machine. The compiler writes none (see `toolchain::rustc_wrapper`), but `env!("OUT_DIR")`, `env!("CARGO_MANIFEST_DIR")`
//! and tools that generate code or bundle the UI may.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use memchr::memmem::Finder;
use walkdir::WalkDir;

/// How much of a path is shown.
const SHOWN: usize = 120;

/// Fails with every file among `binaries`, and below the directory `ui`, that contains the path of the project or of the
/// user's home directory. Third-party files are not among them: they were built elsewhere.
pub(super) fn check(project: &Utf8Path, binaries: &[Utf8PathBuf], ui: &Utf8Path) -> Result<()> {
    let home = dirs::home_dir().and_then(|home| Utf8PathBuf::try_from(home).ok());
    let paths = BuilderPaths::new(project, home.as_deref());
    let ui_files = WalkDir::new(ui).into_iter().filter_map(Result::ok);
    let ui_files = ui_files.filter(|entry| entry.file_type().is_file());
    let ui_files = ui_files.filter_map(|entry| Utf8PathBuf::try_from(entry.into_path()).ok());
    let mut found = String::new();
    for file in binaries.iter().cloned().chain(ui_files) {
        if let Some(path) = paths.find(&fs::read(&file)?) {
            let package = package_of(&path).map(|name| format!(" (crate {name})")).unwrap_or_default();
            found.push_str(&format!("\n  {file} contains {path}{package}"));
        }
    }
    if !found.is_empty() {
        bail!(
            "directories of this machine would ship with the extension:{found}\n\
             help: find out what writes the path, such as `env!(\"OUT_DIR\")` or `env!(\"CARGO_MANIFEST_DIR\")`, and use \
             `include!`, `include_bytes!` or a path relative to the binary instead; for Go, build with `-trimpath`"
        );
    }
    Ok(())
}

/// The directories to look for, in every spelling in which a file may contain them. Most of them are equal for a path of Unix.
struct BuilderPaths(Vec<Finder<'static>>);

impl BuilderPaths {
    /// `home` is the user's home directory. A directory directly below the root, such as `/root` or `/src`, is not looked
    /// for: it is on many machines, and says nothing about this one.
    fn new(project: &Utf8Path, home: Option<&Utf8Path>) -> Self {
        let directories = home.into_iter().chain([project]).filter(|path| names(path) > 1);
        let spellings = directories.flat_map(|path| {
            let path = path.as_str().trim_end_matches(['/', '\\']);
            let utf16 = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let texts = [path.to_owned(), path.replace('\\', "/"), path.replace('\\', "\\\\")];
            texts.map(String::into_bytes).into_iter().chain([utf16])
        });
        let spellings: BTreeSet<Vec<u8>> = spellings.collect();
        Self(spellings.iter().map(|bytes| Finder::new(bytes).into_owned()).collect())
    }

    /// The first path below one of the directories, as far as it is readable.
    fn find(&self, content: &[u8]) -> Option<String> {
        self.0.iter().find_map(|finder| {
            let ends = |at: &usize| content.get(at + finder.needle().len()..).is_none_or(is_end);
            let at = finder.find_iter(content).find(ends)?;
            let text = content.get(at..)?.iter().copied().filter(|byte| *byte != 0);
            let path =
                text.take_while(|byte| byte.is_ascii_graphic() && !b"\"'<>|".contains(byte)).take(SHOWN);
            Some(path.map(char::from).collect())
        })
    }
}

/// The number of names in a path, not counting the drive.
fn names(path: &Utf8Path) -> usize {
    path.as_str().split(['/', '\\']).filter(|name| !name.is_empty() && !name.ends_with(':')).count()
}

/// True if the name of a directory ends here: `/home/me` is not in `/home/melanie`.
fn is_end(rest: &[u8]) -> bool {
    !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// The package whose build script or sources a path is in, if the path tells: `…/build/NAME-0123456789abcdef/out/…` in
/// cargo's target directory.
fn package_of(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("/build/").or_else(|| path.split_once("\\build\\"))?;
    let (name, hash) = rest.split(['/', '\\']).next()?.rsplit_once('-')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(project: &str, home: &str, content: &[u8]) -> Option<String> {
        BuilderPaths::new(Utf8Path::new(project), Some(Utf8Path::new(home))).find(content)
    }

    #[test]
    fn the_project_and_the_home_of_the_builder_are_found() {
        let text = b"\0\0at /work/project/tool/src/main.rs\0";
        assert_eq!(find("/work/project", "/home/me", text).unwrap(), "/work/project/tool/src/main.rs");
        let home = b"x/home/me/.config\"y";
        assert_eq!(find("/work/project", "/home/me", home).unwrap(), "/home/me/.config");
        let wide: Vec<u8> = "C /home/me/a".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(find("/work/project", "/home/me", &wide).unwrap(), "/home/me/a");
        let windows = br"C:\\Users\\Me\\x C:/Users/Me/x";
        assert!(find("/work/project", r"C:\Users\Me", windows).is_some());
    }

    #[test]
    fn what_is_on_many_machines_or_only_starts_alike_is_not_reported() {
        assert_eq!(find("/work/project", "/root", b"/root/.cargo"), None);
        assert_eq!(
            find("/work/project", "/home/me", b"/home/melanie /work/project2 /workspace/project"),
            None
        );
    }

    #[test]
    fn the_package_is_read_from_the_directory_of_its_build_script() {
        let path = "/work/project/target/release/build/my-dep-0123456789abcdef/out/made.rs";
        assert_eq!(package_of(path), Some("my-dep"));
        assert_eq!(package_of("/work/project/build/tool/out"), None);
    }
}
