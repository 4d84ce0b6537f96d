//! The wrappers around `zig cc`, written by the crate cargo-zigbuild. A process of its own, because that crate is told
//! through the environment which zig to use and where to write.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_zigbuild::zig::prepare_zig_linker;
use serde::{Deserialize, Serialize};

/// The programs that stand for a C toolchain of one target.
#[derive(Debug, Deserialize, Serialize)]
pub struct Wrappers {
    pub cc: Utf8PathBuf,
    pub cxx: Utf8PathBuf,
    pub ar: Utf8PathBuf,
    pub ranlib: Utf8PathBuf,
}

/// By target triple.
pub type All = BTreeMap<String, Wrappers>;

pub fn run(root: &Utf8Path, targets: &[String]) -> Result<bool> {
    let config =
        cargo_config2::Config::load_with_cwd(root).context("cargo's configuration cannot be read")?;
    let wrappers = |target: &String| {
        let made =
            prepare_zig_linker(target, &config).with_context(|| format!("the zig wrapper of {target}"))?;
        let wrappers = Wrappers {
            cc: made.cc.try_into()?,
            cxx: made.cxx.try_into()?,
            ar: made.ar.try_into()?,
            ranlib: made.ranlib.try_into()?,
        };
        Ok((target.clone(), wrappers))
    };
    let all: All = targets.iter().map(wrappers).collect::<Result<_>>()?;
    println!("{}", serde_json::to_string(&all)?);
    Ok(true)
}
