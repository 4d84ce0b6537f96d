//! What the author has set for cargo already: linkers and flags in `.cargo/config.toml` and in the environment.
//!
//! Cargo would let a `RUSTFLAGS` override the flags that a target needs, silently, and would forget `build.rustflags`
//! as soon as a target has flags of its own. So such flags are read here and handed on together with ours.

use std::env;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use cargo_config2::{Config, Flags};

use crate::matrix::Target;

/// The author's settings for this project.
#[derive(Debug)]
pub struct Settings {
    config: Config,
    /// `CARGO_ENCODED_RUSTFLAGS` or `RUSTFLAGS`, which win over every file.
    environment: Option<Vec<String>>,
}

impl Settings {
    /// Reads cargo's configuration as cargo finds it from the project's root.
    pub fn read(root: &Utf8Path) -> Result<Self> {
        let config = Config::load_with_cwd(root)
            .context("cargo's configuration (.cargo/config.toml) cannot be read")?;
        let encoded = env::var("CARGO_ENCODED_RUSTFLAGS").ok().map(|text| Flags::from_encoded(&text).flags);
        let spaced = || env::var("RUSTFLAGS").ok().map(|text| Flags::from_space_separated(&text).flags);
        Ok(Self { config, environment: encoded.or_else(spaced) })
    }

    /// The linker that the author has chosen for this target, if any.
    pub fn linker(&self, target: Target) -> Result<Option<String>> {
        let linker =
            self.config.linker(target.triple()).with_context(|| format!("the linker of {target}"))?;
        Ok(linker.map(|path| path.display().to_string()))
    }

    /// Flags that cargo would lose once this target has flags of its own. Those of `[target.…]` tables are not among
    /// them: cargo joins them itself.
    pub fn lost_flags(&self, target: Target) -> Result<Vec<String>> {
        if let Some(flags) = &self.environment {
            return Ok(flags.clone());
        }
        let of_build = self.config.build.rustflags.clone().map(|flags| flags.flags);
        let resolved =
            self.config.rustflags(target.triple()).with_context(|| format!("the flags of {target}"))?;
        match (of_build, resolved) {
            (Some(of_build), Some(resolved)) if of_build == resolved.flags => Ok(of_build),
            _ => Ok(Vec::new()),
        }
    }
}
