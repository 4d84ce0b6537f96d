//! The part of an extension that runs in Docker's VM: which programs of the image containers start.

use std::collections::BTreeSet;

use anyhow::Result;

use super::files::small;
use crate::compose;
use crate::metadata::Metadata;
use sixfold_image::oci::RunConfig;
use sixfold_image::read::PlatformImage;
use sixfold_model::compose::{Service, is_own_image};
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::ImagePath;

sixfold_model::lints! {
    /// A container of the image has nothing to start. `check` reports it, too.
    VM_NO_PROGRAM = Error "vm-no-program";
}

/// Where programs without a folder are found if the image does not set PATH.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The programs that containers of one platform's image start, and what is wrong with the compose file.
pub(super) fn check(
    image: &PlatformImage,
    metadata: &Metadata,
) -> Result<(BTreeSet<ImagePath>, Vec<Finding>)> {
    let mut commands = vec![];
    let mut findings = vec![];
    if metadata.vm_image.as_deref().is_some_and(is_own_image) {
        commands.push(command(image.run.as_ref(), None));
    }
    if let Some(path) = &metadata.composefile
        && let Some(text) = small(image, path)?
    {
        let (compose, found) = compose::check(&text, &Place::path(path).on(image.platform), metadata);
        findings.extend(found);
        let services = compose.iter().flat_map(|compose| &compose.services);
        commands.extend(
            services
                .filter(|service| service.is_own)
                .map(|service| command(image.run.as_ref(), Some(service))),
        );
    }
    let mut started = BTreeSet::new();
    for command in commands.into_iter().flatten() {
        match command.first() {
            Some(program) => started.extend(find(image, program)),
            None => findings.push(no_program(Place::whole().on(image.platform))),
        }
    }
    Ok((started, findings))
}

/// `place` is that of the image.
pub(crate) fn no_program(place: Place) -> Finding {
    let message = "has neither ENTRYPOINT nor CMD, so its container cannot start";
    Finding::new(&VM_NO_PROGRAM, place, message, "add `ENTRYPOINT [\"/NAME\"]` to the Dockerfile")
}

/// True if a container of an image without ENTRYPOINT and CMD has something to start.
pub(crate) fn starts_by_itself(service: &Service) -> bool {
    command(Some(&RunConfig::default()), Some(service)).is_some_and(|command| !command.is_empty())
}

/// The command of a container. `None` if it is not known, because a folder does not say how it runs.
fn command(run: Option<&RunConfig>, service: Option<&Service>) -> Option<Vec<String>> {
    let entrypoint = service.and_then(|service| service.entrypoint.clone());
    let arguments = service.and_then(|service| service.command.clone());
    // An entry point of the compose file also replaces the command of the image.
    let (entrypoint, arguments) = match entrypoint {
        Some(entrypoint) => (entrypoint, arguments.unwrap_or_default()),
        None => (
            run?.entrypoint.clone().unwrap_or_default(),
            arguments.unwrap_or_else(|| run.and_then(|run| run.cmd.clone()).unwrap_or_default()),
        ),
    };
    Some([entrypoint, arguments].concat())
}

/// The path of a program: in PATH if it has no folder, and otherwise below the working directory.
fn find(image: &PlatformImage, program: &str) -> Option<ImagePath> {
    let run = image.run.clone().unwrap_or_default();
    if program.contains('/') {
        let folder = if program.starts_with('/') { "" } else { run.working_dir.as_str() };
        return ImagePath::new(&format!("{folder}/{program}")).ok();
    }
    let variables = run.env.unwrap_or_default();
    let path = variables.iter().find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or(USUAL_PATH);
    let candidates =
        || path.split(':').filter_map(|folder| ImagePath::new(&format!("{folder}/{program}")).ok());
    let exists = |path: &ImagePath| image.tree.resolve(path.as_str()).is_some();
    candidates().find(exists).or_else(|| candidates().next())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Extension, METADATA};
    use sixfold_judge::samples::elf;
    use sixfold_model::matrix::{Arch, Platform, RunsOn};

    fn with_compose(service: &str) -> Extension {
        let extension = Extension::correct();
        extension.metadata(&METADATA.replacen(
            '{',
            r#"{ "vm": { "composefile": "docker-compose.yaml" },"#,
            1,
        ));
        let text = format!("services:\n  backend:\n    image: ${{DESKTOP_PLUGIN_IMAGE}}\n    {service}\n");
        for platform in Platform::ALL {
            extension.write(platform, "docker-compose.yaml", text.as_bytes(), 0o644);
        }
        extension
    }

    /// The paths of the programs that containers start.
    fn vm_paths(extension: &Extension) -> Vec<String> {
        let cells = extension.inspect().cells;
        let vm = cells.iter().filter(|cell| cell.os == RunsOn::Vm && cell.verdict.is_good());
        vm.map(|cell| cell.path.to_string()).collect()
    }

    #[test]
    fn each_started_program_is_a_cell_of_the_vm() {
        let extension = with_compose("entrypoint: [/server, serve]");
        for platform in Platform::ALL {
            extension.write(platform, "server", &elf(platform.arch(), None, &[]), 0o755);
        }
        assert_eq!(extension.codes(), [""; 0]);
        assert_eq!(vm_paths(&extension), ["/server"; 2]);
    }

    #[test]
    fn a_script_is_a_program() {
        let extension = with_compose("entrypoint: [/start.sh]");
        for platform in Platform::ALL {
            extension.write(platform, "start.sh", b"#!/bin/sh\n", 0o755);
        }
        assert_eq!(extension.codes(), [""; 0]);
        assert_eq!(vm_paths(&extension), ["/start.sh"; 2]);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_in_path_may_be_a_link() {
        let extension = with_compose("command: server --verbose\n    entrypoint: [server]");
        for platform in Platform::ALL {
            extension.write(platform, "usr/lib/server", &elf(platform.arch(), None, &[]), 0o755);
            let link = extension.path(platform, "usr/bin/server");
            fs_err::create_dir_all(link.parent().unwrap()).unwrap();
            fs_err::os::unix::fs::symlink("../lib/server", link).unwrap();
        }
        assert_eq!(extension.codes(), [""; 0]);
        assert_eq!(vm_paths(&extension), ["/usr/bin/server"; 2]);
    }

    #[test]
    fn a_missing_foreign_or_plain_program_is_reported() {
        let extension = with_compose("entrypoint: [/server]");
        assert_eq!(extension.codes(), ["missing"]);
        for platform in Platform::ALL {
            extension.write(platform, "server", &elf(Arch::Amd64, None, &[]), 0o755);
        }
        assert_eq!(extension.codes(), ["wrong-arch"]);
        for platform in Platform::ALL {
            extension.write(platform, "server", &elf(platform.arch(), None, &[]), 0o644);
        }
        assert_eq!(extension.codes(), ["not-executable"]);
        assert_eq!(with_compose("entrypoint: []").codes(), ["vm-no-program"]);
    }
}
