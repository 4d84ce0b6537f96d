//! The commands of the author that build binaries.

use anyhow::{Error, Result};
use camino::Utf8PathBuf;
use serde::Serialize;

use sixfold_model::built::Run;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::Cell;

use crate::project::Project;

/// A command, and the files that it has to write.
#[derive(Clone, Debug, Serialize)]
pub struct BuildCommand {
    /// The first binary that it builds.
    pub binary: String,
    #[serde(flatten)]
    pub run: Run,
    /// Absolute.
    pub outputs: Vec<Utf8PathBuf>,
    /// The table that configures it, for messages.
    #[serde(skip)]
    pub table: String,
    /// The root of the project, in which it runs.
    #[serde(skip)]
    pub root: Utf8PathBuf,
}

/// The commands that fill these cells, each once.
pub fn commands<'a>(project: &Project, cells: impl Iterator<Item = &'a Cell>) -> Result<Vec<BuildCommand>> {
    let mut commands: Vec<BuildCommand> = vec![];
    for cell in cells {
        let mut programs = project.config.programs();
        let Some((name, binary)) = programs.find(|(name, _)| name.as_str() == cell.binary) else { continue };
        let Some(built) = binary.built() else { continue };
        let run = built.run(cell.target()).map_err(Error::msg)?;
        let output = project.root.join(built.file(cell.target()));
        match commands.iter_mut().find(|command| command.run == run) {
            Some(command) if command.outputs.contains(&output) => {}
            Some(command) => command.outputs.push(output),
            None => commands.push(BuildCommand {
                binary: cell.binary.clone(),
                run,
                outputs: vec![output],
                table: CONFIG.table(&project.config.table_of(name).join(".")),
                root: project.root.clone(),
            }),
        }
    }
    Ok(commands)
}
