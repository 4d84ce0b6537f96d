//! The tools that compiling needs: checked before anything long starts, then installed.

use anyhow::{Error, Result, bail};

use sixfold_project::plan::{BuildCommand, Signing, Toolchain, Ui};
use sixfold_project::toolchain::zig::{Source, Zig};

use crate::build_commands;
use crate::toolchain::zig_install::{self, Pip};
use crate::toolchain::{auditable, targets};
use crate::{sign, ui};

/// What can install the missing tools.
pub(crate) struct Tools {
    pip: Option<Pip>,
}

impl Tools {
    /// Fails with everything that is missing and cannot be installed, for the binaries and for the UI. Downloads nothing.
    pub(crate) fn find(
        toolchain: Option<&Toolchain>,
        commands: &[BuildCommand],
        ui: Option<&Ui>,
        signing: [Option<&Signing>; 2],
        offline: bool,
    ) -> Result<Self> {
        let targets =
            targets::can_add(toolchain.map_or(&[], |toolchain| &toolchain.missing_targets), offline);
        let pip = match toolchain.filter(|toolchain| toolchain.zig == Some(Source::Install)) {
            Some(toolchain) => zig_install::installer(&toolchain.zig_purpose(), offline).map(Some),
            None => Ok(None),
        };
        let auditable =
            toolchain.filter(|toolchain| toolchain.auditable).map(|_| auditable::find()).transpose();
        let commands = build_commands::ready(commands);
        let ui = ui.map_or(Ok(()), ui::ready);
        let [files, image] = signing.map(sign::ready);
        fail_with_all(&[
            targets.err().as_ref(),
            pip.as_ref().err(),
            auditable.as_ref().err(),
            commands.err().as_ref(),
            ui.err().as_ref(),
            files.err().as_ref(),
            image.err().as_ref(),
        ])?;
        Ok(Self { pip: pip? })
    }

    /// Installs missing Rust targets and zig. Returns zig, if the toolchain needs it.
    pub(crate) fn install(self, toolchain: Option<&Toolchain>) -> Result<Option<Zig>> {
        let Some(toolchain) = toolchain else { return Ok(None) };
        targets::add_targets(&toolchain.folder, &toolchain.missing_targets)?;
        match (&toolchain.zig, self.pip) {
            (Some(Source::Found(zig)), _) => Ok(Some(zig.clone())),
            (_, Some(pip)) => zig_install::install(&toolchain.zig_purpose(), &pip).map(Some),
            (_, None) => Ok(None),
        }
    }
}

/// Fails with all of these errors, if there are any.
fn fail_with_all(errors: &[Option<&Error>]) -> Result<()> {
    let lines: Vec<_> = errors.iter().flatten().map(|error| error.to_string()).collect();
    if lines.is_empty() { Ok(()) } else { bail!(lines.join("\n")) }
}
