//! The programs and the secrets of the commands that sign.

use camino::Utf8Path;

use super::health::Health;
use crate::sign::{find_program, secrets};
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::HostOs;
use sixfold_model::sign::Sign;

/// A check for each command. `install` works without them.
pub(super) fn health(root: &Utf8Path, sign: &Sign) -> Vec<(String, Health)> {
    let check = |os: HostOs| {
        let command = sign.command(os)?;
        let (program, table) = (command.program(), CONFIG.table("sign"));
        let missing = |name: &&str| secrets::read(name, &table).is_err();
        let health = match (find_program(program, root), command.secrets().into_iter().find(missing)) {
            (None, _) => Health::note(
                format!("{program} was not found, so `dist` cannot sign for {os}"),
                format!("install it, or change `{os}` in {table}"),
            ),
            (_, Some(name)) => Health::note(
                format!("{name} is not set, so `dist` cannot sign for {os}"),
                format!("set it to the secret that `{{secret-file:{name}}}` in {table} stands for"),
            ),
            (Some(path), None) => Health::Good(format!("{} signs for {os}", path.display())),
        };
        Some((format!("sign {os}"), health))
    };
    HostOs::ALL.into_iter().filter_map(check).collect()
}
