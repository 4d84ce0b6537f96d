//! What the author has set for cargo already: linkers, flags and compilers, in `.cargo/config.toml` and in the
//! environment.
//!
//! Cargo would silently let `RUSTFLAGS` override the flags that a target needs, and it would ignore `build.rustflags` as
//! soon as a target has flags of its own. So those flags are read here and passed on together with ours. A setting that
//! would break a binary is an error, which names the place where it is set.

use std::collections::BTreeMap;
use std::env;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_config2::de::{Config as Files, Definition, EnvConfigValue, Value};
use cargo_config2::{Config, Flags, ResolveOptions};
use serde::Serialize;

use sixfold_model::matrix::{HostOs, Target};

use super::linker_choice::{Linked, MACOS_DEPLOYMENT_TARGET};
use super::rustc_flags;
use super::setting::Setting;

/// The author's settings for this project.
#[derive(Debug)]
pub struct CargoSettings {
    root: Utf8PathBuf,
    /// As cargo resolves it for a target, environment included.
    config: Config,
    /// The files alone, which say where each value comes from.
    files: Files,
    environment: BTreeMap<String, String>,
}

/// A setting of the author that affects the build, as the plan shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Used {
    #[serde(flatten)]
    pub setting: Setting,
    pub effect: String,
}

impl CargoSettings {
    /// Reads cargo's configuration, as cargo finds it from the project's root, and the environment of this process.
    pub fn read(root: &Utf8Path) -> Result<Self> {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::with(root, env::vars_os().filter_map(text).collect())
    }

    /// The same with another environment.
    pub(super) fn with(root: &Utf8Path, environment: BTreeMap<String, String>) -> Result<Self> {
        let context = "cannot read cargo's configuration, .cargo/config.toml";
        let options = ResolveOptions::default().env(environment.clone());
        let config = Config::load_with_options(root, options).context(context)?;
        let files = Files::load_with_cwd(root).context(context)?;
        Ok(Self { root: root.to_owned(), config, files, environment })
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The linker that the author has chosen for this target, if any.
    pub(crate) fn linker(&self, target: Target) -> Result<Option<Setting>> {
        let linker = self
            .config
            .linker(target.triple())
            .with_context(|| format!("cannot read the linker of {target}"))?;
        let variable = format!("CARGO_TARGET_{}_LINKER", target.variable_name());
        let origin = || match self.variable(&variable) {
            Some(_) => variable.clone(),
            None => self.origin(self.tables(target).find_map(|table| table.linker.as_ref())),
        };
        Ok(linker.map(|path| Setting { value: path.display().to_string(), origin: origin() }))
    }

    /// Where the author has chosen a C compiler for this target. Looks at the names that the crate `cc` reads, except for
    /// the plain `CC`, which means this machine.
    pub(crate) fn c_compiler(&self, target: Target) -> Option<String> {
        let triple = target.triple();
        let names =
            [format!("CC_{triple}"), format!("CC_{}", triple.replace('-', "_")), "TARGET_CC".to_owned()];
        names.iter().find_map(|name| match self.variable(name) {
            Some(value) => Some(format!("{name}={value}")),
            None => self.env_in_files(name).map(|value| format!("{name} in {}", self.origin(Some(value)))),
        })
    }

    /// The author's flags for the native C and C++ compilers of this target: for each, the variable that the crate `cc` reads
    /// first, and its value, or that of the first variable that is set.
    pub(crate) fn c_flags(&self, target: Target) -> Vec<(String, String)> {
        let triple = target.triple();
        let value = |name: &String| {
            let in_files = || self.env_in_files(name).map(|value| value.val.as_str());
            Some(self.variable(name).or_else(in_files)?.to_owned())
        };
        let of = |flags: &str| {
            let first = format!("{flags}_{triple}");
            let names = [
                format!("{flags}_{}", triple.replace('-', "_")),
                format!("TARGET_{flags}"),
                flags.to_owned(),
            ];
            (first.clone(), [first].iter().chain(&names).find_map(value).unwrap_or_default())
        };
        ["CFLAGS", "CXXFLAGS"].map(of).into()
    }

    /// The value of a variable in the table `[env]`.
    fn env_in_files(&self, name: &str) -> Option<&Value<String>> {
        match self.files.env.get(name)? {
            EnvConfigValue::Value(value) | EnvConfigValue::Table { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The author's flags that cargo would ignore once this target has flags of its own. Those of `[target.…]` tables are
    /// not included: cargo joins them itself.
    pub(crate) fn ignored_flags(&self, target: Target) -> Result<Vec<String>> {
        if let Some((_, flags)) = self.environment_flags() {
            return Ok(flags);
        }
        let of_build = self.config.build.rustflags.clone().map(|flags| flags.flags);
        match (of_build, self.resolved_flags(target)?) {
            (Some(of_build), resolved) if of_build == resolved => Ok(of_build),
            _ => Ok(Vec::new()),
        }
    }

    /// `CARGO_ENCODED_RUSTFLAGS` or `RUSTFLAGS`, which take precedence over every file.
    fn environment_flags(&self) -> Option<(&'static str, Vec<String>)> {
        let encoded = |text| Flags::from_encoded(text).flags;
        let spaced = |text| Flags::from_space_separated(text).flags;
        let variable = |name| self.environment.get(name).map(String::as_str);
        variable("CARGO_ENCODED_RUSTFLAGS")
            .map(|text| ("CARGO_ENCODED_RUSTFLAGS", encoded(text)))
            .or_else(|| variable("RUSTFLAGS").map(|text| ("RUSTFLAGS", spaced(text))))
    }

    fn resolved_flags(&self, target: Target) -> Result<Vec<String>> {
        let flags = self
            .config
            .rustflags(target.triple())
            .with_context(|| format!("cannot read the flags of {target}"))?;
        Ok(flags.map(|flags| flags.flags).unwrap_or_default())
    }

    /// Every flag that the author sets for this target, and where.
    fn flags(&self, target: Target) -> Result<Vec<Setting>> {
        let of_target = format!("CARGO_TARGET_{}_RUSTFLAGS", target.variable_name());
        let (environment, flags) = match self.environment_flags() {
            Some((name, flags)) => (Some(name.to_owned()), flags),
            None => {
                let names = [of_target, "CARGO_BUILD_RUSTFLAGS".to_owned()];
                let name = names.into_iter().find(|name| self.variable(name).is_some());
                (name, self.resolved_flags(target)?)
            }
        };
        let in_files = |flag: &str| {
            let tables = self.tables(target).filter_map(|table| table.rustflags.as_ref());
            let all = tables.chain(&self.files.build.rustflags).flat_map(|flags| &flags.flags);
            all.into_iter().find(|value| value.val == flag)
        };
        let set = |flag: String| {
            let origin = match in_files(&flag) {
                Some(value) if environment.is_none() => self.origin(Some(value)),
                _ => environment.clone().unwrap_or_else(|| "cargo's configuration".to_owned()),
            };
            Setting { value: flag, origin }
        };
        Ok(flags.into_iter().map(set).collect())
    }

    /// Fails for a flag that would break the binaries of this target.
    pub(crate) fn check(&self, linked: &Linked) -> Result<()> {
        let target = linked.target;
        for (flag, origin) in rustc_flags::joined(&self.flags(target)?) {
            if let Some((harm, help)) = rustc_flags::harm(&flag, target, linked.linker) {
                bail!("the flag `{flag}`, set by {origin}, {harm} ({target})\nhelp: {help}");
            }
        }
        Ok(())
    }

    /// True if the author's flags make programs that are always loaded at the same address.
    pub(crate) fn asks_for_fixed_address(&self, target: Target) -> Result<bool> {
        let flags = rustc_flags::joined(&self.flags(target)?);
        let model = flags.iter().rev().find_map(|(flag, _)| flag.strip_prefix("-Crelocation-model="));
        Ok(model == Some("static"))
    }

    /// The oldest macOS that the binaries run on. Fails when the author asks for one that Rust does not support.
    pub(crate) fn macos_deployment_target(&self) -> Result<&str> {
        const VARIABLE: &str = "MACOSX_DEPLOYMENT_TARGET";
        let oldest = MACOS_DEPLOYMENT_TARGET;
        let Some(version) = self.variable(VARIABLE) else { return Ok(oldest) };
        let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
        match numbers {
            Some(numbers) if numbers.len() <= 3 && numbers >= vec![11] => Ok(version),
            Some(numbers) if numbers.len() <= 3 => bail!(
                "{VARIABLE}={version} is older than {oldest}, the first macOS on Apple Silicon and the first that is \
                 supported here\nhelp: unset it, or set {oldest} or later"
            ),
            _ => bail!(
                "{VARIABLE}={version} is not a version of macOS\nhelp: unset it, or set for example {oldest}"
            ),
        }
    }

    /// The program that the author has cargo run rustc through.
    pub fn rustc_wrapper(&self) -> Option<Setting> {
        if let Some(value) = self.variable("RUSTC_WRAPPER") {
            return Some(Setting { value: value.to_owned(), origin: "RUSTC_WRAPPER".to_owned() });
        }
        let wrapper = self.files.build.rustc_wrapper.as_ref()?;
        Some(Setting { value: wrapper.val.clone(), origin: self.origin(Some(wrapper)) })
    }

    /// The program that the author has cargo run rustc through for the packages of the workspace.
    pub(crate) fn rustc_workspace_wrapper(&self) -> Option<Setting> {
        let value = self.config.build.rustc_workspace_wrapper.as_ref()?.display().to_string();
        let names = ["RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"];
        let origin = match names.into_iter().find(|name| self.variable(name).is_some()) {
            Some(name) => name.to_owned(),
            None => self.origin(self.files.build.rustc_workspace_wrapper.as_ref()),
        };
        Some(Setting { value, origin })
    }

    /// The author's settings that affect the build, with their effect.
    pub(crate) fn used(&self, targets: &[Linked]) -> Vec<Used> {
        let darwin = targets.iter().any(|linked| linked.target.os == HostOs::Darwin);
        let effects = [
            ("SDKROOT", darwin, "darwin is linked against this SDK instead of the stubs"),
            ("MACOSX_DEPLOYMENT_TARGET", darwin, "the oldest macOS that the binaries run on"),
            ("CARGO_ENCODED_RUSTFLAGS", true, "added to the flags of every target"),
            ("RUSTFLAGS", true, "added to the flags of every target"),
            ("CARGO_BUILD_TARGET", true, "ignored: the matrix decides about the targets"),
            ("RUSTC_WORKSPACE_WRAPPER", true, "runs rustc"),
        ];
        let mut used = Vec::new();
        for (name, counts, effect) in effects {
            if let Some(value) = self.variable(name).filter(|_| counts) {
                let setting = Setting { value: value.replace('\u{1f}', " "), origin: name.to_owned() };
                used.push(Used { setting, effect: effect.to_owned() });
            }
        }
        let wrapper = self.rustc_wrapper();
        used.extend(wrapper.map(|setting| Used { setting, effect: "runs rustc".to_owned() }));
        for linked in targets {
            // Flags that cannot be read were an error in `check`.
            for setting in self.flags(linked.target).unwrap_or_default() {
                if self.environment_flags().is_none() {
                    used.push(Used { setting, effect: format!("added to the flags of {}", linked.target) });
                }
            }
        }
        used
    }

    /// The tables that cargo uses for this target, the most specific first.
    fn tables(&self, target: Target) -> impl Iterator<Item = &cargo_config2::de::TargetConfig> {
        let specific = self.files.target.get(target.triple());
        let general =
            self.files.target.iter().filter(|(key, _)| key.starts_with("cfg(")).map(|(_, table)| table);
        specific.into_iter().chain(general)
    }

    /// The file that sets a value, relative to the project's root where it is inside it.
    fn origin(&self, value: Option<&Value<String>>) -> String {
        match value.and_then(|value| value.definition.as_ref()) {
            Some(Definition::Path(path)) => {
                path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
            }
            Some(Definition::Environment(name)) => name.to_string(),
            _ => "cargo's configuration".to_owned(),
        }
    }
}
