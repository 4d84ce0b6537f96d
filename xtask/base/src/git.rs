//! Calls of git.

use std::process::Command;

use camino::Utf8Path;

/// What git sets for its hooks: with these, git would look at another repository than that of the folder.
const OF_HOOKS: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"];

/// git in a folder, with its messages in English. It asks for no password.
pub fn command(folder: &Utf8Path) -> Command {
    let mut git = Command::new("git");
    git.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").current_dir(folder);
    for name in OF_HOOKS {
        git.env_remove(name);
    }
    git
}
