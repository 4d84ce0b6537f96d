//! Downloads packages for arm64 with the machine's apt, sources and keys, without changing anything on the machine.

use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::process;

/// apt with a state of its own, on which nothing is installed.
pub(super) struct Apt {
    folder: Utf8PathBuf,
}

impl Apt {
    /// Downloads the lists of packages.
    pub(super) fn new(folder: Utf8PathBuf) -> Result<Self> {
        ["lists/partial", "cache/archives/partial"]
            .iter()
            .try_for_each(|name| fs::create_dir_all(folder.join(name)))?;
        fs::write(folder.join("status"), "")?;
        let apt = Self { folder };
        process::run(apt.command("apt-get")?.arg("update").stdout(std::io::stderr()))?;
        Ok(apt)
    }

    /// Downloads the newest version of each package, without what it depends on, and unpacks it without running its scripts.
    pub(super) fn unpack(&self, packages: &[&str], to: &Utf8Path) -> Result<()> {
        let downloads = self.folder.join("downloads");
        fs::create_dir_all(&downloads)?;
        let mut download = self.command("apt-get")?;
        process::run(
            download.arg("download").args(packages).current_dir(&downloads).stdout(std::io::stderr()),
        )?;
        for file in downloads.read_dir_utf8()? {
            let mut unpack = Command::new("dpkg-deb");
            process::run(unpack.arg("--extract").arg(file?.path()).arg(to))?;
        }
        Ok(())
    }

    /// The package that `package`, which is empty, stands for at present.
    pub(super) fn dependency(&self, package: &str) -> Result<String> {
        let shown = process::read_stdout(self.command("apt-cache")?.args(["depends", package]))?;
        let name = shown.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(name.with_context(|| format!("{package} depends on nothing:\n{shown}"))?.to_owned())
    }

    /// The priorities of this machine do not count: the newest suite is used.
    fn command(&self, program: &str) -> Result<Command> {
        let mut command = process::command(program, "this step needs Debian, where apt is always installed")?;
        let folder = &self.folder;
        for option in [
            "APT::Architecture=arm64".to_owned(),
            "APT::Architectures=arm64".to_owned(),
            "APT::Sandbox::User=root".to_owned(),
            "Acquire::Retries=3".to_owned(),
            "Dir::Etc::preferences=/dev/null".to_owned(),
            "Dir::Etc::preferencesparts=/dev/null".to_owned(),
            format!("Dir::State={folder}"),
            format!("Dir::State::status={folder}/status"),
            format!("Dir::Cache={folder}/cache"),
        ] {
            command.arg("--option").arg(option);
        }
        Ok(command)
    }
}
