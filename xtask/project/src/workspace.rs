//! Asks cargo about the workspace, and adds advice where cargo cannot read it.

use std::sync::OnceLock;

use anyhow::{Error, Result, anyhow};
use camino::Utf8Path;
use cargo_metadata::{Error as CargoError, Metadata as Workspace, MetadataCommand, Package, TargetKind};

use serde_json::json;
use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::lookup::Lookup;
use sixfold_base::program::TOOL;
use sixfold_model::config;
use sixfold_model::config_file::ConfigFile;
use sixfold_model::members::{Member, PackageFields};

const INSTALL_RUST: &str = "install Rust with rustup, which includes cargo and rustc";

/// The workspace that contains `folder`, with all dependencies. Does not run cargo through [`sixfold_base::process`]: cargo may
/// have to ask for a passphrase at the terminal to fetch packages, which only a program in the terminal's own process group
/// can do.
pub(crate) fn read(folder: &Utf8Path, lookup: Lookup) -> Result<Workspace> {
    if let Some(workspace) = without_packages(folder)? {
        return Ok(workspace);
    }
    let _heartbeat =
        Heartbeat::start(|| "for cargo to read the workspace and to fetch its packages".to_owned());
    command(folder).other_options(lookup.flags()).exec().map_err(explain)
}

/// `cargo metadata` in this folder.
pub(crate) fn command(folder: &Utf8Path) -> MetadataCommand {
    let mut command = MetadataCommand::new();
    for (name, value) in RUSTC_WRAPPER.get().into_iter().flatten() {
        command.env(name, value);
    }
    command.current_dir(folder);
    command
}

/// The workspace in `root` without its dependencies: needs neither the network nor a lock file. Fails with cargo's own
/// message.
pub(crate) fn outline(root: &Utf8Path) -> Result<Workspace, String> {
    if let Some(workspace) = without_packages(root).map_err(|error| format!("{error:#}"))? {
        return Ok(workspace);
    }
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).current_dir(root).no_deps();
    let workspace = command.other_options(["--offline".to_owned()]).exec();
    workspace.map_err(|error| match error {
        CargoError::CargoMetadata { stderr } => stderr.trim().trim_start_matches("error: ").to_owned(),
        error => error.to_string(),
    })
}

/// The workspace that contains `folder` if it has no packages, as in an extension without Rust. Cargo refuses to read that.
fn without_packages(folder: &Utf8Path) -> Result<Option<Workspace>> {
    let Some(root) = folder.ancestors().find(|folder| folder.join("Cargo.toml").is_file()) else {
        return Ok(None);
    };
    // Cargo has better messages for what cannot be read.
    let text = std::fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = text.parse().unwrap_or_default();
    let members = manifest.get("workspace").map(|workspace| workspace.get("members"));
    let is_empty = |members: Option<&toml::Value>| {
        members.is_none_or(|members| members.as_array().is_some_and(Vec::is_empty))
    };
    if manifest.contains_key("package") || !members.is_some_and(is_empty) {
        return Ok(None);
    }
    empty(root).map(Some)
}

/// A workspace without packages.
pub(crate) fn empty(root: &Utf8Path) -> Result<Workspace> {
    let root = root.canonicalize_utf8()?;
    let target = std::env::var("CARGO_TARGET_DIR").map_or(root.join("target"), |target| root.join(target));
    let workspace = json!({
        "packages": [], "workspace_members": [], "resolve": null, "version": 1, "metadata": null,
        "workspace_root": root, "target_directory": target,
    });
    Ok(serde_json::from_value(workspace)?)
}

/// The packages of the workspace in `root`: none if an extension.toml there needs none, and then cargo is not asked. Fails
/// with cargo's own message.
pub fn find_members(root: &Utf8Path) -> Result<Vec<Member>, String> {
    let own = root.join(ConfigFile::ExtensionToml.name());
    // What is wrong in it is reported by those who read it.
    let needs_cargo = || config::read(&own).is_ok_and(|(config, _)| config.needs_cargo());
    if own.is_file() && !(needs_cargo() && root.join("Cargo.toml").is_file()) {
        return Ok(vec![]);
    }
    outline(root).map(|workspace| members(&workspace))
}

/// The packages of the workspace.
pub(crate) fn members(workspace: &Workspace) -> Vec<Member> {
    let tool = workspace.workspace_root.join("xtask");
    workspace.workspace_packages().into_iter().map(|package| member(package, &tool)).collect()
}

fn member(package: &Package, tool: &Utf8Path) -> Member {
    let bins = package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bin));
    Member {
        name: package.name.to_string(),
        bins: bins.map(|bin| bin.name.clone()).collect(),
        features: package.features.keys().cloned().collect(),
        fields: PackageFields {
            version: Some(package.version.clone()),
            description: package.description.clone(),
            repository: package.repository.clone(),
            license: package.license.clone(),
        },
        is_tool: package.manifest_path.starts_with(tool),
    }
}

/// The variables that make cargo run rustc through the tool, set by the tool. Cargo keeps what it asks rustc about itself in the
/// target directory, for one wrapper only. Without these, `cargo metadata` and the build would replace each other's answers
/// in every run, and ask rustc a dozen times.
pub static RUSTC_WRAPPER: OnceLock<[(&str, String); 2]> = OnceLock::new();

/// Cargo's own message, with advice. Its wording differs between versions, so an unknown message has to speak for itself.
pub(crate) fn explain(error: CargoError) -> Error {
    match error {
        CargoError::Io(error) => anyhow!("cannot start cargo: {error}\nhelp: {INSTALL_RUST}"),
        CargoError::CargoMetadata { stderr } => {
            let (message, help) = (without_backtrace(&stderr), help(&stderr));
            anyhow!("cargo cannot read this workspace: {message}\nhelp: {help}")
        }
        other => Error::from(other).context("cannot understand what cargo prints about this workspace"),
    }
}

fn help(stderr: &str) -> String {
    let known = [
        ("could not find `Cargo.toml`", &*format!("run `{TOOL}` inside the folder of your extension")),
        ("could not execute process `rustc", INSTALL_RUST),
        // From the tool, which runs rustc in cargo's place.
        ("cannot start rustc", INSTALL_RUST),
        (
            "--locked was passed",
            "run `cargo generate-lockfile`, or leave out --locked once, and commit Cargo.lock",
        ),
        ("--offline", "go online, and leave out --offline once"),
    ];
    let found = known.into_iter().find(|(words, _)| stderr.contains(words));
    found.map_or("fix the error above, and run the command again", |(_, help)| help).to_owned()
}

/// The message without the backtrace that rustup may append.
fn without_backtrace(stderr: &str) -> &str {
    stderr.split("\nStack backtrace:").next().unwrap_or_default().trim().trim_start_matches("error: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_cargo_has_its_own_advice() {
        let outdated = "error: cannot update the lock file /a/Cargo.lock because --locked was passed to prevent this\n\
                        help: remove the --locked flag and use --offline instead.";
        let message =
            |stderr: &str| format!("{:#}", explain(CargoError::CargoMetadata { stderr: stderr.to_owned() }));
        assert!(message(outdated).contains("\nhelp: run `cargo generate-lockfile`"), "{}", message(outdated));
        assert!(
            message("error: could not find `Cargo.toml` in `/`")
                .contains("inside the folder of your extension")
        );
        let rustup = "error: toolchain '1.0.99' is not installed\n\nStack backtrace:\n   0: main";
        let expected =
            "toolchain '1.0.99' is not installed\nhelp: fix the error above, and run the command again";
        assert!(message(rustup).ends_with(expected), "{}", message(rustup));
    }
}
