//! The Python package `ziglang`, in one exact version: it has a list of libSystem's names, and mingw-w64's lists of what the
//! DLLs of Windows export.

use std::process::Command;

use anyhow::{Context as _, Result, anyhow, ensure};
use camino::{Utf8Path, Utf8PathBuf};

/// The folder of what zig has for macOS.
const DARWIN: &str = "lib/libc/darwin";

/// The package, unpacked into the workspace's target folder.
pub(crate) struct Package {
    dir: Utf8PathBuf,
    pub version: String,
}

impl Package {
    /// Downloads the package unless it is there.
    pub(crate) fn get(workspace: &Utf8Path, version: &str) -> Result<Self> {
        Self::keep(workspace, version, "ziglang", "")
    }

    /// The same, but keeps only the lists of libSystem: the rest takes hundreds of megabytes.
    pub(crate) fn lists_only(workspace: &Utf8Path, version: &str) -> Result<Self> {
        Self::keep(workspace, version, "ziglang-lists", DARWIN)
    }

    fn keep(workspace: &Utf8Path, version: &str, name: &str, folder: &str) -> Result<Self> {
        let dir = workspace.join("target/stubs").join(format!("{name}-{version}"));
        let kept = Utf8Path::new("ziglang").join(folder);
        if !dir.join(&kept).exists() {
            let partial = Utf8PathBuf::from(format!("{dir}.partial"));
            let status = python(&["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"])
                .args(["--target", partial.as_str(), &format!("ziglang=={version}")])
                .status()
                .map_err(|error| anyhow!("cannot run python: {error}\nhelp: install Python 3 with pip"))?;
            ensure!(status.success(), "pip cannot install ziglang {version}");
            let _ = fs_err::remove_dir_all(&dir);
            let to = dir.join(&kept);
            fs_err::create_dir_all(to.parent().unwrap_or(&dir))?;
            fs_err::rename(partial.join(&kept), to)?;
            fs_err::remove_dir_all(&partial)?;
        }
        Ok(Self { dir: dir.join("ziglang"), version: version.to_owned() })
    }

    /// The list of libSystem's names.
    pub(crate) fn libsystem(&self) -> Result<String> {
        Ok(fs_err::read_to_string(self.dir.join(DARWIN).join("libSystem.tbd"))?)
    }

    /// The lists of libSystem with the versions of their SDKs, from old to new.
    pub(crate) fn dated_lists(&self) -> Result<Vec<(String, String)>> {
        let mut lists = Vec::new();
        for entry in self.dir.join(DARWIN).read_dir_utf8()? {
            let path = entry?.into_path();
            let name = path.file_name().unwrap_or_default();
            let Some(version) = name.strip_prefix("libSystem.").and_then(|name| name.strip_suffix("tbd"))
            else {
                continue;
            };
            let version = match version.strip_suffix('.') {
                Some(version) => version.to_owned(),
                None => self.sdk_version()?,
            };
            lists.push((version, fs_err::read_to_string(&path)?));
        }
        lists.sort();
        Ok(lists)
    }

    fn sdk_version(&self) -> Result<String> {
        let settings = fs_err::read_to_string(self.dir.join(DARWIN).join("SDKSettings.json"))?;
        let settings: serde_json::Value = serde_json::from_str(&settings)?;
        let version = settings["MinimalDisplayName"].as_str().context("the SDK has no version")?;
        Ok(version.to_owned())
    }

    /// The folders of module definition files.
    pub(crate) fn definitions(&self) -> [Utf8PathBuf; 2] {
        ["lib-common", "lib64"].map(|name| self.mingw().join(name))
    }

    /// A module definition file after the C preprocessor, which `macro_name` tells the architecture.
    pub(crate) fn preprocess(&self, file: &Utf8Path, macro_name: &str) -> Result<String> {
        let zig = self.dir.join(format!("zig{}", std::env::consts::EXE_SUFFIX));
        let output = Command::new(zig)
            .args(["cc", "-E", "-P", "-undef", "-x", "assembler-with-cpp", &format!("-D{macro_name}")])
            .args(["def-include", "lib-common"].map(|name| format!("-I{}", self.mingw().join(name))))
            .arg(file)
            .output()
            .context("cannot run zig")?;
        ensure!(output.status.success(), "zig cannot preprocess {file}");
        Ok(String::from_utf8(output.stdout)?)
    }

    fn mingw(&self) -> Utf8PathBuf {
        self.dir.join("lib/libc/mingw")
    }
}

fn python(args: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
    command.args(args).env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    command
}
