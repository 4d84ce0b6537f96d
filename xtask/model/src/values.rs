//! The values of the configuration. Each is checked while it is read, so that an error has the line and column of the value, and no
//! later code has to check it again.

use std::collections::BTreeSet;
use std::fmt;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize, Serializer};

use crate::matrix::{HostOs, Platform};
use sixfold_base::program::TOOL;

/// The platforms of the image: at least one, each once, amd64 first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Platform>")]
pub struct Platforms(Vec<Platform>);

impl Platforms {
    /// amd64 and arm64.
    pub fn both() -> Self {
        Self(Platform::ALL.to_vec())
    }

    /// amd64 first.
    pub fn as_slice(&self) -> &[Platform] {
        &self.0
    }
}

impl TryFrom<Vec<Platform>> for Platforms {
    type Error = String;

    fn try_from(list: Vec<Platform>) -> Result<Self, String> {
        set_of(list, "platforms").map(Self)
    }
}

/// The host systems that a binary is for: at least one, each once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<HostOs>")]
pub struct Hosts(Vec<HostOs>);

impl Hosts {
    /// All three.
    pub fn all() -> Self {
        Self(HostOs::ALL.to_vec())
    }

    /// Linux alone, in which the backend runs.
    pub(crate) fn linux() -> Self {
        Self(vec![HostOs::Linux])
    }

    /// In the order of [`HostOs::ALL`].
    pub fn as_slice(&self) -> &[HostOs] {
        &self.0
    }
}

impl TryFrom<Vec<HostOs>> for Hosts {
    type Error = String;

    fn try_from(list: Vec<HostOs>) -> Result<Self, String> {
        set_of(list, "hosts").map(Self)
    }
}

/// The list in its usual order. Fails if it is empty or contains something twice.
fn set_of<T: Ord + Clone>(list: Vec<T>, what: &str) -> Result<Vec<T>, String> {
    let set: BTreeSet<T> = list.iter().cloned().collect();
    if set.is_empty() {
        return Err(format!("`{what}` is empty\nhelp: remove the key to get all of them"));
    }
    if set.len() < list.len() {
        return Err(format!("`{what}` contains a value twice"));
    }
    Ok(set.into_iter().collect())
}

/// The name of a host binary, without `.exe`: a plain file name, because it becomes a file on three systems and a word of a
/// command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct BinaryName(String);

impl BinaryName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BinaryName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        if text.is_empty() || text.starts_with(['.', '-']) || !text.chars().all(plain) {
            return Err(format!(
                "`{text}` is not a valid name for a binary\nhelp: use letters, digits, `-`, `_`, `.` and `+`"
            ));
        }
        if text.to_ascii_lowercase().ends_with(".exe") {
            return Err(format!("`{text}` ends with `.exe`\nhelp: leave it out; it is added for Windows"));
        }
        Ok(Self(text))
    }
}

impl fmt::Display for BinaryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A folder or file of the project: a relative path with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Utf8PathBuf")]
pub struct RelativeDir(Utf8PathBuf);

impl RelativeDir {
    /// Relative to the root of the workspace or to another folder of the configuration.
    pub fn as_path(&self) -> &Utf8Path {
        &self.0
    }
}

impl TryFrom<Utf8PathBuf> for RelativeDir {
    type Error = String;

    fn try_from(path: Utf8PathBuf) -> Result<Self, String> {
        let inside = |part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir);
        if path.as_str().is_empty() || path.as_str().contains('\\') || !path.components().all(inside) {
            return Err(format!(
                "`{path}` must be a path inside the project, written with `/` and without `..`"
            ));
        }
        Ok(Self(path))
    }
}

/// A command of the configuration. It is split into words like in a shell, but runs without one, so that it means the same on
/// every system.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CommandLine {
    /// As the author wrote it.
    text: String,
    /// The first word.
    pub program: String,
    /// The other words.
    pub args: Vec<String>,
}

impl TryFrom<String> for CommandLine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words =
            shell_words::split(&text).map_err(|error| format!("`{text}` is not a command line: {error}"))?;
        if let Some(word) =
            words.iter().find(|word| matches!(word.as_str(), "&&" | "||" | "|" | ";" | ">" | "<"))
        {
            return Err(format!(
                "`{word}` needs a shell, but commands run without one\nhelp: put the steps into a script of package.json"
            ));
        }
        let mut words = words.into_iter();
        let program = words.next().ok_or("the command is empty")?;
        if program.contains('=') {
            return Err(format!(
                "`{program}` needs a shell, but commands run without one\nhelp: set the variable in a script of package.json, or \
                 before you run `{TOOL}`"
            ));
        }
        Ok(Self { program, args: words.collect(), text })
    }
}

/// As the author wrote it.
impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The address of a dev server: a port of this machine, so that no other machine can answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LoopbackUrl(String);

impl LoopbackUrl {
    /// Host and port: `localhost:3000`.
    pub fn authority(&self) -> &str {
        &self.0
    }
}

impl Default for LoopbackUrl {
    /// The port that Docker's own samples use.
    fn default() -> Self {
        Self("localhost:3000".to_owned())
    }
}

impl TryFrom<String> for LoopbackUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let authority = text.strip_prefix("http://").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        match authority.and_then(|authority| Some((authority, authority.rsplit_once(':')?))) {
            Some((authority, ("localhost" | "127.0.0.1" | "[::1]", port)))
                if port.parse::<u16>().is_ok_and(|port| port > 0) =>
            {
                Ok(Self(authority.to_owned()))
            }
            _ => Err(format!("`{text}` must be an address of this machine such as `http://localhost:3000`")),
        }
    }
}

impl fmt::Display for LoopbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_a_plain_file_name_is_an_error() {
        for name in ["", ".hidden", "-flag", "a/b", "a b", "tool.exe", "Tool.EXE"] {
            assert!(BinaryName::try_from(name.to_owned()).is_err(), "{name:?}");
        }
        assert_eq!(BinaryName::try_from("kubectl-1.2".to_owned()).unwrap().as_str(), "kubectl-1.2");
    }

    #[test]
    fn a_folder_outside_of_the_project_is_an_error() {
        for dir in ["", "..", "ui/..", "/ui", "ui\\src"] {
            assert!(RelativeDir::try_from(Utf8PathBuf::from(dir)).is_err(), "{dir:?}");
        }
        assert!(RelativeDir::try_from(Utf8PathBuf::from("./pages/ui")).is_ok());
    }

    #[test]
    fn a_command_is_split_and_must_not_need_a_shell() {
        let line = CommandLine::try_from("npm run 'build all'".to_owned()).unwrap();
        assert_eq!((line.program.as_str(), line.args.len()), ("npm", 2));
        assert_eq!(line.to_string(), "npm run 'build all'");
        for text in ["", "a && b", "'open", "CI=1 npm run build"] {
            assert!(CommandLine::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_dev_server_must_be_on_this_machine() {
        for url in ["http://localhost:3000", "http://127.0.0.1:5173/", "http://[::1]:80"] {
            assert!(url.starts_with(&LoopbackUrl::try_from(url.to_owned()).unwrap().to_string()), "{url}");
        }
        for url in [
            "",
            "localhost:3000",
            "https://localhost:1",
            "http://example.org:80",
            "http://localhost",
            "http://localhost:0",
            "http://localhost:1/x",
        ] {
            assert!(LoopbackUrl::try_from(url.to_owned()).is_err(), "{url:?}");
        }
    }

    #[test]
    fn a_list_contains_each_value_once() {
        let both = vec![HostOs::Linux, HostOs::Darwin];
        assert_eq!(Hosts::try_from(both).unwrap().as_slice(), [HostOs::Darwin, HostOs::Linux]);
        assert!(Hosts::try_from(vec![]).is_err());
        assert!(Hosts::try_from(vec![HostOs::Linux, HostOs::Linux]).is_err());
    }
}
