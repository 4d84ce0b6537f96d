//! The programs that sign the binaries and the image.

use super::health::Health;
use crate::sign::program::locate;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::HostOs;
use sixfold_model::sign::SignCommand;
use sixfold_project::Project;

/// The key of the command for the image.
const IMAGE: &str = "image";

pub(super) fn health(project: &Project) -> Vec<(&'static str, Health)> {
    let config = &project.config.sign;
    let image = config.image.as_ref().map(|command| (IMAGE, &command.0));
    let files = HostOs::ALL.into_iter().filter_map(|os| Some((os.as_str(), config.command(os)?)));
    let check = |(key, command): (&str, &SignCommand)| match locate(command, &project.root) {
        Some(path) => Health::Good(format!("`{key}` runs {}", path.display())),
        None => {
            let help = format!("install it, or change `{key}` in {}", CONFIG.table("sign"));
            let name = command.program();
            // Only a push signs the image.
            match key == IMAGE {
                true => Health::note(
                    format!("{name} was not found; `dist --push` needs it to sign the image"),
                    help,
                ),
                false => Health::error(format!("{name} was not found"), help),
            }
        }
    };
    files.chain(image).map(|command| ("sign", check(command))).collect()
}
