//! The stage: the folder tree that becomes the image. It gets its final name, `target/dist/stage`, only after every
//! cell in it has been opened and found native.

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;
use walkdir::WalkDir;

use crate::compile::Executables;
use crate::dist_folder::DistFolder;
use crate::finding::Finding;
use crate::image::oci::Digest;
use crate::judge::{Examined, Origin, strict};
use crate::matrix::{HostOs, ImagePath, Platform};
use crate::plan::{Plan, PlannedCell};
use crate::project::Project;
use crate::project::metadata::Metadata;

/// The folder's name in the dist folder.
const NAME: &str = "stage";
/// What both platforms have in common is kept once, here.
const COMMON: &str = "common";

/// A verified stage.
#[derive(Debug)]
pub struct Stage {
    pub dir: Utf8PathBuf,
    pub cells: Vec<StagedCell>,
}

#[derive(Clone, Debug, Serialize)]
pub struct StagedCell {
    #[serde(flatten)]
    pub planned: PlannedCell,
    /// In bytes.
    pub size: u64,
    pub sha256: String,
}

/// Puts the parts together and verifies them.
///
/// Fails, naming all of them, when cells are not what their hosts need, and when a file that metadata.json names is
/// missing.
pub fn build(project: &Project, plan: &Plan, executables: &Executables, dist: &DistFolder) -> Result<Stage> {
    let partial = dist.partial(NAME);
    make_folders(&partial, &plan.platforms)?;
    stage_common(project, plan, &partial.join(COMMON))?;
    let (cells, findings): (Vec<_>, Vec<_>) = plan
        .cells
        .iter()
        .map(|cell| stage_cell(cell, executables, &partial))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    refuse(findings.into_iter().flatten().collect())?;
    Ok(Stage { dir: dist.replace_dir(NAME)?, cells })
}

/// Every folder that a Dockerfile may copy, filled or not: the page's, and one for each host system.
fn make_folders(stage: &Utf8Path, platforms: &[Platform]) -> Result<()> {
    fs::create_dir_all(stage.join(COMMON).join("ui"))?;
    for platform in platforms {
        for os in HostOs::ALL {
            fs::create_dir_all(stage.join(platform.arch().as_str()).join(os.as_str()))?;
        }
    }
    Ok(())
}

/// metadata.json, and the files that it names at the root of the image: icon and compose file; and the page.
fn stage_common(project: &Project, plan: &Plan, common: &Utf8Path) -> Result<()> {
    copy(&project.root.join("metadata.json"), &common.join("metadata.json"), 0o644)?;
    let metadata = &project.metadata;
    let compose = metadata.vm.as_ref().and_then(|vm| vm.composefile.as_ref());
    for name in metadata.icon.iter().chain(compose) {
        let path = ImagePath::new(name).map_err(anyhow::Error::msg)?;
        copy(&project.root.join(path.relative()), &common.join(path.relative()), 0o644).with_context(
            || format!("metadata.json names {name}: put that file into the project, or mend metadata.json"),
        )?;
    }
    match &plan.ui {
        Some(ui) => stage_ui(&ui.output, &common.join("ui"), metadata),
        None => Ok(()),
    }
}

/// The built page. Symbolic links are refused: installing them fails on Windows, for want of a privilege.
fn stage_ui(output: &Utf8Path, to: &Utf8Path, metadata: &Metadata) -> Result<()> {
    for entry in WalkDir::new(output).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        let path =
            Utf8Path::from_path(entry.path()).context("a file of the page has a name that is not UTF-8")?;
        let target = to.join(path.strip_prefix(output)?);
        match entry.file_type() {
            kind if kind.is_dir() => fs::create_dir_all(target)?,
            kind if kind.is_file() => copy(path, &target, 0o644)?,
            _ => bail!(
                "{path} is a symbolic link, which cannot be installed on Windows: let the page's build copy the file"
            ),
        }
    }
    let tab = metadata.ui.as_ref().and_then(|ui| ui.dashboard_tab.as_ref());
    if let Some(src) = tab.and_then(|tab| tab.src.as_deref())
        && !to.join(src.trim_start_matches('/')).is_file()
    {
        bail!(
            "metadata.json names the page {src}, and the page's build made none: {output}/{src} does not exist"
        );
    }
    Ok(())
}

fn stage_cell(
    planned: &PlannedCell,
    executables: &Executables,
    stage: &Utf8Path,
) -> Result<(StagedCell, Vec<Finding>)> {
    let cell = planned.cell();
    let source = executables
        .get(&planned.binary, planned.target)
        .with_context(|| format!("nothing was built for {cell}"))?;
    let path = stage.join(cell.platform.arch().as_str()).join(cell.path().relative());
    copy(source, &path, 0o755)?;
    let content = fs::read(&path)?;
    let findings =
        strict(&cell, &Examined::of(cell.path().base_name(), &content), mode_of(&path)?, Origin::Own);
    let findings = findings.into_iter().map(|finding| with_crates(finding, executables)).collect();
    let staged = StagedCell {
        planned: planned.clone(),
        size: content.len() as u64,
        sha256: Digest::of(&content).hex().to_owned(),
    };
    Ok((staged, findings))
}

/// Names the crates that had a library linked, which the judge of a file cannot know.
fn with_crates(mut finding: Finding, executables: &Executables) -> Finding {
    let library = finding.message.split('`').nth(1).unwrap_or_default();
    let crates = executables.wanting(library).join(", ");
    if !library.is_empty() && !crates.is_empty() {
        finding.message.push_str(&format!("; the crates that had it linked: {crates}"));
    }
    finding
}

fn refuse(findings: Vec<Finding>) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let lines: String = findings.iter().map(|finding| format!("\n  {finding}")).collect();
    bail!("the build is not what its hosts need, and nothing was made of it:{lines}")
}

/// Copies content only, and sets the mode, so that neither the umask nor the source's mode reaches the image.
fn copy(from: &Utf8Path, to: &Utf8Path, mode: u32) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(from, to)?;
    set_mode(to, mode)
}

#[cfg(unix)]
fn set_mode(path: &Utf8Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(unix)]
fn mode_of(path: &Utf8Path) -> Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(Some(fs::metadata(path)?.permissions().mode()))
}

/// Windows keeps no mode; both engines set it in the image, as the Dockerfile asks with `--chmod`.
#[cfg(not(unix))]
fn set_mode(_: &Utf8Path, _: u32) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn mode_of(_: &Utf8Path) -> Result<Option<u32>> {
    Ok(None)
}
