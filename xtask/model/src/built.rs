//! Binaries that a command of the author builds: `[workspace.metadata.extension.binaries.NAME]` with `path` and `build`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::matrix::Target;
use crate::prebuilt::Spelling;
use crate::prebuilt::address::InnerPath;
use crate::prebuilt::template::{Placeholder, Template, Word};
use crate::values::{CommandLine, Hosts};

/// A binary that a command builds, for example `go build`.
#[derive(Clone, Debug)]
pub struct Built {
    pub(crate) hosts: Hosts,
    pub(crate) version: Option<Word>,
    pub(crate) spelling: Spelling,
    /// The file that the command writes.
    pub(crate) path: InnerPath,
    pub(crate) build: Template,
    pub(crate) env: BTreeMap<String, Template>,
    /// The files and folders that the command reads, relative to the root of the workspace. `None`: not known.
    pub(crate) inputs: Option<Vec<InnerPath>>,
}

/// One run of a command, with the placeholders replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Run in the root of the workspace, without a shell.
    pub command: CommandLine,
    /// Variables that are set for it.
    pub env: BTreeMap<String, String>,
    /// The files and folders that it reads. `None`: not known, so it has to run every time.
    pub inputs: Option<Vec<String>>,
}

impl Built {
    /// Fails if two keys contradict each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        let templates = self.env.values().chain([&self.build, self.path.template()]);
        if self.version.is_none() && templates.clone().any(|template| template.uses(Placeholder::Version)) {
            return Err("`{version}` is used, but `version` is not set\nhelp: add it".into());
        }
        let mut runs: BTreeMap<String, (Target, Run)> = BTreeMap::new();
        for target in self.targets() {
            let run = self.run(target)?;
            let (first, other) = runs.entry(self.file(target)).or_insert_with(|| (target, run.clone()));
            if *other != run {
                return Err(format!(
                    "`path` is the same file for {first} and {target}, but their commands differ\n\
                     help: use {{os}} and {{arch}} in `path`"
                ));
            }
        }
        Ok(())
    }

    fn targets(&self) -> impl Iterator<Item = Target> {
        Target::all().filter(|target| self.hosts.as_slice().contains(&target.os))
    }

    /// The run that builds the binary for a target. Fails if the command needs a shell.
    pub fn run(&self, target: Target) -> Result<Run, String> {
        let inputs = self.inputs.as_ref();
        Ok(Run {
            command: CommandLine::try_from(self.fill(&self.build, target))?,
            env: self.env.iter().map(|(name, value)| (name.clone(), self.fill(value, target))).collect(),
            inputs: inputs.map(|all| all.iter().map(|path| self.fill(path.template(), target)).collect()),
        })
    }

    /// The file that the command writes for a target, relative to the root of the workspace.
    pub fn file(&self, target: Target) -> String {
        self.fill(self.path.template(), target)
    }

    fn fill(&self, template: &Template, target: Target) -> String {
        self.spelling.fill(template, self.version.as_ref(), target)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{self, Config};
    use crate::matrix::{Arch, HostOs, Target};

    const GO: &str = "path = 'dist/{os}-{arch}/tool{exe}'\nbuild = 'go build -o dist/{os}-{arch}/tool{exe} ./cmd'\n\
                      env = { GOOS = '{os}', GOARCH = '{arch}', CGO_ENABLED = '0' }";

    fn parse(table: &str) -> Result<Config, String> {
        let text = format!(
            "[workspace.metadata.extension]\nimage = 'a/b'\n[workspace.metadata.extension.binaries.tool]\n{table}"
        );
        config::parse(&text).map(|(config, _)| config).map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_are_replaced_in_path_command_and_variables() {
        let config = parse(&format!("{GO}\narch = {{ amd64 = 'x64' }}")).unwrap();
        let (_, built) = config.built().next().unwrap();
        let windows = Target { os: HostOs::Windows, arch: Arch::Amd64 };
        assert_eq!(built.file(windows), "dist/windows-x64/tool.exe");
        let run = built.run(windows).unwrap();
        assert_eq!(run.command.to_string(), "go build -o dist/windows-x64/tool.exe ./cmd");
        assert_eq!(run.env["GOOS"], "windows");
        assert_eq!(run.env["CGO_ENABLED"], "0");
        assert_eq!(run.inputs, None);
    }

    #[test]
    fn keys_that_contradict_each_other_are_errors() {
        for (table, expected) in [
            ("path = 'dist/tool'", "`path` needs `build`"),
            ("build = 'make'", "`build` needs `path`"),
            ("path = 'dist/tool'\nbuild = 'make {os}'", "the same file for x86_64-apple-darwin and"),
            ("path = 'dist/{os}/tool'\nbuild = 'make && make'", "needs a shell"),
            ("path = '../tool'\nbuild = 'make'", "must be a relative path"),
            ("path = 'a{version}'\nbuild = 'make'", "`version` is not set"),
            ("path = 'a'\nbuild = 'make'\nurl = 'b'", "both `url` and `build`"),
            ("path = 'a'\nbuild = 'make'\nmember = 'b'", "`member` is for prebuilt binaries"),
            ("path = 'a'\nbuild = 'make'\nfeatures = ['b']", "`features` is for bins of this workspace"),
            ("inputs = ['a']", "`inputs` needs `build`"),
        ] {
            let error = parse(table).unwrap_err();
            assert!(error.contains(expected), "{table}:\n{error}");
        }
        assert!(parse("path = 'tool'\nbuild = 'make'").is_ok(), "one file for every host, such as a script");
    }
}
