//! Cargo's graph of the workspace, and what mends it where cargo gives none.

use anyhow::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Error as Refusal, Metadata as Workspace, MetadataCommand, Package, TargetKind};

use sixfold_base::lookup::Lookup;
use sixfold_base::program::TOOL;
use sixfold_model::members::{Member, PackageFields};

/// The graph of the workspace that holds `folder`, with all dependencies.
pub(crate) fn read(folder: &Utf8Path, lookup: Lookup) -> Result<Workspace> {
    ask(folder, lookup, &mut MetadataCommand::new())
}

/// `target/dist` of the workspace that holds `folder`: all that the tool writes for it. Known in an instant, since no
/// dependency is looked at.
pub fn dist_dir(folder: &Utf8Path, lookup: Lookup) -> Result<Utf8PathBuf> {
    Ok(ask(folder, lookup, MetadataCommand::new().no_deps())?.target_directory.join("dist"))
}

/// The packages of the workspace in `root`, without their dependencies, and so without network and lock file. Fails with
/// what cargo says.
pub fn find_members(root: &Utf8Path) -> Result<Vec<Member>, String> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).current_dir(root).no_deps();
    let workspace = command.other_options(["--offline".to_owned()]).exec();
    workspace.map(|workspace| members(&workspace)).map_err(|refusal| match refusal {
        Refusal::CargoMetadata { stderr } => stderr.trim().trim_start_matches("error: ").to_owned(),
        refusal => refusal.to_string(),
    })
}

/// The packages of the workspace.
pub(crate) fn members(workspace: &Workspace) -> Vec<Member> {
    workspace.workspace_packages().into_iter().map(member).collect()
}

fn member(package: &Package) -> Member {
    let bins = package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bin));
    Member {
        name: package.name.to_string(),
        bins: bins.map(|bin| bin.name.clone()).collect(),
        fields: PackageFields {
            version: Some(package.version.clone()),
            description: package.description.clone(),
            repository: package.repository.clone(),
            license: package.license.clone(),
        },
    }
}

/// Asks cargo. Not a child of [`sixfold_base::process`]: cargo may have to ask at the terminal for a key to fetch packages, which
/// only a program of the terminal's own process group can.
fn ask(folder: &Utf8Path, lookup: Lookup, command: &mut MetadataCommand) -> Result<Workspace> {
    command.current_dir(folder).other_options(lookup.flags()).exec().map_err(explain)
}

/// What cargo says by itself, after what mends it.
fn explain(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Io(error) => Error::from(error)
            .context("cargo does not start: install Rust with rustup, which brings cargo and rustc"),
        Refusal::CargoMetadata { stderr } => Error::msg(without_backtrace(&stderr).to_owned())
            .context(format!("cargo cannot read this workspace: {}", help(&stderr))),
        other => Error::from(other).context("cargo's answer about this workspace cannot be understood"),
    }
}

/// What mends what cargo says. Its words differ between versions, and what is not known here is cargo's to explain.
fn help(said: &str) -> String {
    let helps = [
        ("could not find `Cargo.toml`", &*format!("run `{TOOL}` inside the folder of your extension")),
        ("could not execute process `rustc", "install Rust with rustup, which brings cargo and rustc"),
        (
            "--locked was passed",
            "run `cargo generate-lockfile`, or leave out --locked once, and commit Cargo.lock",
        ),
        ("--offline", "go online, and leave out --offline once"),
    ];
    let known = helps.into_iter().find(|(words, _)| said.contains(words));
    known.map_or("mend what it says here, and run the command again", |(_, help)| help).to_owned()
}

/// Without the list of its own functions that rustup may add.
fn without_backtrace(said: &str) -> &str {
    said.split("\nStack backtrace:").next().unwrap_or_default().trim().trim_start_matches("error: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mend_is_that_of_what_cargo_says() {
        let outdated = "error: cannot update the lock file /a/Cargo.lock because --locked was passed to prevent this\n\
                        help: remove the --locked flag and use --offline instead.";
        let said =
            |stderr: &str| format!("{:#}", explain(Refusal::CargoMetadata { stderr: stderr.to_owned() }));
        assert!(said(outdated).contains("workspace: run `cargo generate-lockfile`"), "{}", said(outdated));
        assert!(
            said("error: could not find `Cargo.toml` in `/`").contains("inside the folder of your extension")
        );
        let rustup = "error: toolchain '1.0.99' is not installed\n\nStack backtrace:\n   0: main";
        assert!(said(rustup).ends_with("run the command again: toolchain '1.0.99' is not installed"));
    }
}
