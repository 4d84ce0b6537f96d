//! One call of the author's command.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use camino::Utf8Path;

use sixfold_base::process::{self, Output};
use sixfold_base::terminal;
use sixfold_model::sign::SignCommand;
use sixfold_project::plan::Signing;

use super::secrets::Secrets;
use crate::author_command;

/// How much of the output of a command that fails is shown, in bytes.
const SHOWN: usize = 2000;

/// The full path of a command's program, or an error that says what is not signed.
pub(super) fn find(signing: &Signing, key: &str, command: &SignCommand) -> Result<PathBuf> {
    let (name, table) = (command.program(), signing.table());
    author_command::locate(name, &signing.root).map_err(|(why, how)| {
        let what = match signing.image() {
            Some(_) => "the image".to_owned(),
            None => format!("the binaries for {key}"),
        };
        anyhow!("cannot sign {what}: {why}\nhelp: {how}, or change `{key}` in {table}")
    })
}

pub(super) struct Call<'a> {
    /// The cell or the image, for messages.
    pub what: &'a str,
    /// The key of the command.
    pub key: &'a str,
    pub command: &'a SignCommand,
    /// The file or the image.
    pub subject: &'a str,
    pub out: &'a Utf8Path,
}

impl Call<'_> {
    /// Fails if the command fails, or does not end in time. Its output is shown only then, without secrets.
    pub(super) fn run(&self, signing: &Signing, secrets: &Secrets) -> Result<()> {
        let Self { what, key, command, .. } = self;
        let mut process = Command::new(find(signing, key, command)?);
        author_command::in_environment_of_author(&mut process);
        process.args(command.arguments(self.subject, self.out, |name| secrets.file(name)));
        process.current_dir(&signing.root);
        let name = command.program();
        let output = process::capture_within(process, &format!("sign {what}"), signing.timeout())
            .with_context(|| format!("cannot sign {what}\nhelp: check that {name} can be started"))?;
        let Some(output) = output else {
            let seconds = signing.timeout().as_secs();
            bail!(
                "cannot sign {what}: `{name}` did not end within {seconds} seconds\n\
                 help: check that its {} answers and that it waits for no input, or set `timeout` in {}",
                if signing.image().is_some() { "registry" } else { "time-stamp server" },
                signing.table()
            );
        };
        if output.status.success() {
            return Ok(());
        }
        terminal::line(end_of(&output, secrets));
        bail!(
            "cannot sign {what}: `{name}` ended with {}; its output is above\n\
             help: correct the error, or change `{key}` in {}",
            output.status,
            signing.table()
        );
    }
}

/// The last lines, without secrets.
fn end_of(output: &Output, secrets: &Secrets) -> String {
    let text = secrets.hide(&format!("{}\n{}", output.stdout.trim_end(), output.stderr.trim_end()));
    let from = text.len().saturating_sub(SHOWN);
    let from = (from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let end = text.get(from..).unwrap_or_default().trim();
    if from > 0 { format!("…{end}") } else { end.to_owned() }
}
