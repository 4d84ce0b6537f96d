//! Where the programs of the commands are.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use camino::Utf8Path;

use sixfold_model::sign::SignCommand;
use sixfold_project::plan::Signing;

/// The full path of a command's program, which may be a file of the project, whose root this is.
pub(crate) fn locate(command: &SignCommand, root: &Utf8Path) -> Option<PathBuf> {
    which::which_in(command.program(), std::env::var_os("PATH"), root).ok()
}

/// The same, or an error that says what is not signed.
pub(super) fn find(signing: &Signing, key: &str, command: &SignCommand) -> Result<PathBuf> {
    let (name, table) = (command.program(), signing.table());
    locate(command, &signing.root).ok_or_else(|| {
        let what = match signing.image() {
            Some(_) => "the image".to_owned(),
            None => format!("the binaries for {key}"),
        };
        anyhow!("cannot sign {what}: {name} was not found\nhelp: install it, or change `{key}` in {table}")
    })
}
