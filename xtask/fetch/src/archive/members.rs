//! The requested members of an archive, and which of them have been extracted.

use std::io::{Read, copy};

use anyhow::{Context as _, Result, bail, ensure};
use sixfold_base::files::{PartialFile, commit_all};
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_project::prebuilt::protocol::Unpacked;

use super::limits::MAX_ENTRIES;
use super::output::OutputFolder;

/// The maximum number of members in an error message.
const MAX_SHOWN: usize = 12;

pub(crate) struct Members<'a> {
    members: Vec<Member<'a>>,
    /// Regular files of the archive, for error messages: one more than is shown.
    found: Vec<String>,
    /// The number of entries so far.
    entries: usize,
}

/// A requested member.
pub(crate) struct Member<'a> {
    /// The path in the archive, without `.` components. `None`: the download itself is requested.
    path: Option<String>,
    /// Its name in `output`.
    name: &'a str,
    output: &'a OutputFolder,
    /// The extracted file and its size in bytes.
    file: Option<(PartialFile, u64)>,
}

impl<'a> Members<'a> {
    /// Fails if a requested path is requested twice, or is not a path inside an archive.
    pub(crate) fn new(wanted: &'a [Wanted], output: &'a OutputFolder) -> Result<Self> {
        let mut members: Vec<Member<'_>> = vec![];
        for Wanted { member, name } in wanted {
            let path = member.as_deref().map(member_path).transpose()?;
            let shown = member.as_deref().unwrap_or_default();
            ensure!(
                path.is_some() || wanted.len() == 1,
                "several files are requested from one download\nhelp: set `member` for each of them"
            );
            ensure!(path.as_deref() != Some(""), "`{shown}` is not the path of a file");
            ensure!(members.iter().all(|member| member.path != path), "{shown} is requested twice");
            members.push(Member { path, name, output, file: None });
        }
        Ok(Self { members, found: vec![], entries: 0 })
    }

    /// The member to write if the download is not an archive.
    pub(crate) fn whole_download(&mut self) -> Option<&mut Member<'a>> {
        self.members.iter_mut().find(|member| member.path.is_none())
    }

    /// Returns the requested member that this entry of the archive is, if any. `special` describes an entry that is not
    /// a regular file.
    pub(crate) fn select(&mut self, name: &str, special: Option<&str>) -> Result<Option<&mut Member<'a>>> {
        self.entries += 1;
        ensure!(self.entries <= MAX_ENTRIES, "it has more than {MAX_ENTRIES} entries");
        let path = member_path(name)?;
        if special.is_none() && self.found.len() <= MAX_SHOWN {
            self.found.push(path.clone());
        }
        let member = self.members.iter_mut().find(|member| member.path.as_ref() == Some(&path));
        if let Some(member) = &member {
            if let Some(special) = special {
                bail!("{path} is {special}\nhelp: set `member` to a regular file");
            }
            ensure!(member.file.is_none(), "it contains {path} twice");
        }
        Ok(member)
    }

    /// Renames all files to their final names once all of them are on the disk.
    ///
    /// Fails if one is missing.
    pub(crate) fn finish(self) -> Result<Vec<Unpacked>> {
        if let Some(missing) = self.members.iter().find(|member| member.file.is_none()) {
            let found = self.shown();
            match &missing.path {
                Some(path) => {
                    bail!("it does not contain {path}\nhelp: set `member` to a file of the archive: {found}")
                }
                None => bail!("it is an archive\nhelp: set `member` to a file of the archive: {found}"),
            }
        }
        let unpacked = |member: Member<'_>| {
            let (file, size) = member.file?;
            Some((file, Unpacked { path: member.output.path(member.name), size }))
        };
        let (files, unpacked) = self.members.into_iter().filter_map(unpacked).unzip();
        commit_all(files)?;
        Ok(unpacked)
    }

    fn shown(&self) -> String {
        let mut names = self.found.iter().take(MAX_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.found.len() > MAX_SHOWN {
            names.push_str(", …");
        }
        if names.is_empty() { "it has none".to_owned() } else { names }
    }
}

impl Member<'_> {
    /// Writes the content to a temporary file.
    pub(crate) fn write(&mut self, content: &mut dyn Read) -> Result<()> {
        let mut file = self.output.file(self.name)?;
        let size = copy(content, &mut file).with_context(|| format!("cannot unpack {}", self.name))?;
        self.file = Some((file, size));
        Ok(())
    }
}

/// The path of a member without `.` components. Absolute paths, drive letters and `..` have no place in an honest
/// archive.
fn member_path(name: &str) -> Result<String> {
    let is_absolute = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    ensure!(!is_absolute, "it is refused because of the absolute path `{}`", name.escape_debug());
    // Some programs on Windows separate components with a backslash.
    ensure!(
        !name.split(['/', '\\']).any(|part| part == ".."),
        "it is refused because of the path `{}`, which leads outside",
        name.escape_debug()
    );
    let parts: Vec<_> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    Ok(parts.join("/"))
}
