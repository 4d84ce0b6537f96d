//! The extension that is built: a package with one host binary for each crate.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, MetadataCommand};
use fs_err as fs;

use super::manifest::{Entry, Manifest};

/// The profile, without debug information or optimisation: all that matters is whether the programs link and run.
pub(crate) const PROFILE: &str = "compatibility";
const LOCK: &str = "Cargo.lock";
/// Copies the stage into an empty image.
pub(crate) const DOCKERFILE: &str =
    "FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/ /\n";

pub(crate) const WINDOWS: [&str; 2] = ["x86_64-pc-windows-gnullvm", "aarch64-pc-windows-gnullvm"];

/// The part of a Cargo.toml that gives the Windows targets a linker.
pub(crate) fn linker_for_windows(linker: &str) -> String {
    let table =
        |target| format!("\n[workspace.metadata.extension.targets.{target}]\nlinker = \"{linker}\"\n");
    WINDOWS.map(table).concat()
}

pub(crate) struct Project {
    pub folder: Utf8PathBuf,
    /// The text of the root Cargo.toml, without the binaries.
    members: String,
    graph: Metadata,
}

impl Project {
    /// Writes packages for all entries, because they share one lock file.
    pub(crate) fn write(manifest: &Manifest, folder: &Utf8Path, update: bool) -> Result<Self> {
        for (name, entry) in &manifest.entries {
            write_package(manifest, name, entry, &folder.join(name))?;
        }
        let members = workspace(manifest);
        write(&folder.join("Cargo.toml"), &members)?;
        write(&folder.join("Dockerfile"), DOCKERFILE)?;
        write(&folder.join("icon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")?;
        let lock = manifest.folder.join(LOCK);
        if !update {
            fs::copy(&lock, folder.join(LOCK))?;
        }
        let mut command = MetadataCommand::new();
        command.current_dir(folder);
        if !update {
            command.other_options(vec!["--locked".to_owned()]);
        }
        let graph = command.exec().with_context(|| format!("cannot read the packages in {folder}"))?;
        if update {
            fs::copy(folder.join(LOCK), lock)?;
        }
        Ok(Self { folder: folder.to_owned(), members, graph })
    }

    /// Makes programs the binaries of the extension, for these hosts. `linker` is for Windows, if it is not left to the tool.
    pub(crate) fn configure(&self, names: &[String], hosts: &[String], linker: Option<&str>) -> Result<()> {
        let mut text = self.members.clone();
        for name in names {
            text.push_str(&format!("\n[workspace.metadata.extension.binaries.{name}]\nhosts = {hosts:?}\n"));
        }
        text.extend(linker.map(linker_for_windows));
        write(&self.folder.join("Cargo.toml"), &text)?;
        write(&self.folder.join("metadata.json"), &metadata(names, hosts))
    }

    /// The version of a direct dependency of a program's package.
    pub(crate) fn version(&self, program: &str, dependency: &str) -> Option<String> {
        let dependencies = self.dependencies(program)?;
        let is_it = |id: &&cargo_metadata::PackageId| self.graph[*id].name.as_str() == dependency;
        dependencies.iter().find(is_it).map(|id| self.graph[id].version.to_string())
    }

    fn dependencies(&self, program: &str) -> Option<&[cargo_metadata::PackageId]> {
        let nodes = &self.graph.resolve.as_ref()?.nodes;
        nodes
            .iter()
            .find(|node| self.graph[&node.id].name.as_str() == program)
            .map(|node| &node.dependencies[..])
    }

    /// The names of a program's package and of all packages that it depends on, directly or not.
    pub(crate) fn crates(&self, program: &str) -> Vec<String> {
        let Some(resolve) = &self.graph.resolve else { return Vec::new() };
        let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let mut next: Vec<_> =
            nodes.keys().filter(|id| self.graph[id].name.as_str() == program).copied().collect();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                next.extend(nodes.get(id).into_iter().flat_map(|node| &node.dependencies));
            }
        }
        seen.into_iter().map(|id| self.graph[id].name.to_string()).collect()
    }
}

fn write_package(manifest: &Manifest, name: &str, entry: &Entry, folder: &Utf8Path) -> Result<()> {
    let mut text = format!("[package]\nname = \"{name}-program\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
    text.push_str(&format!("\n[[bin]]\nname = \"{name}\"\npath = \"src/main.rs\"\n"));
    for (kind, table) in
        [("dependencies", &entry.dependencies), ("build-dependencies", &entry.build_dependencies)]
    {
        text.push_str(&format!("\n[{kind}]\n"));
        table.iter().for_each(|(name, spec)| text.push_str(&format!("{name} = {spec}\n")));
    }
    write(&folder.join("Cargo.toml"), &text)?;
    let programs = manifest.folder.join("programs");
    let copy = |from: String, to: &str| -> Result<()> {
        let from = programs.join(from);
        if from.exists() { write(&folder.join(to), &fs::read_to_string(from)?) } else { Ok(()) }
    };
    copy(format!("{name}.rs"), "src/main.rs")?;
    copy(format!("{name}.build.rs"), "build.rs")?;
    copy(format!("{name}.cpp"), "library.cpp")
}

fn workspace(manifest: &Manifest) -> String {
    let members: Vec<_> = manifest.entries.keys().map(|name| format!("\"{name}\"")).collect();
    let mut text = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", "));
    text.push_str("\n[workspace.package]\nversion = \"1.0.0\"\n");
    text.push_str(&format!("\n[profile.{PROFILE}]\ninherits = \"dev\"\ndebug = 0\nincremental = false\n"));
    text.push_str("\n[workspace.metadata.extension]\nimage = \"example/compatibility\"\n");
    text
}

/// A metadata.json with these binaries for each of these hosts.
pub(crate) fn metadata(names: &[String], hosts: &[String]) -> String {
    let of = |os: &String| {
        let suffix = if os == "windows" { ".exe" } else { "" };
        let paths = names.iter().map(|name| serde_json::json!({ "path": format!("/{os}/{name}{suffix}") }));
        (os.clone(), serde_json::Value::from(paths.collect::<Vec<_>>()))
    };
    let binaries: serde_json::Map<_, _> = hosts.iter().map(of).collect();
    serde_json::json!({ "icon": "icon.svg", "host": { "binaries": [binaries] } }).to_string()
}

/// Writes a file only if that changes it, so that cargo does not build it again.
fn write(path: &Utf8Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|current| current == text) {
        return Ok(());
    }
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    Ok(fs::write(path, text)?)
}
