//! The project: its configuration, cargo's view of the workspace, and metadata.json. Each is read once, and none is
//! written.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata as Workspace;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_model::binary::BinaryConfig;
use sixfold_model::config::{self, Config};
use sixfold_model::config_file::{CONFIG, ConfigFile};
use sixfold_model::files::Shipped;
use sixfold_model::labels::{self, Labels};
use sixfold_model::matrix::{Cell, Platform};
use sixfold_model::members::{Member, NoBin, PackageFields, owner};
use sixfold_model::metadata::Metadata;
use sixfold_model::pin::Pin;
use sixfold_model::place::wrong_key;
use sixfold_model::values::BinaryName;

use crate::crates::{self, Root};
use crate::workspace;

/// What is known about the project before anything is planned.
#[derive(Debug)]
pub struct Project {
    /// The folder of the workspace's Cargo.toml, or of extension.toml.
    pub root: Utf8PathBuf,
    /// Which of the two has the configuration.
    pub file: ConfigFile,
    pub config: Config,
    /// `[workspace.package]`, or the same fields of extension.toml. What it leaves out comes from the package of the first host
    /// binary, or else of the backend.
    pub package: PackageFields,
    /// The package of each host binary that cargo builds, and of the backend if cargo builds it.
    pub packages: BTreeMap<BinaryName, String>,
    pub metadata: Metadata,
    /// The files that hosts get as they are in the project.
    pub shipped: Vec<Shipped>,
    /// Cargo's view of the workspace, with all dependencies.
    pub workspace: Workspace,
}

impl Project {
    /// Reads the project that contains `folder`. Errors name the file to correct.
    pub fn load(folder: &Utf8Path, lookup: Lookup) -> Result<Self> {
        Self::of(folder, |root| workspace::read(root, lookup))
    }

    /// The same, with the workspace as `ask_cargo` describes it. Cargo is not asked about an extension.toml without Rust.
    pub(crate) fn of(
        folder: &Utf8Path,
        ask_cargo: impl FnOnce(&Utf8Path) -> Result<Workspace>,
    ) -> Result<Self> {
        if let Some((root, file @ ConfigFile::ExtensionToml)) = ConfigFile::find(folder)? {
            file.name_in_messages();
            must_be_for_this_version(&root)?;
            let read = config::read(&root.join(file.name()))?;
            let has_cargo = read.0.needs_cargo() && root.join("Cargo.toml").is_file();
            let workspace = if has_cargo { ask_cargo(&root)? } else { workspace::empty(&root)? };
            return Self::with(root.canonicalize_utf8()?, file, read, workspace);
        }
        let workspace = ask_cargo(folder)?;
        let (root, file) = (workspace.workspace_root.clone(), ConfigFile::CargoToml);
        Self::with(root.clone(), file, config::read(&root.join(file.name()))?, workspace)
    }

    fn with(
        root: Utf8PathBuf,
        file: ConfigFile,
        (config, mut package): (Config, PackageFields),
        workspace: Workspace,
    ) -> Result<Self> {
        let owners = find_owners(&config, &workspace::members(&workspace), &root.join(file.name()), file)?;
        let first = config.programs().find_map(|(name, _)| owners.get(name));
        first.into_iter().for_each(|member| package.complete(member));
        let packages = owners.into_iter().map(|(name, member)| (name, member.name)).collect();
        let metadata = Metadata::read(&root.join("metadata.json"))?;
        let shipped = config.shipped(&root).map_err(anyhow::Error::msg)?;
        Ok(Self { root, file, config, package, packages, metadata, shipped, workspace })
    }

    /// Takes the dist folder and reads the project. Reads it again if another run had the folder.
    pub fn take(folder: &Utf8Path, lookup: Lookup) -> Result<(Self, DistFolder)> {
        let project = Self::load(folder, lookup)?;
        let dist = DistFolder::take(project.dist_dir())?.guarded()?;
        let project = if dist.had_to_wait() { Self::load(folder, lookup)? } else { project };
        Ok((project, dist))
    }

    /// `target/dist` of the workspace: the tool writes nothing else in a project.
    pub fn dist_dir(&self) -> Utf8PathBuf {
        self.workspace.target_directory.join("dist")
    }

    /// The version of the extension. Fails when there is none.
    pub fn version(&self) -> Result<&semver::Version> {
        self.package.version.as_ref().with_context(|| {
            let package = CONFIG.package();
            format!("the extension has no version\nhelp: set `version` in {package}; it becomes the tag of the image")
        })
    }

    /// The labels of the image. Reads the files that the configuration takes them from.
    pub(crate) fn labels(&self) -> Result<Labels> {
        labels::resolve(&self.config.labels, &self.package, &self.root)
    }

    /// The arguments with which cargo builds these programs: their packages, bins and features. The features are those that the
    /// configuration names, and those that a bin requires (`required-features`), without which cargo would refuse to build it.
    pub fn cargo_arguments(&self, is_asked: impl Fn(&BinaryName) -> bool) -> Vec<String> {
        let roots = self.roots(is_asked);
        let packages = roots.iter().map(|root| ("--package", root.package.clone()));
        let bins: BTreeSet<_> = roots.iter().flat_map(|root| &root.bins).collect();
        let bins = bins.into_iter().map(|bin| ("--bin", bin.clone()));
        let of = |root: &Root| {
            let package = root.package.clone();
            root.features
                .clone()
                .into_iter()
                .map(move |feature| ("--features", format!("{package}/{feature}")))
        };
        let all = packages.chain(bins).chain(roots.iter().flat_map(of));
        all.flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }

    fn features(&self, bin: &BinaryName, package: &str) -> BTreeSet<String> {
        let members = self.workspace.workspace_packages();
        let package = members.iter().find(|member| member.name.as_str() == package);
        let targets = package.into_iter().flat_map(|package| &package.targets);
        let required =
            targets.filter(|target| target.name == bin.as_str()).flat_map(|target| &target.required_features);
        let binary = self.config.programs().find(|(name, _)| *name == bin).map(|(_, binary)| binary);
        let chosen = binary.into_iter().flat_map(BinaryConfig::features);
        chosen.chain(required).cloned().collect()
    }

    /// The packages that cargo builds these programs from, with the features of the same call: what [`Root::crates`] lists the
    /// crates of.
    pub fn roots(&self, is_asked: impl Fn(&BinaryName) -> bool) -> Vec<Root> {
        let asked = self.packages.iter().filter(|(bin, _)| is_asked(bin));
        let bins =
            asked.map(|(bin, package)| (bin.to_string(), package.clone(), self.features(bin, package)));
        crates::roots(&self.workspace, bins)
    }

    /// The cells of all binaries and files.
    pub fn cells(&self, platforms: &[Platform]) -> Vec<Cell> {
        let shipped = self.shipped.iter().filter(|file| platforms.contains(&file.cell.platform));
        let shipped = shipped.map(|file| file.cell.clone());
        self.config.cells(platforms).into_iter().chain(shipped).collect()
    }
}

/// The package that builds each binary that cargo builds.
fn find_owners(
    config: &Config,
    members: &[Member],
    path: &Utf8Path,
    file: ConfigFile,
) -> Result<BTreeMap<BinaryName, Member>> {
    let find = |(name, binary): (&BinaryName, &BinaryConfig)| match owner(members, name, binary.features()) {
        Ok(member) => Ok((name.clone(), member.clone())),
        Err(NoBin { message, help }) => {
            let table = config.table_of(name);
            let key = file.keys(&table.iter().map(String::as_str).collect::<Vec<_>>());
            Err(wrong_key(path, &key, format!("{message}\nhelp: {help}")))
        }
    };
    let from_source = config.programs().filter(|(_, binary)| binary.is_own());
    from_source.map(find).collect()
}
/// Fails if the extension.toml in this folder names another version of the tool.
pub fn must_be_for_this_version(root: &Utf8Path) -> Result<()> {
    let file = root.join(ConfigFile::ExtensionToml.name());
    // Those who read the configuration report what cannot be read.
    let text = fs_err::read_to_string(&file).unwrap_or_default();
    let pin =
        Pin::in_extension_toml(&text).transpose().map_err(|error| anyhow!("cannot use {file}: {error}"))?;
    let own = env!("CARGO_PKG_VERSION").parse()?;
    pin.map_or(Ok(()), |pin| pin.must_allow(&own)).map_err(anyhow::Error::msg)
}
