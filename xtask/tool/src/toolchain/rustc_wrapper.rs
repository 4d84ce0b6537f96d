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
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use sixfold_base::process;
use sixfold_model::digest::Digest;

/// Holds the [`Wrapper`] as JSON.
const VARIABLE: &str = "SIXFOLD_RUSTC_WRAPPER";
/// What cargo appends to the names of files.
const EXTRA: &str = "extra-filename=";

/// What the wrapper has to know.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wrapper {
    /// Directories of this machine, and what stands for each in the binaries.
    pub(crate) directories: Vec<(String, String)>,
    /// The author's own `RUSTC_WRAPPER`, which then runs rustc.
    pub(crate) next: Option<String>,
    /// A directory that gets a file with the name of each target for which rustc fails.
    pub(crate) failure_reports: Utf8PathBuf,
}

impl Wrapper {
    /// The variables that make cargo run rustc through this program.
    pub(crate) fn variables(&self) -> Result<[(&'static str, String); 2]> {
        let own = env::current_exe().context("the tool cannot find its own program")?;
        let own = own.into_os_string().into_string().ok().context("the path of the tool is not UTF-8")?;
        Ok([("RUSTC_WRAPPER", own), (VARIABLE, serde_json::to_string(self)?)])
    }

    /// The wrapper that this process was started as, if it was. A build script that runs the tool's own commands inherits
    /// the variable, so the first argument has to be a program: rustc, or the author's `RUSTC_WORKSPACE_WRAPPER`.
    pub(crate) fn from_environment() -> Option<Self> {
        let inherited = Self::inherited()?;
        let first = env::args_os().nth(1)?;
        let workspace_wrapper = env::var_os("RUSTC_WORKSPACE_WRAPPER");
        let is_program = first == "rustc"
            || first.to_string_lossy().contains(['/', '\\'])
            || workspace_wrapper.is_some_and(|wrapper| wrapper == first);
        is_program.then_some(inherited)
    }

    /// The flags by which a C compiler replaces the same directories. A build script calls it with the variables that cargo
    /// sets for both.
    pub(crate) fn c_flags() -> Vec<String> {
        Self::inherited()
            .map(|wrapper| wrapper.file_prefix_maps(&Package::from_environment()))
            .unwrap_or_default()
    }

    /// What the tool has passed on through cargo, if this process runs below it.
    fn inherited() -> Option<Self> {
        serde_json::from_str(&env::var(VARIABLE).ok()?).ok()
    }

    fn file_prefix_maps(&self, package: &Package) -> Vec<String> {
        let remap = self.remap(package).into_iter();
        remap.map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect()
    }

    /// Runs rustc with the arguments of this process, and returns only with an error.
    pub(crate) fn run(&self) -> Result<Infallible> {
        let mut arguments = env::args_os().skip(1);
        let rustc = arguments.next().context("cargo calls its wrapper with the program to run")?;
        let arguments: Vec<_> = arguments.collect();
        let first = arguments.first().map(|first| first.to_string_lossy()).unwrap_or_default();
        let purpose = format!("run `{} {first}`", rustc.to_string_lossy());
        let mut programs = self.next.iter().map(OsString::from).chain([rustc]);
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
        if self.failure_reports.is_dir() && !target.contains(['/', '\\']) {
            let _ = fs::write(self.failure_reports.join(target), "");
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
        let remap = self.remap(package);
        let flags = remap.into_iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}"));
        rewritten.chain(flags).collect()
    }

    /// The directories to replace. rustc and clang take the last one that matches, so the longest comes last.
    fn remap(&self, package: &Package) -> Vec<(String, String)> {
        let mut all = self.directories.clone();
        let Package { name, version, directory, out_dir } = package;
        if self.stand_in(directory).is_none() {
            all.push((directory.clone(), format!("/packages/{name}-{version}")));
        }
        all.extend(out_dir.iter().map(|out_dir| (out_dir.clone(), format!("/out/{name}-{version}"))));
        all.retain(|(from, _)| !from.is_empty());
        all.sort_by_key(|(from, _)| from.len());
        all
    }

    /// The path with the directory of this machine replaced, if it is in one that is known.
    fn stand_in(&self, path: &str) -> Option<String> {
        let within = |(from, to): &(String, String)| {
            let rest = Utf8Path::new(path).strip_prefix(from).ok()?;
            Some((from.len(), format!("{to}/{rest}")))
        };
        self.directories.iter().filter_map(within).max().map(|(_, path)| path)
    }

    /// A hash that tells this crate from all others in the same binary, and depends on no directory.
    fn metadata(&self, package: &Package, arguments: &[&str]) -> String {
        let source = self.stand_in(&package.directory).unwrap_or_default();
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

/// A macOS binary that lld links. lld writes the name of the file into the signature, and makes the UUID of the binary from
/// it. Cargo's name ends in a hash that depends on the directory, so the binary is linked under the name of its crate, in a
/// directory of its own, and renamed afterwards.
#[derive(Debug, PartialEq, Eq)]
struct MacosBinary {
    /// The directory and the end of the file name that cargo expects.
    out_dir: Utf8PathBuf,
    extra: String,
    name: String,
}

impl MacosBinary {
    /// The binary that this call of rustc links, if it links one.
    fn linked_by(arguments: &[OsString]) -> Option<Self> {
        let texts: Vec<_> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
        let value_of = |flag| texts.iter().skip_while(|text| **text != flag).nth(1).copied();
        let extra = texts.iter().find_map(|text| text.strip_prefix(EXTRA))?.to_owned();
        let is_lld = texts.iter().any(|text| text.ends_with("linker-flavor=ld64.lld"));
        let is_binary = value_of("--crate-type") == Some("bin");
        let (out_dir, name) = (value_of("--out-dir")?.into(), value_of("--crate-name")?.to_owned());
        (is_lld && is_binary).then_some(Self { out_dir, extra, name })
    }

    fn own_dir(&self) -> Utf8PathBuf {
        self.out_dir.join(format!("{}{}.sixfold", self.name, self.extra))
    }

    /// The arguments, with our directory and without the end of the file name.
    fn rewrite(&self, arguments: Vec<OsString>) -> Vec<OsString> {
        let change = |argument: OsString| match argument.to_str() {
            Some(text) if text == self.out_dir => self.own_dir().into(),
            Some(text) if text.starts_with(EXTRA) => EXTRA.into(),
            _ => argument,
        };
        arguments.into_iter().map(change).collect()
    }

    /// Moves what rustc has made to where cargo expects it.
    fn finish(&self) -> Result<()> {
        let own_dir = self.own_dir();
        for entry in own_dir.read_dir_utf8()? {
            let file = entry?.into_path();
            let end = file.extension().map(|extension| format!(".{extension}")).unwrap_or_default();
            fs::rename(&file, self.out_dir.join(format!("{}{}{end}", self.name, self.extra)))?;
        }
        Ok(fs::remove_dir(own_dir)?)
    }
}

/// The package that is compiled, as cargo describes it to rustc.
#[derive(Debug, Default)]
struct Package {
    name: String,
    version: String,
    directory: String,
    /// The output of its build script, if it has one.
    out_dir: Option<String>,
}

impl Package {
    fn from_environment() -> Self {
        let variable = |name| env::var(name).ok();
        Self {
            name: variable("CARGO_PKG_NAME").unwrap_or_default(),
            version: variable("CARGO_PKG_VERSION").unwrap_or_default(),
            directory: variable("CARGO_MANIFEST_DIR").unwrap_or_default(),
            out_dir: variable("OUT_DIR"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper(root: &str) -> Wrapper {
        let directories =
            [(root.to_owned(), "/workspace".to_owned()), ("/home/me/.cargo".into(), "/cargo".into())];
        Wrapper { directories: directories.into(), next: None, failure_reports: "/failures".into() }
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
    fn a_macos_binary_is_linked_under_the_name_of_its_crate_and_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let kind = ["--crate-name", "dep", "--crate-type", "bin", "-Clinker-flavor=ld64.lld"];
        let place = ["--out-dir", folder.as_str(), "-C", "extra-filename=-0a1b"];
        let call: Vec<_> = kind.into_iter().chain(place).map(OsString::from).collect();
        let binary = MacosBinary::linked_by(&call).unwrap();
        let own = folder.join("dep-0a1b.sixfold");
        assert_eq!(
            binary.rewrite(call.clone())[6..],
            [own.as_str(), "-C", "extra-filename="].map(OsString::from)
        );
        fs::create_dir(&own).unwrap();
        fs::write(own.join("dep"), "binary").unwrap();
        fs::write(own.join("dep.d"), "").unwrap();
        binary.finish().unwrap();
        assert_eq!(fs::read(folder.join("dep-0a1b")).unwrap(), b"binary");
        assert!(folder.join("dep-0a1b.d").exists() && !own.exists());
        let library: Vec<_> =
            call.iter().map(|word| if word == "bin" { "lib".into() } else { word.clone() }).collect();
        assert_eq!(MacosBinary::linked_by(&library), None);
    }

    #[test]
    fn c_code_loses_the_same_directories() {
        let mut package = package("/a/project");
        package.out_dir = Some("/a/project/target/x/build/dep-0a1b/out".into());
        let flags = wrapper("/a/project").file_prefix_maps(&package);
        assert_eq!(flags[0], "-ffile-prefix-map=/a/project=/workspace");
        assert_eq!(flags[2], "-ffile-prefix-map=/a/project/target/x/build/dep-0a1b/out=/out/dep-1.0.0");
    }

    #[test]
    fn a_directory_that_only_starts_alike_is_another_one() {
        assert_eq!(wrapper("/a/project").stand_in("/a/project2/dep"), None);
        assert_eq!(wrapper("/a/project").stand_in("/a/project/dep").unwrap(), "/workspace/dep");
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
