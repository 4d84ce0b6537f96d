//! Runs rustc so that it makes the same bytes in any directory and on any machine.
//!
//! `dist` sets this program as cargo's `RUSTC_WRAPPER`. For a crate that ends up in a host binary, it
//!
//! - replaces the directories of this machine in everything that rustc writes (`--remap-path-prefix`): the workspace, the
//!   target directory, cargo's home, packages outside the workspace, and the output of build scripts;
//! - replaces the hash that cargo passes as `-C metadata`. Cargo makes it from the absolute path of every package outside
//!   the workspace, and so of every crate that depends on one. rustc puts it into the names of symbols.
//!
//! Flags in `RUSTFLAGS` could do the first, but cargo compiles everything again when these change, for instance after the
//! checkout has moved. It does not look at what a wrapper adds.

use std::convert::Infallible;
use std::env;
use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context as _, Result};
use fs_err as fs;
use sixfold_base::process;
use sixfold_model::digest::Digest;
use sixfold_project::toolchain::wrapper::{Package, Wrapper};

use super::macos_binary::MacosBinary;

/// This process, run by cargo in place of rustc.
pub(crate) struct RustcWrapper(Wrapper);

impl RustcWrapper {
    /// The wrapper that this process was started as, if it was. A build script that runs the tool's own commands inherits
    /// the variable, so the first argument has to be a program: rustc, or the author's `RUSTC_WORKSPACE_WRAPPER`.
    pub(crate) fn from_environment() -> Option<Self> {
        let inherited = Wrapper::inherited()?;
        let first = env::args_os().nth(1)?;
        let workspace_wrapper = env::var_os("RUSTC_WORKSPACE_WRAPPER");
        let is_program = first == "rustc"
            || first.to_string_lossy().contains(['/', '\\'])
            || workspace_wrapper.is_some_and(|wrapper| wrapper == first);
        is_program.then_some(Self(inherited))
    }

    /// Runs rustc with the arguments of this process, and returns only with an error.
    pub(crate) fn run(&self) -> Result<Infallible> {
        let mut arguments = env::args_os().skip(1);
        let rustc = arguments.next().context("cargo calls its wrapper with the program to run")?;
        let arguments: Vec<_> = arguments.collect();
        let first = arguments.first().map(|first| first.to_string_lossy()).unwrap_or_default();
        let purpose = format!("run `{} {first}`", rustc.to_string_lossy());
        let mut programs = self.0.next.iter().map(OsString::from).chain([rustc]);
        let mut command = Command::new(programs.next().context("there is always rustc")?);
        command.args(programs);
        if let [file] = arguments.as_slice()
            && file.to_string_lossy().starts_with('@')
        {
            command.arg(self.rewrite_file(file)?);
            return process::hand_over(command, &purpose);
        }
        let rewritten = self.rewrite(&arguments);
        let target = arguments.iter().skip_while(|argument| **argument != "--target").nth(1);
        let Some(target) = target.and_then(|target| target.to_str()) else {
            command.args(rewritten);
            return process::hand_over(command, &purpose);
        };
        let binary = MacosBinary::linked_by(&arguments);
        let rewritten = match &binary {
            Some(binary) => {
                fs::create_dir_all(binary.own_dir())?;
                binary.rewrite(rewritten)
            }
            None => rewritten,
        };
        let status = command.args(rewritten).status().with_context(|| format!("cannot {purpose}"))?;
        if status.success() {
            binary.iter().try_for_each(MacosBinary::finish)?;
        } else {
            self.report_failure(target);
        }
        std::process::exit(status.code().unwrap_or(1))
    }

    /// Only makes a message better, so that the run goes on if it is not possible.
    fn report_failure(&self, target: &str) {
        if self.0.failure_reports.is_dir() && !target.contains(['/', '\\']) {
            let _ = fs::write(self.0.failure_reports.join(target), "");
        }
    }

    /// Cargo passes a file, with an argument in each line, when the command line is too long for the system.
    fn rewrite_file(&self, argument: &OsString) -> Result<String> {
        let file = argument.to_string_lossy().trim_start_matches('@').to_owned();
        let text = fs::read_to_string(&file)?;
        let rewritten = self.rewrite(&text.lines().map(OsString::from).collect::<Vec<_>>());
        let lines: Vec<_> = rewritten.iter().map(|line| line.to_string_lossy()).collect();
        let file = format!("{file}.sixfold");
        fs::write(&file, lines.join("\n"))?;
        Ok(format!("@{file}"))
    }

    /// Arguments that are not UTF-8 are left alone, as are calls for this machine: build scripts and procedural macros.
    fn rewrite(&self, arguments: &[OsString]) -> Vec<OsString> {
        let texts: Option<Vec<_>> = arguments.iter().map(|argument| argument.to_str()).collect();
        match texts {
            Some(texts) if texts.contains(&"--target") => {
                let package = Package::from_environment();
                self.stable(&package, &texts).into_iter().map(OsString::from).collect()
            }
            _ => arguments.to_vec(),
        }
    }

    fn stable(&self, package: &Package, arguments: &[&str]) -> Vec<String> {
        let metadata = format!("metadata={}", self.metadata(package, arguments));
        let rewritten = arguments.iter().map(|argument| {
            if argument.starts_with("metadata=") { metadata.clone() } else { (*argument).to_owned() }
        });
        let remap = self.0.remap(package);
        let flags = remap.into_iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}"));
        rewritten.chain(flags).collect()
    }

    /// A hash that tells this crate from all others in the same binary, and depends on no directory.
    fn metadata(&self, package: &Package, arguments: &[&str]) -> String {
        let source = self.0.stand_in(&package.directory).unwrap_or_default();
        let mut text = format!("{}\n{}\n{source}\n", package.name, package.version);
        let counts = ["--crate-name", "--crate-type", "--cfg", "--target"];
        for pair in arguments.windows(2) {
            if let [flag, value] = pair
                && counts.contains(flag)
            {
                text.push_str(&format!("{flag} {value}\n"));
            }
        }
        Digest::of(text.as_bytes()).hex().chars().take(16).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper(root: &str) -> RustcWrapper {
        let directories =
            [(root.to_owned(), "/workspace".to_owned()), ("/home/me/.cargo".into(), "/cargo".into())];
        RustcWrapper(Wrapper {
            directories: directories.into(),
            next: None,
            failure_reports: "/failures".into(),
        })
    }

    fn package(directory: &str) -> Package {
        Package { name: "dep".into(), version: "1.0.0".into(), directory: directory.into(), out_dir: None }
    }

    const CALL: [&str; 8] =
        ["--crate-name", "dep", "-C", "metadata=0a1b", "--cfg", "feature=\"std\"", "--target", "x"];

    fn metadata(root: &str, directory: &str, call: &[&str]) -> String {
        wrapper(root).stable(&package(directory), call)[3].clone()
    }

    #[test]
    fn the_metadata_depends_on_the_crate_and_on_no_directory() {
        let here = metadata("/a/project", "/a/dep", &CALL);
        assert!(here.starts_with("metadata=") && here != "metadata=0a1b");
        assert_eq!(metadata("/b/c/project", "/b/c/dep", &CALL), here);
        let other_features =
            CALL.map(|word| if word.starts_with("feature") { "feature=\"alloc\"" } else { word });
        assert_ne!(metadata("/a/project", "/a/dep", &other_features), here);
        // The same name and version from another source.
        assert_ne!(metadata("/a/project", "/a/project/dep", &CALL), here);
    }

    #[test]
    fn the_longest_directory_wins_and_so_comes_last() {
        let mut package = package("/a/dep");
        package.out_dir = Some("/a/project/target/x/build/dep-0a1b/out".into());
        let flags = wrapper("/a/project").stable(&package, &CALL)[CALL.len()..].join("\n");
        assert_eq!(
            flags,
            "--remap-path-prefix=/a/dep=/packages/dep-1.0.0\n--remap-path-prefix=/a/project=/workspace\n\
             --remap-path-prefix=/home/me/.cargo=/cargo\n\
             --remap-path-prefix=/a/project/target/x/build/dep-0a1b/out=/out/dep-1.0.0"
        );
    }

    #[test]
    fn a_file_of_arguments_is_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("args");
        fs::write(&file, CALL.join("\n")).unwrap();
        let argument = wrapper("/a").rewrite_file(&format!("@{}", file.display()).into()).unwrap();
        let text = fs::read_to_string(argument.trim_start_matches('@')).unwrap();
        assert!(text.starts_with("--crate-name\ndep\n-C\nmetadata=") && !text.contains("0a1b"), "{text}");
        assert!(text.contains("\n--remap-path-prefix=/home/me/.cargo=/cargo"), "{text}");
    }

    #[test]
    fn build_scripts_and_procedural_macros_are_compiled_as_cargo_asks() {
        let call: Vec<_> =
            ["--crate-name", "build_script_build", "-C", "metadata=1"].map(OsString::from).into();
        assert_eq!(wrapper("/a").rewrite(&call), call);
    }
}
