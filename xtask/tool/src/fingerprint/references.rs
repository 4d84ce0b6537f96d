//! Paths in the text of a UI's files that lead out of its folder, such as `import "../../shared/format.js"` or
//! `"extends": "../tsconfig.base.json"`.

use std::path::{Component, Path, PathBuf};

/// Longer files are data or generated.
const MAX_SIZE: usize = 1 << 20;
/// Characters around a path in source code.
const DELIMITERS: &[char] =
    &['"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', ':', '=', '|', '*', '?', '#'];

/// The files and folders that `text`, the content of a file, refers to by a path with `../`. Such a path is relative to the
/// file's folder. If nothing exists there, it is relative to `folder`, in which commands run. A path without a suffix stands
/// for all files that only lack it.
pub(super) fn find(text: &[u8], file: &Path, folder: &Path) -> Vec<PathBuf> {
    let Some(text) =
        std::str::from_utf8(text).ok().filter(|text| text.len() <= MAX_SIZE && text.contains("../"))
    else {
        return vec![];
    };
    let words = text.split(|c: char| c.is_whitespace() || DELIMITERS.contains(&c));
    let paths = words.filter(|word| word.contains("../"));
    let found = |word: &str| {
        let at = |base: &Path| existing(&normal(&base.join(word)));
        let near = file.parent().map(at).unwrap_or_default();
        if near.is_empty() { at(folder) } else { near }
    };
    paths.flat_map(found).collect()
}

/// The path without `.` and `..`. Links are not followed, as in the paths of a bundler.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
        normal
    })
}

/// The path itself if it exists, and otherwise the files that add a suffix to it.
fn existing(path: &Path) -> Vec<PathBuf> {
    if path.exists() {
        return vec![path.to_owned()];
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return vec![] };
    let files = fs_err::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|file| file.file_stem() == Some(name) && file.is_file()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_and_without_suffix_are_found() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        std::fs::create_dir_all(root.join("ui/src")).unwrap();
        for name in ["a.js", "b.ts", "base.json"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        let find = |text: &str| super::find(text.as_bytes(), &root.join("ui/src/index.js"), &root.join("ui"));
        assert_eq!(
            find("import a from '../../a.js'; import '../../b'"),
            [root.join("a.js"), root.join("b.ts")]
        );
        assert_eq!(find("cp ../base.json build"), [root.join("base.json")]);
        assert_eq!(find("import '../../no-such-file'; // and ./a.js"), Vec::<PathBuf>::new());
    }
}
