//! The programs and the secrets of the commands that sign.

use camino::Utf8Path;

use super::health::Health;
use crate::author_command::locate;
use crate::sign::secrets;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::HostOs;
use sixfold_model::sign::{Sign, SignCommand};

/// A check for each command. `install` works without them.
pub(super) fn health(root: &Utf8Path, sign: &Sign) -> Vec<(String, Health)> {
    let check = |(what, key, command): (String, &str, &SignCommand)| {
        let (program, table) = (command.program(), CONFIG.table("sign"));
        let missing = |name: &&str| secrets::read(name, &table).is_err();
        let health = match (locate(program, root), command.secrets().into_iter().find(missing)) {
            (Err((why, how)), _) => Health::note(
                format!("{why}, so `dist` cannot sign {what}"),
                format!("{how}, or change `{key}` in {table}"),
            ),
            (_, Some(name)) => Health::note(
                format!("{name} is not set, so `dist` cannot sign {what}"),
                format!("set it to the secret that `{{secret-file:{name}}}` in {table} stands for"),
            ),
            (Ok(path), None) => Health::Good(format!("{} signs {what}", path.display())),
        };
        (format!("sign {key}"), health)
    };
    let files = HostOs::ALL.into_iter();
    let files = files.filter_map(|os| Some((format!("for {os}"), os.as_str(), sign.command(os)?)));
    let image = sign.image.as_ref().map(|command| ("the image".to_owned(), "image", &command.0));
    files.chain(image).map(check).collect()
}
