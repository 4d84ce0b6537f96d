//! Secrets for the commands that sign: values of environment variables, in files that only this user can read.
//!
//! The files are in a scratch folder, which is removed when the commands have ended, and on an interrupt. What a killed run leaves
//! is removed by the next one.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::scratch::Scratch;
use sixfold_project::plan::Signing;

/// Stands for a secret in output that is shown.
const HIDDEN: &str = "[secret]";
/// Lines of a secret that are shorter may be ordinary words.
const SHORTEST_LINE: usize = 6;

pub(super) struct Secrets {
    /// By variable.
    files: BTreeMap<String, Utf8PathBuf>,
    /// What is hidden, the longest first.
    hidden: Vec<String>,
    /// Has the files. `None` without secrets.
    _folder: Option<Scratch>,
}

impl Secrets {
    /// Writes the secrets of all commands.
    pub(super) fn new(signing: &Signing) -> Result<Self> {
        let names = signing.commands().flat_map(|(_, command)| command.secrets());
        let values = names.map(|name| Ok((name.to_owned(), read(name, &signing.table())?)));
        Self::of(values.collect::<Result<_>>()?)
    }

    fn of(values: BTreeMap<String, String>) -> Result<Self> {
        let folder = if values.is_empty() { None } else { Some(Scratch::new()?) };
        let mut files = BTreeMap::new();
        for (folder, (name, value)) in
            folder.iter().flat_map(|folder| values.iter().map(move |pair| (folder, pair)))
        {
            let path = folder.path().join(name);
            write(&path, value).with_context(|| format!("cannot write the secret {name} to a file"))?;
            files.insert(name.clone(), path);
        }
        let parts = values.values().flat_map(|value| parts(value));
        let mut hidden: Vec<_> = parts.map(str::to_owned).collect();
        hidden.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Ok(Self { files, hidden, _folder: folder })
    }

    /// The path of the file with the value of a variable.
    pub(super) fn file(&self, name: &str) -> &Utf8Path {
        self.files.get(name).map_or(Utf8Path::new(""), |path| path.as_path())
    }

    /// The text without the secrets, whole or line by line.
    pub(super) fn hide(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, part| text.replace(part, HIDDEN))
    }
}

/// The value of a variable. Fails if it is not set, is empty or is not UTF-8.
pub(crate) fn read(name: &str, table: &str) -> Result<String> {
    let help = format!("help: set it to the secret that `{{secret-file:{name}}}` in {table} stands for");
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        Ok(_) => bail!("cannot sign: the environment variable {name} is empty\n{help}"),
        Err(std::env::VarError::NotPresent) => {
            bail!("cannot sign: the environment variable {name} is not set\n{help}")
        }
        // The error itself has the value.
        Err(_) => bail!("cannot sign: the environment variable {name} is not UTF-8\n{help}"),
    }
}

/// The whole value and its lines.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE);
    [value.trim()].into_iter().chain(lines)
}

fn write(path: &Utf8Path, value: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(value.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(value: &str) -> Secrets {
        let hidden = parts(value).map(str::to_owned).collect();
        Secrets { files: BTreeMap::new(), hidden, _folder: None }
    }

    #[test]
    fn secrets_are_hidden_whole_and_line_by_line() {
        assert_eq!(secrets("pw\n").hide("password: pw!"), "password: [secret]!");
        let key = secrets("-----BEGIN KEY-----\nabcdefgh\nA==\n-----END KEY-----\n");
        assert_eq!(key.hide("at abcdefgh in A"), "at [secret] in A");
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_read_the_file_of_a_secret() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(temp.path()).unwrap().join("secret");
        write(&path, "value").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "value");
        assert!(write(&path, "other").is_err(), "a file of somebody else is not used");
    }
}
