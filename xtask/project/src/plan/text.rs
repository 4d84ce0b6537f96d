//! The plan as people read it: the matrix, then the steps in the order in which `dist` takes them.

use std::fmt;

use super::{Delivery, Engine, Plan, Source};
use crate::toolchain::zig;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.image)?;
        self.write_matrix(f)?;
        if !self.targets.is_empty() {
            self.write_linkers(f)?;
            self.write_compilers(f)?;
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

impl Plan {
    fn write_matrix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n  {:13}{:32}{:27}linker", "platform", "path", "target")?;
        for cell in &self.cells {
            let linker = match &cell.source {
                Source::Cargo => cell.linker.as_str(),
                Source::Prebuilt(taken) if taken.is_emulated => "prebuilt for amd64, emulated",
                Source::Prebuilt(_) => "prebuilt",
            };
            writeln!(f, "  {:13}{:32}{:27}{linker}", cell.platform, cell.path, cell.target)?;
        }
        Ok(())
    }

    fn write_linkers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nLinkers (rustc {}, macOS {} or later)", self.rustc, self.macos_deployment_target)?;
        self.targets.iter().try_for_each(|linked| {
            writeln!(f, "  {:27}{:10}{}", linked.target, linked.linker.as_str(), linked.why)
        })
    }

    fn write_prebuilt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.downloads.is_empty() {
            writeln!(f, "\nPrebuilt programs")?;
        }
        for download in &self.downloads {
            let name = [Some(download.binary.as_str()), download.version.as_deref()];
            let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let state = if download.is_cached { "cached" } else { "to be fetched" };
            writeln!(f, "  {name:23} {:15}{state:15}{}", download.cell, download.url)?;
        }
        for skipped in &self.skipped {
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

    fn write_compilers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compiled: Vec<_> =
            self.targets.iter().filter_map(|linked| Some((linked.target, linked.c.as_ref()?))).collect();
        if compiled.is_empty() {
            return writeln!(f, "\nC compilers\n  none: no dependency has C code");
        }
        writeln!(f, "\nC compilers")?;
        compiled
            .iter()
            .try_for_each(|(target, c)| writeln!(f, "  {target:27}{:10}{}", c.compiler.as_str(), c.why))
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.settings.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nYour settings")?;
        self.settings
            .iter()
            .try_for_each(|used| writeln!(f, "  {} = {}: {}", used.set.origin, used.set.value, used.effect))
    }

    /// What `dist` does, a line each.
    fn steps(&self) -> Vec<String> {
        let mut steps = self.preparation();
        if let Some(compile) = &self.compile {
            steps.push(format!("compile: cargo {}", shell_words::join(&compile.args)));
        }
        if !self.downloads.is_empty() {
            let cached = self.downloads.iter().filter(|download| download.is_cached).count();
            steps.push(format!(
                "{}take {cached} prebuilt programs from the cache and fetch {}; check every digest",
                if self.compile.is_some() { "at the same time, " } else { "" },
                self.downloads.len() - cached
            ));
        }
        if let Some(ui) = &self.ui {
            let install = ui.install.as_ref().map(|line| format!("{line}, then ")).unwrap_or_default();
            let dir = ui.dir.file_name().unwrap_or_default();
            steps.push(format!(
                "at the same time, build the page in {dir}/ unless it is up to date: {install}{}",
                ui.build
            ));
        }
        steps.push(format!(
            "stage metadata.json, icon, page and programs; verify all {} cells",
            self.cells.len()
        ));
        if self.only_copies && !matches!(self.delivery, Delivery::Archive { .. }) {
            steps.push("judge every cell in the image that the Dockerfile makes of it".to_owned());
        }
        steps.extend(self.delivering());
        steps
    }

    fn preparation(&self) -> Vec<String> {
        let mut steps = Vec::new();
        if let Delivery::Registry { overwrite } = &self.delivery {
            steps.push("check docker, its engine, buildx, and a builder for several platforms".to_owned());
            steps.push(match overwrite {
                false => format!("check that the registry has no {} yet", self.names.join(", ")),
                true => "see whether the registry answers".to_owned(),
            });
        } else if matches!(self.delivery, Delivery::Engine | Delivery::Archive { engine: Engine::Buildx }) {
            steps.push("check docker, its engine, buildx, and a builder for several platforms".to_owned());
        }
        if !self.missing_targets.is_empty() {
            let names: Vec<_> = self.missing_targets.iter().map(|target| target.triple()).collect();
            steps.push(format!("rustup target add {}", names.join(" ")));
        }
        if let Some(source) = &self.zig {
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
        let platforms = self.platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        match &self.delivery {
            Delivery::Archive { engine: Engine::Builtin } => {
                vec![format!("write target/dist/{}, without an engine", self.archive)]
            }
            Delivery::Archive { engine: Engine::Buildx } => {
                vec![format!("docker buildx build --platform {platforms} into target/dist/{}", self.archive)]
            }
            Delivery::Registry { .. } => vec![
                format!("docker buildx build --push --platform {platforms}: {}", self.names.join(", ")),
                "read the pushed image back and judge every cell as a host would get it".to_owned(),
            ],
            Delivery::Engine => {
                vec![format!("docker buildx build --load --platform {platforms}: {}", self.names.join(", "))]
            }
        }
    }
}
