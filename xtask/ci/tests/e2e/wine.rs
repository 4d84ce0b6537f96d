//! Wine with a separate prefix. Its background processes are stopped when the value is dropped.

use std::process::Command;

use tempfile::TempDir;

pub(crate) struct Wine {
    prefix: TempDir,
}

impl Wine {
    pub(crate) fn new() -> Wine {
        Wine { prefix: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self) -> Command {
        self.program("wine")
    }

    /// Without a display, debug messages, and the offer to download Mono and Gecko.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.env("WINEPREFIX", self.prefix.path()).env("WINEDEBUG", "-all");
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml=").env_remove("DISPLAY");
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Otherwise the background processes of wine would outlive the test and write to the folder.
        let _ = self.program("wineserver").args(["--kill", "--wait"]).status();
    }
}
