//! Which members of an archive are wanted, and which have been seen.

use std::io::{Read, copy};

use anyhow::{Context as _, Result, bail, ensure};
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_project::prebuilt::protocol::Unpacked;

use super::aside::{Aside, Nameless};
use super::limits::ENTRIES;

/// How many members an error shows.
const SHOWN: usize = 12;

pub struct Members<'a> {
    wanted: &'a [Wanted],
    /// As many as wanted: the paths without `./`. None: the download is the file itself.
    paths: Vec<Option<String>>,
    /// As many as wanted.
    files: Vec<Option<(Nameless, u64)>>,
    aside: Aside,
    /// Plain files of the archive, for an error.
    seen: Vec<String>,
    entries: usize,
}

impl<'a> Members<'a> {
    /// The paths that are wanted have to stay inside of an archive.
    pub fn new(wanted: &'a [Wanted], aside: Aside) -> Result<Self> {
        let mut paths = vec![];
        for file in wanted {
            let path = file.member.as_deref().map(inner_path).transpose()?;
            ensure!(path.is_some() || wanted.len() == 1, "several files are wanted: name each by `member`");
            ensure!(
                path.as_deref() != Some(""),
                "`{}` names no file",
                file.member.as_deref().unwrap_or_default()
            );
            ensure!(!paths.contains(&path), "{} is wanted twice", file.member.as_deref().unwrap_or_default());
            paths.push(path);
        }
        let files = wanted.iter().map(|_| None).collect();
        Ok(Self { wanted, paths, files, aside, seen: vec![], entries: 0 })
    }

    /// The number of the file, where the download itself is wanted.
    pub fn single(&self) -> Option<usize> {
        self.paths.iter().position(Option::is_none)
    }

    /// Meets an entry; `what` says what it is when it is no plain file. Gives its number when it is wanted.
    pub fn meet(&mut self, name: &str, is_plain: bool, what: &str) -> Result<Option<usize>> {
        self.entries += 1;
        ensure!(self.entries <= ENTRIES, "it holds more than {ENTRIES} entries");
        let path = inner_path(name)?;
        let number = self.paths.iter().position(|wanted| wanted.as_ref() == Some(&path));
        if let Some(number) = number {
            ensure!(is_plain, "{path} in it is {what}: name a plain file by `member`");
            ensure!(self.files[number].is_none(), "it holds {path} twice");
        }
        if is_plain && self.seen.len() <= SHOWN {
            self.seen.push(path);
        }
        Ok(number)
    }

    /// Writes the contents of a file that is wanted.
    pub fn write(&mut self, number: usize, content: &mut dyn Read) -> Result<()> {
        let name = &self.wanted[number].name;
        let mut file = self.aside.file(name)?;
        let size = copy(content, file.file()).with_context(|| format!("cannot unpack {name}"))?;
        self.files[number] = Some((file, size));
        Ok(())
    }

    /// Gives all files their names, when all are here and on the disk.
    pub fn finish(self) -> Result<Vec<Unpacked>> {
        if self.single().is_some() && self.files.iter().any(Option::is_none) {
            bail!("it is an archive: name the file by `member`; it holds {}", self.shown());
        }
        if let Some(number) = self.files.iter().position(Option::is_none) {
            let path = self.paths[number].as_deref().unwrap_or_default();
            bail!("it holds no {path}: mend `member`; it holds {}", self.shown());
        }
        self.files.iter().flatten().try_for_each(|(file, _)| file.sync())?;
        let mut unpacked = vec![];
        for (file, wanted) in self.files.into_iter().zip(self.wanted) {
            if let Some((file, size)) = file {
                unpacked.push(Unpacked { path: self.aside.name(file, &wanted.name)?, size });
            }
        }
        Ok(unpacked)
    }

    fn shown(&self) -> String {
        let mut names = self.seen.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.seen.len() > SHOWN {
            names.push_str(", and more");
        }
        if names.is_empty() { "no files".to_owned() } else { names }
    }
}

/// The path of a member without `.` components. Absolute paths, drives and `..` are nothing that an honest archive has.
fn inner_path(name: &str) -> Result<String> {
    let is_absolute = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    let mut parts = vec![];
    for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
        ensure!(part != "..", "`{}` leads out of the archive: refused", name.escape_debug());
        parts.push(part);
    }
    // Some programs for Windows write such names.
    ensure!(
        !name.split('\\').any(|part| part == ".."),
        "`{}` leads out of the archive: refused",
        name.escape_debug()
    );
    ensure!(!is_absolute, "`{}` is an absolute path: refused", name.escape_debug());
    Ok(parts.join("/"))
}
