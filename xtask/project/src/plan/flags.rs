//! The flags that the plan depends on.

use camino::Utf8PathBuf;
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::Platform;
use sixfold_model::reference::{Repository, Tag};

use crate::machines::Only;
use crate::project::Project;

/// The flags of every command that builds an image.
#[derive(Args, Clone, Debug, Default)]
pub struct CommonFlags {
    /// The repository, instead of the configured one
    #[arg(long, value_name = "REPO")]
    pub image: Option<Repository>,
    /// The builder that buildx uses, instead of a suitable one
    #[arg(long, value_name = "NAME")]
    pub builder: Option<String>,
    /// The cargo profile of the host binaries
    #[arg(long, value_name = "P", default_value = "release")]
    pub profile: String,
    /// Fail if Cargo.lock would change
    #[arg(long)]
    pub locked: bool,
    /// Do not use the network, except for the registry of a push
    #[arg(long)]
    pub offline: bool,
}

/// The flags of `plan` and `dist`.
#[derive(Args, Clone, Debug, Default)]
pub struct BuildFlags {
    /// Push the image to its registry, then read it back
    #[arg(long, conflicts_with = "load")]
    pub push: bool,
    /// Load the image into the local engine
    #[arg(long)]
    pub load: bool,
    /// A tag; may be repeated. Default: the version
    #[arg(long = "tag", value_name = "T")]
    pub tags: Vec<Tag>,
    #[command(flatten)]
    pub common: CommonFlags,
    /// linux/amd64 or linux/arm64; may be repeated. Default: as configured, or both
    #[arg(long = "platform", value_name = "P")]
    platforms: Vec<Platform>,
    /// What writes the archive; --push and --load always use buildx
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineChoice,
    /// Allow an existing tag to be replaced
    #[arg(long)]
    pub overwrite: bool,
    /// Attach provenance; passed to buildx unchanged. Default: none, because Docker's validator
    /// may not accept it
    #[arg(long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub provenance: Option<String>,
    /// Attach a list of the contents, as an SPDX document for each platform; a VALUE is passed to buildx unchanged instead
    #[arg(long, value_name = "VALUE", num_args = 0..=1, require_equals = true)]
    pub sbom: Option<Option<String>>,
    /// Build and verify only these cells, for `--from` on another machine: darwin, darwin-arm64, vm; may be repeated
    #[arg(
        long,
        value_name = "CELLS",
        conflicts_with_all = [
            "push", "load", "tags", "image", "builder", "engine", "overwrite", "provenance", "sbom", "from",
        ]
    )]
    pub only: Vec<Only>,
    /// Take cells from a folder that `--only` wrote, instead of building them; may be repeated
    #[arg(long, value_name = "DIR")]
    pub from: Vec<Utf8PathBuf>,
    /// True if nothing is signed. Not a flag.
    #[arg(skip)]
    pub(super) unsigned: bool,
    /// The file name of the archive. Default: name and version of the extension. Not a flag.
    #[arg(skip)]
    pub(super) archive: Option<String>,
}

/// `auto` is builtin for an archive, and buildx for an image that leaves the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    #[default]
    Auto,
    Builtin,
    Buildx,
}

impl CommonFlags {
    pub fn lookup(&self) -> Lookup {
        Lookup { locked: self.locked, offline: self.offline }
    }

    /// The repository of the flags, or the configured one.
    pub fn repository<'a>(&'a self, project: &'a Project) -> &'a Repository {
        self.image.as_ref().unwrap_or(&project.config.image)
    }

    /// The flags of `install`, for an image of one platform. It is loaded into docker's engine, or written to the archive
    /// `install.oci.tar`, unsigned, whose name cannot be that of an archive that the author made with `dist`.
    pub fn for_this_machine(self, platform: Platform, tag: Tag, load: bool) -> BuildFlags {
        BuildFlags {
            push: false,
            load,
            tags: vec![tag],
            common: self,
            platforms: vec![platform],
            engine: EngineChoice::Auto,
            overwrite: false,
            provenance: None,
            sbom: None,
            only: vec![],
            from: vec![],
            unsigned: true,
            archive: Some("install.oci.tar".to_owned()),
        }
    }
}

impl BuildFlags {
    /// Fails for flags that exclude each other in a way that clap cannot check.
    pub fn check(&self) -> Result<(), clap::Error> {
        if self.engine == EngineChoice::Builtin && (self.push || self.load || self.needs_buildx()) {
            let message = "--engine builtin only writes archives: \
                           --push, --load, --builder, --provenance and --sbom=VALUE need buildx\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        }
        if self.load && self.sbom == Some(None) {
            let message = "--load cannot attach the list of contents of --sbom, because not every engine keeps it\n\
                           help: leave out --load, or pass --sbom=true, for which BuildKit makes a list\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        }
        Ok(())
    }

    /// True if a flag asks for something that only buildx can do.
    pub(super) fn needs_buildx(&self) -> bool {
        self.common.builder.is_some() || self.provenance.is_some() || matches!(self.sbom, Some(Some(_)))
    }

    /// The platforms of the flags, or those of the configuration, each once.
    pub(super) fn platforms(&self, project: &Project) -> Vec<Platform> {
        let mut platforms = self.platforms.clone();
        platforms.sort();
        platforms.dedup();
        if platforms.is_empty() { project.config.platforms.as_slice().to_vec() } else { platforms }
    }
}
