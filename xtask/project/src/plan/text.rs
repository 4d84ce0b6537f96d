//! The plan as text: the matrix, then the steps in the order in which `dist` takes them.

use std::fmt;

use super::decide::Plan;
use super::delivery::{Delivery, Engine};
use super::sbom::Sbom;
use super::signing::Signing;
use super::toolchain::Toolchain;
use crate::prebuilt::Source;
use crate::toolchain::zig;

const PUSH_BY_DIGEST: &str =
    "push the image by its digest, read it back, and verify every cell as a host gets it";

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.image.name())?;
        self.write_matrix(f)?;
        if let Some(toolchain) = &self.toolchain {
            write_linkers(toolchain, f)?;
            write_compilers(toolchain, f)?;
            write_resources(toolchain, f)?;
        }
        self.write_prebuilt(f)?;
        self.write_settings(f)?;
        writeln!(f, "\nSteps")?;
        for (index, step) in self.steps().iter().enumerate() {
            writeln!(f, "{:3}. {step}", index + 1)?;
        }
        Ok(())
    }
}

fn write_linkers(toolchain: &Toolchain, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (rustc, macos) = (&toolchain.rustc, &toolchain.macos_deployment_target);
    writeln!(f, "\nLinkers (rustc {rustc}, macOS {macos} or later)")?;
    toolchain.targets.iter().try_for_each(|linked| {
        writeln!(f, "  {:27}{:10}{}", linked.target, linked.linker.as_str(), linked.why)
    })
}

fn write_compilers(toolchain: &Toolchain, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let targets = toolchain.targets.iter();
    let compiled: Vec<_> = targets.filter_map(|linked| Some((linked.target, linked.c.as_ref()?))).collect();
    if compiled.is_empty() {
        return writeln!(f, "\nC compilers\n  none: no dependency has C code");
    }
    writeln!(f, "\nC compilers")?;
    compiled
        .iter()
        .try_for_each(|(target, c)| writeln!(f, "  {target:27}{:10}{}", c.compiler.as_str(), c.why))
}

fn write_resources(toolchain: &Toolchain, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with_resources: Vec<_> =
        toolchain.targets.iter().filter(|linked| !linked.resources.is_empty()).collect();
    if !with_resources.is_empty() {
        writeln!(f, "\nCompilers of Windows resources")?;
    }
    with_resources.iter().try_for_each(|linked| {
        let compiler = if linked.has_zig_resources() { "zig" } else { "native" };
        let crates: Vec<_> = linked.resources.iter().map(String::as_str).collect();
        writeln!(f, "  {:27}{compiler:10}resources of {}", linked.target, crates.join(", "))
    })
}

impl Plan {
    fn write_matrix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n  {:13}{:32}{:27}linker", "platform", "path", "target")?;
        for cell in &self.matrix.cells {
            let from = cell.from.as_ref().map(|taken| format!("from {}", taken.folder));
            let linker = match &cell.source {
                _ if from.is_some() => from.as_deref().unwrap_or_default(),
                Source::Cargo => cell.linker.as_str(),
                Source::Prebuilt(prebuilt) if prebuilt.is_emulated => "prebuilt for amd64, emulated",
                Source::Prebuilt(_) => "prebuilt",
                Source::Command(_) => "built by a command",
                Source::File(_) => "a file of the project",
            };
            writeln!(f, "  {:13}{:32}{:27}{linker}", cell.platform, cell.path, cell.target)?;
        }
        Ok(())
    }

    fn write_prebuilt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.downloads.is_empty() {
            writeln!(f, "\nPrebuilt binaries")?;
        }
        for download in &self.downloads {
            let name = [Some(download.binary.as_str()), download.version.as_deref()];
            let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let state = if download.is_cached { "cached" } else { "to be fetched" };
            writeln!(f, "  {name:23} {:15}{state:15}{}", download.cell, download.url)?;
        }
        for skipped in &self.matrix.skipped {
            writeln!(
                f,
                "  {:23} {:15}skipped        {}",
                skipped.binary,
                skipped.cell,
                skipped.consequence()
            )?;
        }
        Ok(())
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.settings.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nYour settings")?;
        self.settings.iter().try_for_each(|used| {
            writeln!(f, "  {} = {}: {}", used.setting.origin, used.setting.value, used.effect)
        })
    }

    /// What `dist` does, one line for each step.
    fn steps(&self) -> Vec<String> {
        let mut steps = self.preparation();
        let taken = self.matrix.cells.iter().filter(|cell| cell.from.is_some()).count();
        if taken > 0 {
            steps.push(format!("take {taken} binaries from other machines, verify their digests"));
        }
        for (what, compile) in [("compile", &self.compile), ("compile the backend", &self.compile_backend)] {
            let args = compile.as_ref().map(|compile| shell_words::join(&compile.args));
            steps.extend(args.map(|args| format!("{what}: cargo {args}")));
        }
        for command in &self.commands {
            let env: String =
                command.run.env.iter().map(|(name, value)| format!("{name}={value} ")).collect();
            let unless = if command.run.inputs.is_some() { ", unless its inputs are unchanged" } else { "" };
            steps.push(format!("build {}: {env}{}{unless}", command.binary, command.run.command));
        }
        if !self.downloads.is_empty() {
            let cached = self.downloads.iter().filter(|download| download.is_cached).count();
            steps.push(format!(
                "{}prebuilt binaries: take {cached} from the cache, fetch {}, verify every digest",
                if self.compile.is_some() || self.compile_backend.is_some() {
                    "at the same time, "
                } else {
                    ""
                },
                self.downloads.len() - cached
            ));
        }
        if let Some(ui) = &self.ui
            && let Some(build) = &ui.build
        {
            let install = ui.install.as_ref().map(|line| format!("{line}, then ")).unwrap_or_default();
            let dir = ui.dir.file_name().unwrap_or_default();
            steps.push(format!(
                "at the same time, build the UI in {dir}/ unless it is up to date: {install}{build}"
            ));
        }
        steps.extend(self.stage.signing.iter().flat_map(Signing::steps));
        if self.matrix.cells.iter().any(|cell| cell.auditable) {
            steps.push("compare the crates that each program lists with cargo's graph".to_owned());
        }
        if let Delivery::Cells { folder } = &self.delivery {
            let cells = self.matrix.cells.len();
            steps.push(format!("verify every cell ({cells}), and write target/dist/{folder}/"));
            return steps;
        }
        steps.push(format!(
            "stage metadata.json, icon, UI and binaries; verify every cell ({})",
            self.matrix.cells.len()
        ));
        let is_verified_later = match self.delivery {
            Delivery::Archive { .. } => true,
            Delivery::Registry { .. } => self.image.is_tagged_last(),
            Delivery::Engine | Delivery::Cells { .. } => false,
        };
        if self.image.dockerfile.parsed.is_some() && !is_verified_later {
            steps.push("verify every cell in the image that the Dockerfile makes".to_owned());
        }
        steps.extend(self.delivering());
        steps
    }

    fn preparation(&self) -> Vec<String> {
        let mut steps = Vec::new();
        if let Delivery::Registry { overwrite } = &self.delivery {
            steps.push("check docker, its engine, buildx, and a builder for several platforms".to_owned());
            steps.push(match overwrite {
                false => {
                    format!("check that {} does not exist in the registry yet", self.image.names.join(", "))
                }
                true => "check that the registry answers".to_owned(),
            });
        } else if matches!(self.delivery, Delivery::Engine | Delivery::Archive { engine: Engine::Buildx }) {
            steps.push("check docker, its engine, buildx, and a builder for several platforms".to_owned());
        }
        let Some(toolchain) = &self.toolchain else { return steps };
        if !toolchain.missing_targets.is_empty() {
            let names: Vec<_> = toolchain.missing_targets.iter().map(|target| target.triple()).collect();
            steps.push(format!("rustup target add {}", names.join(" ")));
        }
        if let Some(source) = &toolchain.zig {
            steps.push(match source {
                zig::Source::Found(_) => format!("use {}", source.describe()),
                zig::Source::Install => {
                    format!("install zig {} from the Python package ziglang", zig::PINNED)
                }
            });
        }
        steps
    }

    fn delivering(&self) -> Vec<String> {
        let (archive, names) = (&self.image.archive, self.image.names.join(", "));
        let platforms = self.image.platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let platforms = match &self.image.sbom {
            Sbom::Buildx(value) => format!("{platforms} --sbom={value}"),
            Sbom::None | Sbom::Own(_) => platforms,
        };
        if self.image.sbom.is_own() {
            return self.delivering_with_sbom(&platforms);
        }
        match &self.delivery {
            Delivery::Archive { engine: Engine::Builtin } => {
                vec![format!("write target/dist/{archive}, without a container engine")]
            }
            Delivery::Archive { engine: Engine::Buildx } => {
                vec![format!("docker buildx build --platform {platforms} into target/dist/{archive}")]
            }
            Delivery::Registry { .. } if self.image.is_tagged_last() => {
                let build = format!(
                    "docker buildx build --platform {platforms} into a folder; verify every cell in the image"
                );
                std::iter::once(build).chain(self.tagging_last()).collect()
            }
            Delivery::Registry { .. } => vec![
                format!("docker buildx build --push --platform {platforms}: {names}"),
                "read the pushed image back and verify every cell as a host gets it".to_owned(),
            ],
            Delivery::Cells { .. } => vec![],
            Delivery::Engine => {
                vec![format!("docker buildx build --load --platform {platforms}: {names}")]
            }
        }
    }

    /// The steps of a push that sets the tags last.
    fn tagging_last(&self) -> Vec<String> {
        let sign = self.image.signing.iter().filter_map(Signing::image);
        let sign =
            sign.map(|command| format!("sign the image, and find its signature in the registry: {command}"));
        let tag = format!("set the tags: {}", self.image.names.join(", "));
        std::iter::once(PUSH_BY_DIGEST.to_owned()).chain(sign).chain([tag]).collect()
    }

    fn delivering_with_sbom(&self, platforms: &str) -> Vec<String> {
        let write = match self.is_built_by_buildx() {
            true => {
                format!(
                    "docker buildx build --platform {platforms} into a folder; verify every cell in the image"
                )
            }
            false => "write the image to a folder, without a container engine".to_owned(),
        };
        let attach = "attach an SPDX document with the contents to each platform".to_owned();
        let mut steps = vec![write, attach];
        match &self.delivery {
            Delivery::Registry { .. } => steps.extend(self.tagging_last()),
            _ => steps.push(format!("write target/dist/{}", self.image.archive)),
        }
        steps
    }
}
