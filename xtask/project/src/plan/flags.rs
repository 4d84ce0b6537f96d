//! The flags that the plan depends on.

use clap::{Args, ValueEnum};

use crate::Project;
use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::Platform;
use sixfold_model::reference::{Repository, Tag};

/// What every command takes that builds an image.
#[derive(Args, Clone, Debug)]
pub struct CommonFlags {
    /// The repository, instead of the configured one
    #[arg(long, value_name = "REPO")]
    pub image: Option<Repository>,
    /// The builder that buildx uses, instead of one chosen
    #[arg(long, value_name = "NAME")]
    pub builder: Option<String>,
    /// The cargo profile of the host binaries
    #[arg(long, value_name = "P", default_value = "release")]
    pub profile: String,
    /// Fail if Cargo.lock would change
    #[arg(long)]
    pub locked: bool,
    /// Use nothing from the network but the registry that is pushed to
    #[arg(long)]
    pub offline: bool,
}

/// What `plan` and `dist` have in common: all that the plan depends on.
#[derive(Args, Clone, Debug)]
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
    /// What writes the archive; a push or load always goes through buildx
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineChoice,
    /// Allow a tag that exists already to be replaced
    #[arg(long)]
    pub overwrite: bool,
    /// Attach provenance: handed to buildx as it is. Default: none, which Docker's validator needs
    #[arg(long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub provenance: Option<String>,
    /// Attach a list of contents: handed to buildx as it is
    #[arg(long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub sbom: Option<String>,
}

/// `auto` is builtin for an archive, and buildx for whatever leaves the machine.
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

    /// The repository asked for, or the configured one.
    pub fn repository<'a>(&'a self, project: &'a Project) -> &'a Repository {
        self.image.as_ref().unwrap_or(&project.config.image)
    }

    /// The flags of an image of one platform, for this machine: loaded into docker's engine, or left as an archive.
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
        }
    }
}

impl BuildFlags {
    /// Ends the program with exit code 2 for flags that exclude each other in a way that the description of the command
    /// line cannot say.
    pub fn refuse_misuse(&self) {
        if self.engine == EngineChoice::Builtin && (self.push || self.load || self.only_for_buildx()) {
            let what = "--engine builtin writes an archive by itself: \
                        --push, --load, --builder, --provenance and --sbom go through buildx\n";
            clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, what).exit();
        }
    }

    /// Whether something is asked for that only buildx can do.
    pub fn only_for_buildx(&self) -> bool {
        self.common.builder.is_some() || self.provenance.is_some() || self.sbom.is_some()
    }

    /// Those asked for, or those configured, each once.
    pub fn platforms(&self, project: &Project) -> Vec<Platform> {
        let mut platforms = self.platforms.clone();
        platforms.sort();
        platforms.dedup();
        if platforms.is_empty() { project.config.platforms.as_slice().to_vec() } else { platforms }
    }
}
