//! How the binaries and the image are signed: `[workspace.metadata.extension.sign]`.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use camino::Utf8Path;
use serde::{Deserialize, Serialize, Serializer};

use crate::matrix::HostOs;
use crate::placeholders::Parts;
use crate::prebuilt::secrets::scrubbed;
use crate::values::{BinaryName, CommandLine};

/// How long one file may take, unless the configuration says something else.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The table as the author wrote it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sign {
    /// The command for each binary for macOS.
    darwin: Option<SignCommand>,
    /// The same for Windows.
    windows: Option<SignCommand>,
    /// The command for the pushed image.
    pub image: Option<ImageCommand>,
    /// The common name of the certificate that has to have signed the binaries for macOS. `None`: any.
    darwin_identity: Option<String>,
    /// The same for Windows.
    windows_identity: Option<String>,
    /// The third-party binaries that are signed, too.
    #[serde(default)]
    pub third_party: Vec<BinaryName>,
    /// In seconds.
    timeout: Option<NonZeroU64>,
}

impl Sign {
    /// The command for the binaries of a host system. `None`: they are not signed.
    pub const fn command(&self, os: HostOs) -> Option<&SignCommand> {
        match os {
            HostOs::Darwin => self.darwin.as_ref(),
            HostOs::Windows => self.windows.as_ref(),
            HostOs::Linux => None,
        }
    }

    /// The common name that the certificate has to have. `None`: any.
    pub fn identity(&self, os: HostOs) -> Option<&str> {
        match os {
            HostOs::Darwin => self.darwin_identity.as_deref(),
            HostOs::Windows => self.windows_identity.as_deref(),
            HostOs::Linux => None,
        }
    }

    /// How long a command may take for one file.
    pub fn timeout(&self) -> Duration {
        self.timeout.map_or(TIMEOUT, |seconds| Duration::from_secs(seconds.get()))
    }

    /// Fails for an identity without a command.
    pub(crate) fn check(&self) -> Result<(), String> {
        for os in [HostOs::Darwin, HostOs::Windows] {
            if self.identity(os).is_some() && self.command(os).is_none() {
                return Err(format!("`{os}-identity` needs `{os}`\nhelp: add the command that signs"));
            }
        }
        Ok(())
    }
}

/// A placeholder of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    /// What is signed: a file, or an image.
    Subject,
    Out,
    /// The path of a file with the value of this environment variable.
    SecretFile(String),
}

/// The command that signs the image, after it was pushed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ImageCommand(pub SignCommand);

impl TryFrom<String> for ImageCommand {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        SignCommand::parse(text, "image").map(Self)
    }
}

/// The command that signs one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SignCommand {
    line: CommandLine,
    args: Vec<Parts<Slot>>,
}

/// The placeholder of a file that is signed.
const FILE: &str = "file";

impl SignCommand {
    /// `subject` is the placeholder of what is signed.
    fn parse(text: String, subject: &str) -> Result<Self, String> {
        let line = CommandLine::try_from(text)?;
        let unclosed = || "the command has a `{` without a `}`".to_owned();
        let parts = |word: &String| Parts::of(word, |name| Slot::read(name, subject), unclosed);
        let args = line.args.iter().map(parts).collect::<Result<_, _>>()?;
        let command = Self { line, args };
        if !command.slots().any(|slot| *slot == Slot::Subject) {
            return Err(format!(
                "the command does not get the {subject}\n\
                 help: write `{{{subject}}}` where it takes the {subject} that it signs"
            ));
        }
        Ok(command)
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.args.iter().flat_map(Parts::slots)
    }

    /// The name or path of the program.
    pub fn program(&self) -> &str {
        &self.line.program
    }

    /// True if the command writes another file than the one that it reads.
    pub fn has_out(&self) -> bool {
        self.slots().any(|slot| *slot == Slot::Out)
    }

    /// The environment variables whose values it gets in files, in order, each once.
    pub fn secrets(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.slots().filter_map(Slot::secret).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The arguments for a file, or for an image without `out`. `secret` returns the path of the file with this variable's value.
    pub fn arguments<'a>(
        &self,
        subject: &str,
        out: &Utf8Path,
        secret: impl Fn(&str) -> &'a Utf8Path,
    ) -> Vec<String> {
        let word = |slot: &Slot| match slot {
            Slot::Subject => subject.to_owned(),
            Slot::Out => out.to_string(),
            Slot::SecretFile(name) => secret(name).to_string(),
        };
        self.args.iter().map(|argument| argument.fill(word)).collect()
    }
}

impl Slot {
    fn read(slot: &str, subject: &str) -> Result<Self, String> {
        match (slot, slot.strip_prefix("secret-file:")) {
            (slot, _) if slot == subject => Ok(Self::Subject),
            ("out", _) if subject == FILE => Ok(Self::Out),
            (_, Some(name)) if is_variable(name) => Ok(Self::SecretFile(name.to_owned())),
            _ => {
                let out = if subject == FILE { ", `{out}`" } else { "" };
                Err(format!(
                    "`{{{slot}}}` is not a placeholder of this command\n\
                     help: use `{{{subject}}}`{out} and `{{secret-file:VARIABLE}}`"
                ))
            }
        }
    }

    fn secret(&self) -> Option<&str> {
        match self {
            Self::SecretFile(name) => Some(name),
            _ => None,
        }
    }
}

fn is_variable(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.starts_with(|letter: char| !letter.is_ascii_digit()) && name.chars().all(is_letter)
}

impl TryFrom<String> for SignCommand {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(text, FILE)
    }
}

/// As the author wrote it, without passwords in addresses.
impl fmt::Display for SignCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&scrubbed(&self.line.to_string()))
    }
}

impl Serialize for SignCommand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Config};

    fn parse(table: &str) -> Result<Config, String> {
        let text = format!(
            "[workspace.metadata.extension]\nimage = 'a/b'\nbinaries.tool = {{}}\n\
             [workspace.metadata.extension.sign]\n{table}"
        );
        config::parse(&text).map(|(config, _)| config).map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_are_replaced_inside_of_words() {
        let config = parse(
            "darwin = 'sign --p12=cert.p12 --password=\"{secret-file:P12_PASSWORD}\" {file}'\n\
             windows = 'osslsigncode sign -ts http://me:pw@ts.example -in {file} -out {out}'",
        );
        let sign = config.unwrap().sign;
        let darwin = sign.command(HostOs::Darwin).unwrap();
        assert_eq!(
            (darwin.program(), darwin.has_out(), darwin.secrets()),
            ("sign", false, vec!["P12_PASSWORD"])
        );
        let args = darwin.arguments("a b/tool", "out".into(), |_| "secret".into());
        assert_eq!(args, ["--p12=cert.p12", "--password=secret", "a b/tool"]);
        let windows = sign.command(HostOs::Windows).unwrap();
        assert!(windows.has_out() && windows.secrets().is_empty());
        assert!(!windows.to_string().contains("pw@"), "{windows}");
        assert_eq!((sign.command(HostOs::Linux), sign.timeout()), (None, TIMEOUT));
    }

    #[test]
    fn a_table_that_cannot_sign_is_an_error_with_its_place() {
        for (table, expected) in [
            ("darwin = 'sign'", "does not get the file\nhelp: write `{file}`"),
            ("darwin = '{file}'", "does not get the file"),
            ("darwin = 'sign {file} {image}'", "`{image}` is not a placeholder"),
            ("image = 'cosign sign'", "does not get the image\nhelp: write `{image}`"),
            ("image = 'cosign sign {image} {out}'", "help: use `{image}` and `{secret-file:VARIABLE}`"),
            ("image = 'cosign sign {file}'", "`{file}` is not a placeholder"),
            ("darwin = 'sign {file} {flie}'", "`{flie}` is not a placeholder"),
            ("darwin = 'sign {file} {secret-file:}'", "is not a placeholder"),
            ("darwin = 'sign {file} {secret-file:A-B}'", "is not a placeholder"),
            ("darwin = 'sign {file} {out'", "without a `}`"),
            ("darwin = 'sign {file} | tee'", "needs a shell"),
            ("linux = 'sign {file}'", "unknown field `linux`"),
            ("timeout = 0", "nonzero"),
            ("darwin-identity = 'Me'", "`darwin-identity` needs `darwin`\nhelp: "),
            ("third-party = ['kubectl']", "kubectl is not a third-party binary"),
            ("third-party = ['tool']", "tool is not a third-party binary"),
        ] {
            let error = parse(table).unwrap_err();
            assert!(error.contains(expected) && error.contains("line "), "{table}:\n{error}");
        }
    }
}
